// A host over usrsctp: carrier packets in, messages out, and back.
#pragma once

#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "host.h"
#include "receive_batch.h"
#include "usrsctp_core.h"
#include "usrsctp_stack.h"

namespace busyhour {

struct Association {
  Association(int32_t number, SctpSocket* socket, Peer* remote, uint16_t localPort, uint16_t remotePort, size_t receiveBufferBytes)
      : id(number), so(socket), peer(remote), track(localPort, remotePort, receiveBufferBytes) {}

  int32_t id;
  SctpSocket* so;
  Peer* peer;
  AssociationTrack track;
  // The peer opened it.
  bool accepted = false;
  bool up = false;
  // `up` of an accepted association still has to be reported.
  bool upDue = false;
  bool inReady = false;
  // Something may wait in usrsctp although nothing signals it again.
  bool readDue = false;
  // Is in `unsettled_`.
  bool unsettled = false;
  // Refused messages; `writable` is owed.
  bool blocked = false;
  bool shuttingDown = false;
  // A message that came out of usrsctp in parts, or that the batch had no room for.
  Spill spill;
  uint64_t messagesSent = 0;
  uint64_t messagesReceived = 0;
};

class UsrsctpHost final : public Host, private UsrsctpOwner {
 public:
  UsrsctpHost(const HostOptions& options, std::shared_ptr<UsrsctpCore> core, std::shared_ptr<Listener> listener);
  ~UsrsctpHost() override;

  const Endpoint& local() const override { return options_.local; }
  uint32_t wakeHandle() const override { return core_->id; }
  int32_t connect(const Endpoint& remote, Fault& fault) override;
  int32_t poll(int64_t deadlineNs, Fault& fault) override;
  // Packets may wait in the socket, or messages in usrsctp for which the batch had no room.
  bool drained() const override { return !receiveFirst_ && ready_.empty(); }
  bool sleep(int64_t deadlineNs) override;
  int32_t send(uint32_t first, uint32_t count, Fault& fault) override;
  void flush() override { core_->flush(); }
  void shutdown(int32_t association) override;
  void abort(int32_t association) override;
  bool statistics(int32_t association, Statistics& out) override;
  void logTransmissions(const TransmissionLog& log) override { core_->setLog(log); }
  Counters counters() const override;
  void close() override;

 private:
  void attachBatch() override { received_.attach(batch_); }
  void markReady(int32_t association) override;

  // Receiving: usrsctp_receive.cc.
  void feed();
  void feedPacket(const ReceivedPacket& packet);
  Peer* peerFor(const ReceivedPacket& packet, const PacketHeader& header);
  Peer* movedPeer(const ReceivedPacket& packet, const PacketHeader& header);
  bool noteChunks(AssociationTrack* track, const ReceivedPacket& packet, const PacketHeader& header);
  bool allTransmitted();
  void takeSignals();
  void drainReady(bool readable);
  void drain(Association& association, bool readable);
  bool readOne(Association& association);
  bool takeNotification(Association& association, const uint8_t* bytes, size_t length);
  bool associationChanged(Association& association, uint16_t state, uint16_t error);
  void addEvent(RxKind kind, const Association& association, int32_t code = 0, int32_t flag = 0);

  static void adoptAccepted(void* self, SctpSocket* accepted, uint64_t handle);
  void adopt(SctpSocket* accepted, uint64_t handle);
  Association* find(int32_t id);
  Association* add(SctpSocket* so, Peer* peer, uint16_t localPort, uint16_t remotePort);
  // Closes the socket and forgets the association.
  void forget(Association& association, bool abortive);
  void evictIdlePeers();
  int sendOne(Association& association, const int32_t* record);
  Fault sendFault(const Association& association, const int32_t* record, int error) const;

  HostOptions options_;
  std::shared_ptr<UsrsctpCore> core_;
  std::shared_ptr<Listener> listener_;
  bool closed_ = false;

  int32_t nextAssociation_ = 1;
  std::unordered_map<int32_t, std::unique_ptr<Association>> associations_;
  Association* lastFound_ = nullptr;
  std::vector<int32_t> ready_;
  std::vector<int32_t> readyScratch_;
  std::vector<int32_t> signalled_;
  // Associations that took messages since all of theirs were last seen to have left.
  std::vector<int32_t> unsettled_;
  std::vector<std::pair<SctpSocket*, uint64_t>> handedOver_;
  // Peers in the order of their creation: the first one without an association gives way when there are too many.
  std::list<uint64_t> peerOrder_;

  // State of the poll that runs now.
  ReceiveBatch received_;
  int64_t packetNs_ = 0;
  uint32_t packetTag_ = 0;
  bool receiveFirst_ = true;
  // Nobody has looked at the socket since the last sleep.
  bool slept_ = false;

  ReceivedPacket packets_[kReceiveSlots];
  uint64_t packetsReceived_ = 0;
  uint64_t packetsDiscarded_ = 0;
  uint64_t associationsRefused_ = 0;
  uint64_t messagesDiscarded_ = 0;
};

}  // namespace busyhour
