#include "usrsctp_core.h"

#include <usrsctp.h>

#include <algorithm>

#include "clock.h"

namespace busyhour {
namespace {

// One batch of output: sent when full, when the owner flushes, or by the timer thread.
constexpr size_t kOutBytes = 1u << 20;
constexpr size_t kOutPackets = 512;

}  // namespace

UsrsctpCore::UsrsctpCore(std::unique_ptr<PacketCarrier> carrier, bool bundle)
    : carrier_(std::move(carrier)), outBytes_(kOutBytes), packer_(bundle, carrier_->packetBytes(), 2 * kOutBytes) {
  outPackets_.reserve(kOutPackets);
}

// An association that another thread accepted for this host while it was closing has no owner any more.
UsrsctpCore::~UsrsctpCore() {
  for (const auto& [accepted, handle] : acceptedSignals_) usrsctp_close(accepted);
}

AssociationTrack* UsrsctpCore::note(const Peer& peer, const uint8_t* packet, size_t length, int64_t now) {
  PacketHeader header{};
  if (!readHeader(packet, length, header)) return nullptr;
  AssociationTrack* track = peer.find(header.sourcePort, header.destinationPort);
  if (track == nullptr) return nullptr;
  forEachChunk(packet, length, [&](uint8_t type, uint8_t flags, const uint8_t* chunk, size_t chunkLength) {
    if (type == kChunkData && chunkLength > kDataHeaderBytes) {
      track->transmit.transmitted(chunk, flags, now, log_);
    } else if (type == kChunkInit && chunkLength >= 20) {
      track->localTag = load32(chunk + 4);
    }
  });
  return track;
}

void UsrsctpCore::output(uint64_t handle, const uint8_t* packet, size_t length) {
  if (length > kPacketBytesMax) return;
  const std::lock_guard lock(mutex_);
  if (down_) return;
  if (lastOutput_ == nullptr || lastOutput_->handle != handle) {
    lastOutput_ = peerByHandle(handle);
    if (lastOutput_ == nullptr) return;
  }
  const int64_t now = nowNs();
  AssociationTrack* track = note(*lastOutput_, packet, length, now);
  if (outUsed_ + length > kOutBytes || outPackets_.size() == kOutPackets) sendQueued();
  if (outPackets_.empty()) queuedSinceNs_.store(now, std::memory_order_relaxed);
  std::memcpy(outBytes_.data() + outUsed_, packet, length);
  outPackets_.push_back({outBytes_.data() + outUsed_, length, handle, track, lastOutput_->remote, lastOutput_->local});
  outUsed_ += length;
}

void UsrsctpCore::sendQueued() {
  if (outPackets_.empty()) return;
  const std::vector<OutgoingPacket>& ready = packer_.pack(outPackets_);
  const auto count = static_cast<uint32_t>(ready.size());
  const uint32_t refused = carrier_->send(ready.data(), count);
  packetsSent_.fetch_add(count - refused, std::memory_order_relaxed);
  packetsSendFailed_.fetch_add(refused, std::memory_order_relaxed);
  outUsed_ = 0;
  queuedSinceNs_.store(INT64_MAX, std::memory_order_relaxed);
}

void UsrsctpCore::flush() {
  if (queuedSinceNs_.load(std::memory_order_relaxed) == INT64_MAX) return;
  const std::lock_guard lock(mutex_);
  if (!down_) sendQueued();
}

void UsrsctpCore::flushStale(int64_t now, int64_t ageNs) {
  const int64_t since = queuedSinceNs_.load(std::memory_order_relaxed);
  if (since == INT64_MAX || now - since < ageNs) return;
  flush();
}

void UsrsctpCore::shutDown() {
  const std::lock_guard lock(mutex_);
  if (!down_) sendQueued();
  down_ = true;
  log_ = {};
  lastOutput_ = nullptr;
  carrier_.reset();
}

Peer* UsrsctpCore::peerByHandle(uint64_t handle) {
  if (handle == stranger_.handle) return &stranger_;
  const auto found = peersByHandle_.find(handle);
  return found == peersByHandle_.end() ? nullptr : found->second.get();
}

Peer* UsrsctpCore::findPeer(const Address& remote) {
  const auto found = peersByAddress_.find(remote);
  return found == peersByAddress_.end() ? nullptr : found->second;
}

Peer* UsrsctpCore::addPeer(const Address& remote, const Address& local) {
  auto peer = std::make_unique<Peer>();
  Peer* added = peer.get();
  added->remote = remote;
  added->local = local;
  const std::lock_guard lock(mutex_);
  added->handle = static_cast<uint64_t>(id) << 32 | nextPeer_++;
  peersByHandle_.emplace(added->handle, std::move(peer));
  peersByAddress_[remote] = added;
  return added;
}

void UsrsctpCore::removePeer(Peer* peer) {
  const std::lock_guard lock(mutex_);
  if (lastOutput_ == peer) lastOutput_ = nullptr;
  peersByAddress_.erase(peer->remote);
  peersByHandle_.erase(peer->handle);
}

void UsrsctpCore::movePeer(Peer* peer, const Address& remote) {
  const std::lock_guard lock(mutex_);
  peersByAddress_.erase(peer->remote);
  peer->remote = remote;
  peersByAddress_[remote] = peer;
}

void UsrsctpCore::addTrack(Peer* peer, AssociationTrack* track) {
  const std::lock_guard lock(mutex_);
  peer->tracks.push_back(track);
  peer->associations++;
}

void UsrsctpCore::removeTrack(Peer* peer, AssociationTrack* track) {
  const std::lock_guard lock(mutex_);
  std::erase(peer->tracks, track);
  peer->associations--;
  for (QueuedPacket& queued : outPackets_) {
    if (queued.track == track) queued.track = nullptr;
  }
}

Peer* UsrsctpCore::stranger(const Address& remote, const Address& local) {
  const std::lock_guard lock(mutex_);
  // Peer 0 of the host: no other peer has this number.
  stranger_.handle = static_cast<uint64_t>(id) << 32;
  stranger_.remote = remote;
  stranger_.local = local;
  return &stranger_;
}

void UsrsctpCore::setLog(const TransmissionLog& log) {
  const std::lock_guard lock(mutex_);
  log_ = log;
}

void UsrsctpCore::signalReady(int32_t association) {
  {
    const std::lock_guard lock(signalMutex_);
    readySignals_.push_back(association);
    signalled_.store(true, std::memory_order_release);
  }
  wake.signal();
}

void UsrsctpCore::handOver(SctpSocket* accepted, uint64_t handle) {
  {
    const std::lock_guard lock(signalMutex_);
    acceptedSignals_.emplace_back(accepted, handle);
    signalled_.store(true, std::memory_order_release);
  }
  wake.signal();
}

bool UsrsctpCore::takeSignals(std::vector<int32_t>& ready, std::vector<std::pair<SctpSocket*, uint64_t>>& accepted) {
  if (!signalled_.load(std::memory_order_acquire)) return false;
  const std::lock_guard lock(signalMutex_);
  ready.swap(readySignals_);
  accepted.swap(acceptedSignals_);
  readySignals_.clear();
  acceptedSignals_.clear();
  signalled_.store(false, std::memory_order_relaxed);
  return true;
}

}  // namespace busyhour
