// Fills the receive batch of a host (api.ts: rxBytes, rxRecords, rxTimesNs). Messages are read straight into it; one that
// comes in parts, or has no room, is spilled and waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host.h"

namespace busyhour {

struct MessageInfo {
  uint16_t stream = 0;
  uint32_t ppid = 0;
  bool unordered = false;
  int64_t stampNs = 0;
};

// A message of one association that did not arrive in one piece.
struct Spill {
  std::vector<uint8_t> bytes;
  bool complete = false;
  MessageInfo info;
};

class ReceiveBatch {
 public:
  ReceiveBatch(uint32_t messagesMax, uint32_t bytesMax);

  void attach(const Batch& batch) { batch_ = batch; }
  void clear();
  int32_t count() const { return count_; }
  // No room for a further record with a message of usual size.
  bool full() const;

  // Where the next message may be read to, and how many bytes fit.
  uint8_t* writePointer() const { return batch_.rxBytes + used_; }
  size_t room() const { return bytesMax_ - used_; }

  void addEvent(RxKind kind, int32_t association, int32_t code, int32_t flag, int64_t stampNs);
  // `length` bytes were read to writePointer().
  void addMessage(int32_t association, const MessageInfo& info, size_t length);
  // Keeps a part; `last` ends the message.
  void spill(Spill& spill, const uint8_t* bytes, size_t length, bool last) const;
  enum class Release { added, waits, discarded };
  // Moves a complete spilled message into the batch: `waits` for an emptier one, or `discarded` because no batch has room.
  Release release(int32_t association, Spill& spill);

 private:
  int32_t* add(RxKind kind, int32_t association, int64_t stampNs);

  Batch batch_;
  int32_t messagesMax_;
  size_t bytesMax_;
  size_t reserve_;
  int32_t count_ = 0;
  size_t used_ = 0;
};

}  // namespace busyhour
