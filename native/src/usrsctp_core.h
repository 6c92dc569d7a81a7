// The part of a usrsctp host that other threads may enter: usrsctp calls the output function from its timer thread and from
// whatever thread feeds it. One leaf lock guards it; nobody enters usrsctp or takes another host's lock while holding it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "carrier.h"
#include "packer.h"
#include "registry.h"
#include "track.h"
#include "wire.h"

// The struct of usrsctp; the plain name is the system call.
struct socket;
using SctpSocket = struct socket;

namespace busyhour {

// The packets of one association, told apart by their ports.
struct AssociationTrack {
  AssociationTrack(uint16_t local, uint16_t remote, size_t receiveBufferBytes)
      : localPort(local), remotePort(remote), receive(receiveBufferBytes) {}

  uint16_t localPort;
  uint16_t remotePort;
  // Verification tag of the packets that the peer sends us; 0 while not known.
  uint32_t localTag = 0;
  bool abortSeen = false;
  uint16_t abortCause = 0;
  uint64_t packetsSent = 0;
  uint64_t packetsReceived = 0;
  TransmitTrack transmit;
  ReceiveTrack receive;
};

// A remote transport address. usrsctp knows it as an AF_CONN address: the handle, a number that is never reused.
struct Peer {
  uint64_t handle = 0;
  Address remote;
  // Our address that it talks to; length 0 when the socket is bound to one address anyway.
  Address local;
  std::vector<AssociationTrack*> tracks;
  uint32_t associations = 0;
  int64_t lastSeenNs = 0;

  AssociationTrack* find(uint16_t localPort, uint16_t remotePort) const {
    for (AssociationTrack* track : tracks) {
      if (track->localPort == localPort && track->remotePort == remotePort) return track;
    }
    return nullptr;
  }
};

class UsrsctpCore final : public HostCore {
 public:
  // `bundle`: messages of one flush may share packets.
  UsrsctpCore(std::unique_ptr<PacketCarrier> carrier, bool bundle);
  ~UsrsctpCore() override;

  // Not after shutDown().
  PacketCarrier& carrier() { return *carrier_; }

  // From usrsctp, any thread: notes the chunks and queues the packet.
  void output(uint64_t handle, const uint8_t* packet, size_t length);
  // Hands what is queued to the network. Any thread.
  void flush();
  // Flushes what the owner left lying for longer than a tick (it sends acknowledgements with its next answers).
  void flushStale(int64_t now, int64_t ageNs);
  // Nothing is sent or logged from here on, and the carrier's address is free again: other threads may keep the core a little longer.
  void shutDown();

  // Owner's thread only, the lock is taken inside where other threads look.
  Peer* findPeer(const Address& remote);
  Peer* addPeer(const Address& remote, const Address& local);
  void removePeer(Peer* peer);
  void movePeer(Peer* peer, const Address& remote);
  void addTrack(Peer* peer, AssociationTrack* track);
  void removeTrack(Peer* peer, AssociationTrack* track);
  size_t peerCount() const { return peersByHandle_.size(); }
  // The peer that packets out of the blue are answered through.
  Peer* stranger(const Address& remote, const Address& local);
  const std::unordered_map<uint64_t, std::unique_ptr<Peer>>& peers() const { return peersByHandle_; }
  Peer* peerByHandle(uint64_t handle);

  void setLog(const TransmissionLog& log);
  std::mutex& mutex() { return mutex_; }

  // Associations that became readable, writable or new while another thread was in usrsctp. Any thread.
  void signalReady(int32_t association);
  void handOver(SctpSocket* accepted, uint64_t handle);
  bool takeSignals(std::vector<int32_t>& ready, std::vector<std::pair<SctpSocket*, uint64_t>>& accepted);

  uint64_t packetsSent() const { return packetsSent_.load(std::memory_order_relaxed); }
  uint64_t packetsSendFailed() const { return packetsSendFailed_.load(std::memory_order_relaxed); }

 private:
  void sendQueued();
  AssociationTrack* note(const Peer& peer, const uint8_t* packet, size_t length, int64_t now);

  std::unique_ptr<PacketCarrier> carrier_;
  std::mutex mutex_;
  bool down_ = false;
  TransmissionLog log_;

  std::vector<uint8_t> outBytes_;
  std::vector<QueuedPacket> outPackets_;
  Packer packer_;
  size_t outUsed_ = 0;
  std::atomic<int64_t> queuedSinceNs_{INT64_MAX};
  std::atomic<uint64_t> packetsSent_{0};
  std::atomic<uint64_t> packetsSendFailed_{0};

  uint64_t nextPeer_ = 1;
  std::unordered_map<uint64_t, std::unique_ptr<Peer>> peersByHandle_;
  std::unordered_map<Address, Peer*, AddressHash> peersByAddress_;
  Peer* lastOutput_ = nullptr;
  Peer stranger_;

  std::mutex signalMutex_;
  std::atomic<bool> signalled_{false};
  std::vector<int32_t> readySignals_;
  std::vector<std::pair<SctpSocket*, uint64_t>> acceptedSignals_;
};

// AF_CONN handles carry the host in their upper half: the output function finds its way without a pointer.
inline uint32_t hostOfHandle(uint64_t handle) { return static_cast<uint32_t>(handle >> 32); }

}  // namespace busyhour
