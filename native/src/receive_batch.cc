#include "receive_batch.h"

#include <algorithm>
#include <cstring>

namespace busyhour {
namespace {

// With less room than this for a message the batch counts as full, so that messages are rarely spilled.
constexpr size_t kReserveBytes = 65'536;
// A longer message is a fault of the peer: nothing of ours takes it.
constexpr size_t kSpillBytesMax = 16u << 20;

}  // namespace

ReceiveBatch::ReceiveBatch(uint32_t messagesMax, uint32_t bytesMax)
    : messagesMax_(static_cast<int32_t>(messagesMax)),
      bytesMax_(bytesMax),
      reserve_(std::min(kReserveBytes, static_cast<size_t>(bytesMax) / 2)) {}

void ReceiveBatch::clear() {
  count_ = 0;
  used_ = 0;
}

bool ReceiveBatch::full() const { return count_ >= messagesMax_ || room() < reserve_; }

int32_t* ReceiveBatch::add(RxKind kind, int32_t association, int64_t stampNs) {
  int32_t* record = batch_.rxRecords + static_cast<size_t>(count_) * kRxStride;
  record[0] = static_cast<int32_t>(kind);
  record[1] = association;
  record[2] = 0;
  record[3] = 0;
  record[4] = static_cast<int32_t>(used_);
  record[5] = 0;
  record[6] = 0;
  record[7] = 0;
  batch_.rxTimesNs[count_] = static_cast<double>(stampNs);
  count_++;
  return record;
}

void ReceiveBatch::addEvent(RxKind kind, int32_t association, int32_t code, int32_t flag, int64_t stampNs) {
  int32_t* record = add(kind, association, stampNs);
  record[6] = code;
  record[7] = flag;
}

void ReceiveBatch::addMessage(int32_t association, const MessageInfo& info, size_t length) {
  int32_t* record = add(RxKind::message, association, info.stampNs);
  record[2] = info.stream;
  record[3] = static_cast<int32_t>(info.ppid);
  record[5] = static_cast<int32_t>(length);
  record[7] = info.unordered ? 1 : 0;
  used_ += length;
}

void ReceiveBatch::spill(Spill& spill, const uint8_t* bytes, size_t length, bool last) const {
  if (spill.bytes.size() < kSpillBytesMax) spill.bytes.insert(spill.bytes.end(), bytes, bytes + length);
  spill.complete = last;
}

ReceiveBatch::Release ReceiveBatch::release(int32_t association, Spill& spill) {
  const size_t length = spill.bytes.size();
  Release result = Release::added;
  if (length > bytesMax_ || length >= kSpillBytesMax) {
    result = Release::discarded;
  } else if (length > room() || count_ >= messagesMax_) {
    return Release::waits;
  } else {
    std::memcpy(writePointer(), spill.bytes.data(), length);
    addMessage(association, spill.info, length);
  }
  spill.bytes.clear();
  spill.complete = false;
  return result;
}

}  // namespace busyhour
