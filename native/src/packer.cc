#include "packer.h"

#include <cstring>

#include "crc32c.h"
#include "usrsctp_core.h"
#include "wire.h"

namespace busyhour {
namespace {

// What a packet of nothing but SACKs and DATA holds.
struct Contents {
  bool movable = false;
  const uint8_t* sack = nullptr;
  size_t sackBytes = 0;
  // It reports gaps or duplicates, which the peer counts one by one.
  bool sackCounts = false;
  // DATA chunks with their padding, one behind the other.
  const uint8_t* data = nullptr;
  size_t dataBytes = 0;
};

Contents inspect(const QueuedPacket& packet) {
  Contents contents;
  const uint8_t* end = packet.data + packet.length;
  const uint8_t* at = packet.data + kCommonHeaderBytes;
  for (; at + kChunkHeaderBytes <= end;) {
    const size_t length = (load16(at + 2) + size_t{3}) & ~size_t{3};
    if (length < kChunkHeaderBytes || at + length > end) return {};
    if (at[0] == kChunkSack && contents.sack == nullptr && contents.data == nullptr && length >= 16) {
      contents.sack = at;
      contents.sackBytes = length;
      contents.sackCounts = load16(at + 12) != 0 || load16(at + 14) != 0;
    } else if (at[0] == kChunkData) {
      if (contents.data == nullptr) contents.data = at;
      contents.dataBytes += length;
    } else {
      return {};
    }
    at += length;
  }
  contents.movable = at == end && packet.length > kCommonHeaderBytes;
  return contents;
}

// Same association: same peer, ports and verification tag.
bool sameAssociation(const QueuedPacket& a, const QueuedPacket& b) {
  return a.handle == b.handle && std::memcmp(a.data, b.data, 8) == 0;
}

}  // namespace

Packer::Packer(bool bundle, size_t packetBytes, size_t arenaBytes) : bundle_(bundle), packetBytes_(packetBytes), arena_(arenaBytes) {}

const std::vector<OutgoingPacket>& Packer::pack(std::vector<QueuedPacket>& queued) {
  ready_.clear();
  used_ = 0;
  for (size_t first = 0; first < queued.size();) {
    size_t end = first + 1;
    if (inspect(queued[first]).movable) {
      while (end < queued.size() && sameAssociation(queued[first], queued[end]) && inspect(queued[end]).movable) end++;
    }
    packRun(queued, first, end);
    first = end;
  }
  queued.clear();
  return ready_;
}

void Packer::emit(const QueuedPacket& like, uint8_t* data, size_t length) {
  writeChecksum(data, length);
  if (like.track != nullptr) like.track->packetsSent++;
  ready_.push_back({data, length, like.destination, like.source});
}

// A new packet in the arena with the header of `like`.
uint8_t* Packer::begin(const QueuedPacket& like) {
  uint8_t* packet = arena_.data() + used_;
  std::memcpy(packet, like.data, kCommonHeaderBytes);
  return packet;
}

void Packer::finish(const QueuedPacket& like, size_t length) {
  emit(like, arena_.data() + used_, length);
  used_ += length;
}

// Packs queued[first, end), all of one association and, if more than one, all movable.
void Packer::packRun(std::vector<QueuedPacket>& queued, size_t first, size_t end) {
  const QueuedPacket& like = queued[first];
  // Worst case of what is written below: the run once more, with a header for each packet.
  size_t bytes = 0;
  for (size_t i = first; i < end; i++) bytes += queued[i].length + packetBytes_ / 8;
  if (end - first == 1 || used_ + bytes > arena_.size()) {
    for (size_t i = first; i < end; i++) emit(queued[i], queued[i].data, queued[i].length);
    return;
  }
  Contents last;
  for (size_t i = first; i < end; i++) {
    const Contents contents = inspect(queued[i]);
    if (contents.sack == nullptr) continue;
    if (last.sack != nullptr && last.sackCounts) {
      uint8_t* packet = begin(like);
      std::memcpy(packet + kCommonHeaderBytes, last.sack, last.sackBytes);
      finish(like, kCommonHeaderBytes + last.sackBytes);
    }
    last = contents;
  }
  uint8_t* packet = begin(like);
  size_t length = kCommonHeaderBytes;
  if (last.sack != nullptr) {
    std::memcpy(packet + length, last.sack, last.sackBytes);
    length += last.sackBytes;
  }
  bool hasData = false;
  for (size_t i = first; i < end; i++) {
    const Contents contents = inspect(queued[i]);
    const uint8_t* at = contents.data;
    for (size_t left = contents.dataBytes; left > 0;) {
      // Without bundling the chunks of a packet stay together.
      const size_t piece = bundle_ ? (load16(at + 2) + size_t{3}) & ~size_t{3} : left;
      const bool full = length + piece > packetBytes_ || (!bundle_ && hasData);
      if (full && length > kCommonHeaderBytes) {
        finish(like, length);
        packet = begin(like);
        length = kCommonHeaderBytes;
      }
      std::memcpy(packet + length, at, piece);
      length += piece;
      hasData = true;
      at += piece;
      left -= piece;
    }
  }
  if (length > kCommonHeaderBytes) finish(like, length);
}

}  // namespace busyhour
