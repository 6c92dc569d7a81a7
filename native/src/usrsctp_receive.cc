// The receiving half of a usrsctp host: packets into usrsctp, messages and notifications out of it into the batch.
#include <cerrno>
#include <cstring>
#include <utility>

#include "clock.h"
#include "crc32c.h"
#include "poller.h"
#include "usrsctp_host.h"
#include "usrsctp_options.h"

namespace busyhour {
namespace {

// With the batch full, packets are fed on so that SACKs are sent and windows close; this many rounds at most.
constexpr int kFeedRoundsMax = 64;

// Nothing wakes a sleeping host: for longer it listens.
constexpr int64_t kSleepNsMax = 100'000'000;

// A HEARTBEAT ACK may bring a path back, which is a notification.
bool carriesDeliverable(uint8_t type) { return type != kChunkSack && type != kChunkHeartbeat; }

}  // namespace

void UsrsctpHost::addEvent(RxKind kind, const Association& association, int32_t code, int32_t flag) {
  received_.addEvent(kind, association.id, code, flag, packetNs_);
}

void UsrsctpHost::markReady(int32_t id) {
  Association* association = find(id);
  if (association == nullptr || association->inReady) return;
  association->inReady = true;
  ready_.push_back(id);
}

int32_t UsrsctpHost::poll(int64_t deadlineNs, Fault&) {
  const OwnerScope scope(this, core_.get());
  received_.clear();
  packetNs_ = nowNs();
  core_->flush();
  takeSignals();
  drainReady(true);
  bool mayReceive = receiveFirst_ || slept_ || received_.count() > 0;
  slept_ = false;
  for (;;) {
    if (mayReceive) feed();
    if (received_.count() > 0) return received_.count();
    core_->flush();
    const int64_t before = nowNs();
    const PollResult result = pollUntil(core_->carrier().fd(), core_->wake, deadlineNs);
    const int64_t after = nowNs();
    packetNs_ = after;
    // Packets that came while JavaScript was busy: the next call asks the socket first and saves the wait.
    receiveFirst_ = result.readable && after - before < 5'000;
    if (result.woken) core_->wake.consume();
    takeSignals();
    drainReady(true);
    if (result.readable) feed();
    if (received_.count() > 0) return received_.count();
    if (result.woken || (deadlineNs != INT64_MAX && after >= deadlineNs)) {
      core_->flush();
      return 0;
    }
    mayReceive = false;
  }
}

bool UsrsctpHost::sleep(int64_t deadlineNs) {
  const int64_t now = nowNs();
  if (deadlineNs <= now || deadlineNs - now > kSleepNsMax) return false;
  {
    const OwnerScope scope(this, core_.get());
    core_->flush();
    // What the last batch had no room for, and what an acknowledgement would release, must not wait.
    if (receiveFirst_ || !ready_.empty() || !allTransmitted()) return false;
  }
  // One descriptor less to look at than a poll: 1 % of a core at 9 450 sleeps a second.
  sleepUntil(deadlineNs);
  slept_ = true;
  return true;
}

// Has every message that was taken left this host at least once?
bool UsrsctpHost::allTransmitted() {
  if (unsettled_.empty()) return true;
  const std::lock_guard lock(core_->mutex());
  std::erase_if(unsettled_, [&](int32_t id) {
    Association* association = find(id);
    if (association == nullptr) return true;
    if (association->blocked || association->track.transmit.queuedMessages() > 0) return false;
    association->unsettled = false;
    return true;
  });
  return unsettled_.empty();
}

void UsrsctpHost::takeSignals() {
  if (!core_->takeSignals(signalled_, handedOver_)) return;
  for (const auto& [accepted, handle] : handedOver_) adopt(accepted, handle);
  for (const int32_t id : signalled_) {
    Association* association = find(id);
    if (association == nullptr) continue;
    association->readDue = true;
    markReady(id);
  }
}

void UsrsctpHost::feed() {
  for (int round = 0; round < kFeedRoundsMax; round++) {
    const uint32_t count = core_->carrier().receive(packets_);
    for (uint32_t i = 0; i < count; i++) feedPacket(packets_[i]);
    // A short batch means that the socket is empty. One round is a good batch for JavaScript, unless it cannot take more anyway.
    if (count < kReceiveSlots) {
      receiveFirst_ = false;
      return;
    }
    receiveFirst_ = true;
    if (received_.count() > 0 && !received_.full()) return;
  }
}

// Notes what the chunks say before usrsctp changes its state; true when usrsctp may have something to read afterwards.
bool UsrsctpHost::noteChunks(AssociationTrack* track, const ReceivedPacket& packet, const PacketHeader& header) {
  bool deliverable = false;
  // Packets with another tag are not the peer's (RFC 9260 §8.5), only an ABORT may carry the tag reflected (T bit).
  const bool ours = track != nullptr && (track->localTag == 0 || track->localTag == header.verificationTag);
  forEachChunk(packet.data, packet.length, [&](uint8_t type, uint8_t flags, const uint8_t* chunk, size_t length) {
    if (carriesDeliverable(type)) deliverable = true;
    if (track == nullptr) return;
    if (type == kChunkAbort && (ours || (flags & 1) != 0)) {
      track->abortSeen = true;
      track->abortCause = length >= 8 ? load16(chunk + 4) : 0;
    }
    if (!ours) return;
    if (type == kChunkData && length > kDataHeaderBytes) {
      track->receive.received(load32(chunk + 4), flags, packet.stampNs);
    } else if (type == kChunkSack && length >= 16) {
      const std::lock_guard lock(core_->mutex());
      track->transmit.acknowledged(load32(chunk + 4));
    }
  });
  if (track != nullptr && ours) track->packetsReceived++;
  return deliverable;
}

void UsrsctpHost::feedPacket(const ReceivedPacket& packet) {
  packetsReceived_++;
  PacketHeader header{};
  if (!readHeader(packet.data, packet.length, header) || !checksumFits(packet.data, packet.length)) {
    packetsDiscarded_++;
    return;
  }
  Peer* peer = peerFor(packet, header);
  if (peer == nullptr) return;
  packetNs_ = packet.stampNs;
  packetTag_ = header.verificationTag;
  AssociationTrack* track = peer->find(header.destinationPort, header.sourcePort);
  const bool deliverable = noteChunks(track, packet, header);
  usrsctp_conninput(handlePointer(peer->handle), packet.data, packet.length, 0);
  if (header.firstChunk == kChunkCookieEcho && listener_) {
    acceptAll(*listener_, core_->id, adoptAccepted, this);
    AssociationTrack* fresh = peer->find(header.destinationPort, header.sourcePort);
    if (fresh != nullptr && fresh != track) fresh->localTag = header.verificationTag;
  }
  if (!ready_.empty()) drainReady(deliverable);
}

// The peer of a packet; null when the packet is none of our business.
Peer* UsrsctpHost::peerFor(const ReceivedPacket& packet, const PacketHeader& header) {
  Peer* peer = core_->findPeer(packet.source);
  const bool begins = header.firstChunk == kChunkInit || header.firstChunk == kChunkCookieEcho;
  const bool toListener = listener_ && header.destinationPort == options_.local.sctpPort;
  if (options_.carrier == Carrier::raw && !toListener &&
      (peer == nullptr || peer->find(header.destinationPort, header.sourcePort) == nullptr)) {
    // A raw socket sees the packets of every SCTP endpoint of this machine.
    return nullptr;
  }
  if (peer != nullptr) return peer;
  peer = movedPeer(packet, header);
  if (peer != nullptr) return peer;
  // Out of the blue: usrsctp answers with an ABORT (RFC 9260 §8.4), and nothing is remembered.
  if (!begins || !toListener) return core_->stranger(packet.source, packet.destination);
  evictIdlePeers();
  peer = core_->addPeer(packet.source, packet.destination);
  peerOrder_.push_back(peer->handle);
  usrsctp_register_address(handlePointer(peer->handle));
  return peer;
}

// RFC 6951 §5.4: a packet from a new UDP port of a known host belongs to an association when its ports and its
// verification tag do; answers then go to the new port.
Peer* UsrsctpHost::movedPeer(const ReceivedPacket& packet, const PacketHeader& header) {
  if (header.verificationTag == 0) return nullptr;
  for (const auto& [id, association] : associations_) {
    const AssociationTrack& track = association->track;
    if (track.localTag != header.verificationTag || track.localPort != header.destinationPort ||
        track.remotePort != header.sourcePort || !association->peer->remote.sameHost(packet.source)) {
      continue;
    }
    core_->movePeer(association->peer, packet.source);
    return association->peer;
  }
  return nullptr;
}

void UsrsctpHost::drainReady(bool readable) {
  if (ready_.empty()) return;
  readyScratch_.swap(ready_);
  for (const int32_t id : readyScratch_) {
    Association* association = find(id);
    if (association == nullptr) continue;
    association->inReady = false;
    drain(*association, readable);
  }
  readyScratch_.clear();
}

// Reads what waits in usrsctp until the batch is full; an association that has more stays in the ready list.
void UsrsctpHost::drain(Association& association, bool readable) {
  const int32_t id = association.id;
  if (readable) association.readDue = true;
  if (association.upDue && !received_.full()) {
    addEvent(RxKind::up, association, outgoingStreams(association.so), 1);
    association.upDue = false;
  }
  while (association.readDue && !association.upDue) {
    if (received_.full()) break;
    if (!association.spill.complete) {
      if (readOne(association)) continue;
      // Either all is read (readDue is cleared) or the association ended (it is gone).
      if (find(id) == nullptr) return;
    }
    if (!association.spill.complete) continue;
    const ReceiveBatch::Release released = received_.release(id, association.spill);
    if (released == ReceiveBatch::Release::waits) break;
    // Counted, not thrown: a peer's fault must not end the loop of its reader.
    if (released == ReceiveBatch::Release::discarded) messagesDiscarded_++;
    else association.messagesReceived++;
  }
  if (association.blocked && association.up && !received_.full() && (usrsctp_get_events(association.so) & SCTP_EVENT_WRITE) != 0) {
    association.blocked = false;
    addEvent(RxKind::writable, association);
  }
  // A full batch hides whether an association is writable again, and nothing may signal that a second time.
  const bool writableUnknown = association.blocked && association.up && received_.full();
  if (association.readDue || association.upDue || writableUnknown) markReady(id);
}

// Reads one message or notification. True: there may be more. False: nothing more now, or a spilled message is complete,
// or the association is gone.
bool UsrsctpHost::readOne(Association& association) {
  uint8_t* at = received_.writePointer();
  const size_t room = received_.room();
  sctp_recvv_rn info{};
  socklen_t infoLength = sizeof(info);
  unsigned int infoType = SCTP_RECVV_NOINFO;
  sockaddr_conn from{};
  socklen_t fromLength = sizeof(from);
  int flags = 0;
  const ssize_t length = usrsctp_recvv(association.so, at, room, reinterpret_cast<sockaddr*>(&from), &fromLength, &info,
                                       &infoLength, &infoType, &flags);
  if (length <= 0) {
    const int error = length < 0 ? errno : 0;
    association.readDue = false;
    if (error == EWOULDBLOCK || error == EAGAIN || error == EINTR) return false;
    // The end without a notification: it has been read already, or the engine lost it.
    addEvent(association.up ? RxKind::lost : RxKind::cantStart, association, association.track.abortCause);
    forget(association, true);
    return false;
  }
  const bool whole = (flags & MSG_EOR) != 0;
  const auto size = static_cast<size_t>(length);
  if ((flags & MSG_NOTIFICATION) != 0) {
    if (whole && association.spill.bytes.empty()) return takeNotification(association, at, size);
    received_.spill(association.spill, at, size, false);
    if (!whole) return true;
    const std::vector<uint8_t> parts = std::move(association.spill.bytes);
    association.spill = Spill();
    return takeNotification(association, parts.data(), parts.size());
  }
  const sctp_rcvinfo& rcv = info.recvv_rcvinfo;
  Spill& spill = association.spill;
  if (!spill.bytes.empty()) {
    received_.spill(spill, at, size, whole);
    return !whole;
  }
  MessageInfo message;
  message.stream = rcv.rcv_sid;
  message.ppid = ntohl(rcv.rcv_ppid);
  message.unordered = (rcv.rcv_flags & SCTP_UNORDERED) != 0;
  message.stampNs = association.track.receive.deliveredNs(rcv.rcv_sid, rcv.rcv_tsn, packetNs_);
  if (!whole) {
    spill.info = message;
    received_.spill(spill, at, size, false);
    return true;
  }
  received_.addMessage(association.id, message, size);
  association.messagesReceived++;
  // The engine says whether a further message waits, which saves a call that would find nothing.
  association.readDue = infoType == SCTP_RECVV_RN;
  return association.readDue;
}

// True: read on. False: the association is gone.
bool UsrsctpHost::takeNotification(Association& association, const uint8_t* bytes, size_t length) {
  uint16_t type = 0;
  if (length < sizeof(sctp_notification::sctp_tlv)) return true;
  std::memcpy(&type, bytes, sizeof(type));
  if (type == SCTP_ASSOC_CHANGE && length >= sizeof(sctp_assoc_change)) {
    sctp_assoc_change change{};
    std::memcpy(&change, bytes, sizeof(sctp_assoc_change));
    return associationChanged(association, change.sac_state, change.sac_error);
  }
  if (type == SCTP_PEER_ADDR_CHANGE && length >= sizeof(sctp_paddr_change)) {
    sctp_paddr_change change{};
    std::memcpy(&change, bytes, sizeof(change));
    int32_t code = -1;
    if (change.spc_state == SCTP_ADDR_UNREACHABLE) code = 0;
    if (change.spc_state == SCTP_ADDR_AVAILABLE) code = 1;
    if (change.spc_state == SCTP_ADDR_CONFIRMED) code = 2;
    if (change.spc_state == SCTP_ADDR_MADE_PRIM) code = 3;
    if (code >= 0) addEvent(RxKind::pathChange, association, code);
    return true;
  }
  if (type == SCTP_SHUTDOWN_EVENT) {
    association.shuttingDown = true;
    addEvent(RxKind::peerShutdown, association);
    return true;
  }
  if (type == SCTP_SEND_FAILED_EVENT && length >= sizeof(sctp_send_failed_event)) {
    sctp_send_failed_event failed{};
    std::memcpy(&failed, bytes, sizeof(sctp_send_failed_event));
    addEvent(RxKind::sendFailed, association, static_cast<int32_t>(failed.ssfe_info.snd_context));
  }
  return true;
}

bool UsrsctpHost::associationChanged(Association& association, uint16_t state, uint16_t error) {
  AssociationTrack& track = association.track;
  switch (state) {
    case SCTP_COMM_UP:
      // An accepted association was reported when it was accepted.
      if (association.accepted) return true;
      association.up = true;
      addEvent(RxKind::up, association, outgoingStreams(association.so));
      return true;
    case SCTP_RESTART: {
      {
        const std::lock_guard lock(core_->mutex());
        track.transmit.reset();
        // The peer's COOKIE ECHO carries the tag that we chose anew.
        track.localTag = packetTag_;
      }
      track.receive.reset();
      addEvent(RxKind::restart, association, outgoingStreams(association.so));
      return true;
    }
    case SCTP_SHUTDOWN_COMP:
      addEvent(RxKind::shutdownComplete, association);
      break;
    case SCTP_CANT_STR_ASSOC:
      addEvent(RxKind::cantStart, association, track.abortSeen ? track.abortCause : error);
      break;
    case SCTP_COMM_LOST:
      if (track.abortSeen) addEvent(RxKind::aborted, association, track.abortCause);
      else addEvent(RxKind::lost, association, error);
      break;
    default:
      return true;
  }
  forget(association, state == SCTP_COMM_LOST);
  return false;
}

}  // namespace busyhour
