// A host over the kernel's SCTP: one-to-one sockets, one per association, in one epoll.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "address.h"
#include "carrier_socket.h"
#include "clock.h"
#include "host.h"
#include "receive_batch.h"
#include "registry.h"

namespace busyhour {

// Epoll's word for the listening socket; associations begin at 1.
constexpr uint64_t kListenerWord = 0;

struct KernelAssociation {
  int32_t id = 0;
  Descriptor socket;
  // The peer opened it.
  bool accepted = false;
  bool up = false;
  bool upDue = false;
  // Refused messages; `writable` is owed.
  bool blocked = false;
  bool shuttingDown = false;
  // Nothing is read any more: the peer has shut down.
  bool atEnd = false;
  // More may wait in the socket than the batch could take.
  bool readDue = false;
  Spill spill;
  uint64_t messagesSent = 0;
  uint64_t messagesReceived = 0;
};

class KernelHost final : public Host {
 public:
  KernelHost(const HostOptions& options, Descriptor epoll);
  ~KernelHost() override;

  // Binds and listens when the options say so.
  Fault start();

  const Endpoint& local() const override { return options_.local; }
  uint32_t wakeHandle() const override { return core_->id; }
  int32_t connect(const Endpoint& remote, Fault& fault) override;
  int32_t poll(int64_t deadlineNs, Fault& fault) override;
  bool drained() const override { return due_.empty() && !eventsLeft_ && !received_.full(); }
  // Messages are stamped when they are read here, so whoever waits must listen.
  bool sleep(int64_t) override { return false; }
  int32_t send(uint32_t first, uint32_t count, Fault& fault) override;
  // The kernel has everything already.
  void flush() override {}
  void shutdown(int32_t association) override;
  void abort(int32_t association) override;
  bool statistics(int32_t association, Statistics& out) override;
  // The kernel does not tell when a message leaves: nothing is ever written to the log.
  void logTransmissions(const TransmissionLog&) override {}
  Counters counters() const override;
  void close() override;

 private:
  void attachBatch() override { received_.attach(batch_); }
  KernelAssociation* find(int32_t id);
  KernelAssociation* add(Descriptor socket, bool accepted);
  void watch(const KernelAssociation& association);
  void forget(int32_t id, bool abortive);
  void acceptAll();
  void takeEvents();
  void drain(KernelAssociation& association, bool hangUp);
  bool readOne(KernelAssociation& association, bool hangUp);
  bool readError(KernelAssociation& association, int error);
  bool takeNotification(KernelAssociation& association, const uint8_t* bytes, size_t length, int64_t stampNs);
  bool associationChanged(KernelAssociation& association, uint16_t state, uint16_t error, bool aborted, int64_t stampNs);
  int64_t readControl(struct msghdr& header, MessageInfo& info);

  HostOptions options_;
  std::shared_ptr<HostCore> core_;
  Descriptor epoll_;
  Descriptor listener_;
  bool closed_ = false;
  int32_t nextAssociation_ = 1;
  std::unordered_map<int32_t, std::unique_ptr<KernelAssociation>> associations_;
  std::vector<int32_t> due_;
  // The last look at epoll may not have shown everything.
  bool eventsLeft_ = false;
  ReceiveBatch received_;
  WallClockConverter wallClock_;
  uint64_t associationsRefused_ = 0;
  uint64_t messagesDiscarded_ = 0;
};

}  // namespace busyhour
