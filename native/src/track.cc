#include "track.h"

#include "wire.h"

namespace busyhour {
namespace {

constexpr size_t kRingMin = 1024;
// One million unacknowledged chunks: 16 MB for one association, more than any receive window holds.
constexpr size_t kRingMax = 1u << 20;
constexpr size_t kChunkChargeBytes = 256;
constexpr size_t kArrivalsMin = 1024;
constexpr size_t kArrivalsMax = 1u << 17;

size_t powerOfTwoAtLeast(size_t wanted, size_t low, size_t high) {
  size_t size = low;
  while (size < wanted && size < high) size *= 2;
  return size;
}

}  // namespace

void TransmissionLog::write(uint32_t token, int64_t now) const {
  if (tokens == nullptr || token == 0) return;
  const uint32_t slot = token & mask;
  if (tokens[slot] != token) return;
  const double at = static_cast<double>(now);
  if (count[slot] == 0) {
    firstNs[slot] = at;
    previousNs[slot] = 0;
  } else {
    previousNs[slot] = lastNs[slot];
  }
  lastNs[slot] = at;
  if (count[slot] != UINT16_MAX) count[slot]++;
}

void TokenQueue::push(uint32_t token) {
  if (size() == ring_.size()) {
    std::vector<uint32_t> larger(ring_.empty() ? 64 : ring_.size() * 2);
    const size_t count = size();
    for (size_t i = 0; i < count; i++) larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    ring_.swap(larger);
    head_ = 0;
    tail_ = count;
  }
  ring_[tail_ & (ring_.size() - 1)] = token;
  tail_++;
}

void TokenQueue::dropNewest(size_t count) { tail_ -= count < size() ? count : size(); }

uint32_t TokenQueue::pop() {
  if (size() == 0) return 0;
  const uint32_t token = ring_[head_ & (ring_.size() - 1)];
  head_++;
  return token;
}

TransmitTrack::Stream& TransmitTrack::stream(uint16_t id) {
  if (id >= streams_.size()) streams_.resize(static_cast<size_t>(id) + 1);
  return streams_[id];
}

void TransmitTrack::queued(uint16_t id, uint32_t token) {
  stream(id).waiting.push(token);
  queued_++;
}

void TransmitTrack::refused(uint16_t id, size_t count) {
  stream(id).waiting.dropNewest(count);
  queued_ -= count < queued_ ? count : queued_;
}

void TransmitTrack::growRing() {
  std::vector<Sent> larger(ring_.empty() ? kRingMin : ring_.size() * 2, Sent{0, 0, 0});
  const size_t mask = larger.size() - 1;
  for (const Sent& sent : ring_) {
    if (sent.lastNs != 0) larger[sent.tsn & mask] = sent;
  }
  ring_.swap(larger);
}

void TransmitTrack::transmitted(const uint8_t* chunk, uint8_t flags, int64_t now, const TransmissionLog& log) {
  const uint32_t tsn = load32(chunk + 4);
  if (!started_) {
    started_ = true;
    highestTsn_ = ackedTsn_ = tsn - 1;
  }
  if (serialAfter(tsn, highestTsn_)) {
    highestTsn_ = tsn;
    while (highestTsn_ - ackedTsn_ >= ring_.size() && ring_.size() < kRingMax) growRing();
    Stream& from = stream(load16(chunk + 8));
    if ((flags & kDataBegin) != 0) {
      if (from.waiting.size() > 0) queued_--;
      from.current = from.waiting.pop();
      log.write(from.current, now);
    }
    ring_[tsn & (ring_.size() - 1)] = {tsn, from.current, now};
    return;
  }
  retransmissions_++;
  if (ring_.empty()) return;
  Sent& sent = ring_[tsn & (ring_.size() - 1)];
  if (sent.tsn != tsn || sent.lastNs == 0) return;
  if (now - sent.lastNs > spacingMaxNs_) spacingMaxNs_ = now - sent.lastNs;
  sent.lastNs = now;
  log.write(sent.token, now);
}

void TransmitTrack::acknowledged(uint32_t cumulativeTsn) {
  if (!started_ || !serialAfter(cumulativeTsn, ackedTsn_) || serialAfter(cumulativeTsn, highestTsn_)) return;
  ackedTsn_ = cumulativeTsn;
}

void TransmitTrack::reset() {
  for (Stream& each : streams_) {
    each.waiting.clear();
    each.current = 0;
  }
  ring_.clear();
  started_ = false;
  queued_ = 0;
}

ReceiveTrack::ReceiveTrack(size_t receiveBufferBytes)
    : ring_(powerOfTwoAtLeast(receiveBufferBytes / kChunkChargeBytes, kArrivalsMin, kArrivalsMax), Arrival{0, 0, false, 0}),
      mask_(static_cast<uint32_t>(ring_.size() - 1)) {}

void ReceiveTrack::received(uint32_t tsn, uint8_t flags, int64_t stampNs) {
  Arrival& slot = ring_[tsn & mask_];
  if (slot.valid && slot.tsn == tsn) {
    duplicates_++;
    return;
  }
  // An older TSN than the slot's can only be a late duplicate.
  if (slot.valid && serialAfter(slot.tsn, tsn)) {
    duplicates_++;
    return;
  }
  slot = {tsn, flags, true, stampNs};
}

int64_t ReceiveTrack::completedNs(uint32_t firstTsn, int64_t fallbackNs) const {
  int64_t latest = INT64_MIN;
  for (uint32_t tsn = firstTsn; tsn - firstTsn <= mask_; tsn++) {
    const Arrival& slot = ring_[tsn & mask_];
    if (!slot.valid || slot.tsn != tsn) return fallbackNs;
    if (slot.stampNs > latest) latest = slot.stampNs;
    if ((slot.flags & kDataEnd) != 0) return latest;
  }
  return fallbackNs;
}

int64_t ReceiveTrack::deliveredNs(uint16_t stream, uint32_t firstTsn, int64_t fallbackNs) {
  if (stream >= latestNs_.size()) latestNs_.resize(static_cast<size_t>(stream) + 1, INT64_MIN);
  const int64_t completed = completedNs(firstTsn, fallbackNs);
  if (completed > latestNs_[stream]) latestNs_[stream] = completed;
  return latestNs_[stream];
}

void ReceiveTrack::reset() {
  for (Arrival& slot : ring_) slot.valid = false;
}

}  // namespace busyhour
