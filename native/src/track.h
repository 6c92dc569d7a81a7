// What the packets of one association tell: first transmissions, retransmissions, duplicates and receive times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace busyhour {

// The arrays of `TransmissionLog` in api.ts; null pointers mean that nobody wants them.
struct TransmissionLog {
  uint32_t* tokens = nullptr;
  double* firstNs = nullptr;
  double* lastNs = nullptr;
  double* previousNs = nullptr;
  uint16_t* count = nullptr;
  uint32_t mask = 0;

  void write(uint32_t token, int64_t now) const;
};

// A queue of 32-bit words that grows by doubling: allocation is amortised, never per message.
class TokenQueue {
 public:
  size_t size() const { return tail_ - head_; }
  void push(uint32_t token);
  void dropNewest(size_t count);
  // 0 when empty.
  uint32_t pop();
  void clear() { head_ = tail_ = 0; }

 private:
  std::vector<uint32_t> ring_;
  size_t head_ = 0;
  size_t tail_ = 0;
};

// Outgoing direction. A message waits in the queue of its stream until a DATA chunk with a new TSN and the B flag
// leaves on that stream; its token then moves to the ring of unacknowledged TSNs:
//
//   send() -> [ stream 1: t7 t8 ]  --first transmission-->  ring[TSN & mask] = t7   --SACK--> forgotten
//             [ stream 2: t9    ]                            a TSN seen again = retransmission of its token
//
// Callers hold the endpoint's lock: chunks leave from the owner's and from the timer thread.
class TransmitTrack {
 public:
  void queued(uint16_t stream, uint32_t token);
  // The newest `count` messages of the stream were refused after all.
  void refused(uint16_t stream, size_t count);
  void transmitted(const uint8_t* dataChunk, uint8_t flags, int64_t now, const TransmissionLog& log);
  void acknowledged(uint32_t cumulativeTsn);
  // The association restarted: TSNs begin anew and what was queued is gone.
  void reset();

  uint64_t retransmissions() const { return retransmissions_; }
  uint64_t queuedMessages() const { return queued_; }
  int64_t spacingMaxNs() const { return spacingMaxNs_; }

 private:
  struct Sent {
    uint32_t tsn;
    uint32_t token;
    int64_t lastNs;
  };
  struct Stream {
    TokenQueue waiting;
    // Token of the message whose fragments are leaving now.
    uint32_t current = 0;
  };

  Stream& stream(uint16_t id);
  void growRing();

  std::vector<Stream> streams_;
  std::vector<Sent> ring_;
  bool started_ = false;
  uint32_t highestTsn_ = 0;
  uint32_t ackedTsn_ = 0;
  uint64_t queued_ = 0;
  uint64_t retransmissions_ = 0;
  int64_t spacingMaxNs_ = 0;
};

// Incoming direction, used by the owner's thread only: when each TSN first arrived, so that a message that waits in
// usrsctp (a full batch, a gap before it in its stream) still carries the time of the packet that completed it.
class ReceiveTrack {
 public:
  // Room for as many chunks as the receive window can hold; usrsctp charges at least 256 bytes for each.
  explicit ReceiveTrack(size_t receiveBufferBytes);

  void received(uint32_t tsn, uint8_t flags, int64_t stampNs);
  // When the message that begins at `firstTsn` could be delivered: the arrival of its last fragment, or of the message
  // before it in its stream when that came later. `fallbackNs` stands for an arrival that is not known.
  int64_t deliveredNs(uint16_t stream, uint32_t firstTsn, int64_t fallbackNs);
  void reset();

  uint64_t duplicates() const { return duplicates_; }

 private:
  struct Arrival {
    uint32_t tsn;
    uint8_t flags;
    bool valid;
    int64_t stampNs;
  };

  int64_t completedNs(uint32_t firstTsn, int64_t fallbackNs) const;

  std::vector<Arrival> ring_;
  uint32_t mask_;
  uint64_t duplicates_ = 0;
  // Per stream: the latest time that a message of it was given.
  std::vector<int64_t> latestNs_;
};

}  // namespace busyhour
