// What every engine offers to the N-API boundary: one owner of SCTP sockets, used by one thread (api.ts, SctpHost).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fault.h"
#include "track.h"

namespace busyhour {

enum class Carrier { kernel, udp, raw, memory };

struct Endpoint {
  std::vector<std::string> addresses;
  uint16_t sctpPort = 0;
  uint16_t udpPort = 0;
};

std::string endpointText(const Endpoint& endpoint);

struct Tunables {
  uint32_t rtoInitialMs = 0;
  uint32_t rtoMinMs = 0;
  uint32_t rtoMaxMs = 0;
  uint32_t sackDelayMs = 0;
  uint32_t sackFrequency = 0;
  uint32_t heartbeatIntervalMs = 0;
  uint32_t pathMaxRetransmissions = 0;
  uint32_t associationMaxRetransmissions = 0;
  uint32_t initMaxAttempts = 0;
  uint32_t outboundStreams = 0;
  uint32_t inboundStreamsMax = 0;
  uint32_t sendBufferBytes = 0;
  uint32_t receiveBufferBytes = 0;
  bool bundle = true;
};

struct HostOptions {
  Carrier carrier = Carrier::udp;
  Endpoint local;
  bool listen = false;
  bool reusePort = false;
  Tunables tunables;
  uint32_t receiveBatchMessages = 0;
  uint32_t receiveBatchBytes = 0;
  uint32_t sendBatchMessages = 0;
  uint32_t sendBatchBytes = 0;
  uint32_t associationsMax = 0;
};

// Layout of the records: the constants RX, RX_KIND and TX of api.ts.
constexpr size_t kRxStride = 8;
constexpr size_t kTxStride = 6;

enum class RxKind : int32_t {
  message = 0,
  up = 1,
  lost = 2,
  restart = 3,
  shutdownComplete = 4,
  aborted = 5,
  cantStart = 6,
  pathChange = 7,
  sendFailed = 8,
  peerShutdown = 9,
  writable = 10,
};

// The arrays that JavaScript owns. They live as long as the host.
struct Batch {
  // Places of `times`: HOST_TIME of api.ts.
  enum Time : size_t { deadline = 0, polled = 1, now = 2, sent = 3, kTimes = 6 };

  uint8_t* rxBytes = nullptr;
  int32_t* rxRecords = nullptr;
  double* rxTimesNs = nullptr;
  uint8_t* txBytes = nullptr;
  int32_t* txRecords = nullptr;
  double* times = nullptr;
};

struct Statistics {
  Endpoint remote;
  const char* state = "closed";
  double retransmissions = 0;
  // Negative: the engine does not tell.
  double duplicateTsns = -1;
  double srttMs = 0;
  double rtoMs = 0;
  double rtoMaxSeenMs = 0;
  double cwndBytes = 0;
  double outstandingChunks = 0;
  double queuedMessages = 0;
  double packetsSent = 0;
  double packetsReceived = 0;
  double messagesSent = 0;
  double messagesReceived = 0;
};

struct Counters {
  uint64_t packetsSent = 0;
  uint64_t packetsReceived = 0;
  uint64_t packetsSendFailed = 0;
  uint64_t packetsDiscarded = 0;
  uint64_t packetsOverflowed = 0;
  uint64_t associationsRefused = 0;
  uint64_t messagesDiscarded = 0;
};

class Host {
 public:
  virtual ~Host() = default;

  virtual const Endpoint& local() const = 0;
  virtual uint32_t wakeHandle() const = 0;
  void setBatch(const Batch& batch) {
    batch_ = batch;
    attachBatch();
  }

  // Association id, or 0 with `fault` set.
  virtual int32_t connect(const Endpoint& remote, Fault& fault) = 0;
  // Number of records, or -1 with `fault` set.
  virtual int32_t poll(int64_t deadlineNs, Fault& fault) = 0;
  // Did the last poll leave nothing behind (api.ts, SctpHost.drained)?
  virtual bool drained() const = 0;
  // Sleeps without looking at the network (api.ts, SctpHost.sleep). False: listen instead.
  virtual bool sleep(int64_t deadlineNs) = 0;
  // Number of messages taken; -1 when the association is gone; -2 with `fault` set. The caller has checked that the
  // records lie within the send batch, name one association and point inside txBytes.
  virtual int32_t send(uint32_t first, uint32_t count, Fault& fault) = 0;
  virtual void flush() = 0;
  virtual void shutdown(int32_t association) = 0;
  virtual void abort(int32_t association) = 0;
  virtual bool statistics(int32_t association, Statistics& out) = 0;
  virtual void logTransmissions(const TransmissionLog& log) = 0;
  virtual Counters counters() const = 0;
  virtual void close() = 0;

 protected:
  virtual void attachBatch() = 0;

  Batch batch_;
};

// Engines. Null with `fault` set.
std::unique_ptr<Host> openUsrsctpHost(const HostOptions& options, Fault& fault);
std::unique_ptr<Host> openKernelHost(const HostOptions& options, Fault& fault);

// Ends a poll of the host with this handle; unknown handles are ignored. Any thread.
void wakeHost(uint32_t wakeHandle);

bool kernelCompiled();
bool kernelAvailable();
bool rawAvailable();

}  // namespace busyhour
