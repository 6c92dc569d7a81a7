// Packs the packets that usrsctp produced between two flushes anew, so that fewer leave.
//
// usrsctp sends whenever its queue exceeds one packet: of 8 small messages that fit and a ninth it makes two packets, and it answers
// every second packet of a burst with a SACK of its own. Chunks of one association that leave in one flush are the same
// chunks in whatever packets they travel:
//
//   queued   [D1] [D2..D9] [D10] [D11..D18] [SACK 7] [SACK 9]
//   sent     [SACK 9, D1..D8] [D9..D16] [D17 D18]
//
// Only DATA and SACK chunks are moved; any other packet passes as it is, and nothing overtakes it. Without bundling of messages
// every DATA packet keeps its chunks and merely takes a SACK along.
//
// NOTE: deviates from RFC 9260 section 6.2 because a burst that was read in one batch is acknowledged once, not at every
// second packet: the last SACK says all that the earlier ones said. A SACK that reports gaps or duplicates is never dropped: the peer
// sends a chunk again at once after three SACKs that miss it (RFC 9260 section 7.2.4).
#pragma once

#include <cstdint>
#include <vector>

#include "carrier.h"

namespace busyhour {

struct AssociationTrack;

// A packet as usrsctp produced it, its checksum not yet computed.
struct QueuedPacket {
  uint8_t* data;
  size_t length;
  uint64_t handle;
  AssociationTrack* track;
  Address destination;
  Address source;
};

class Packer {
 public:
  Packer(bool bundle, size_t packetBytes, size_t arenaBytes);

  // Packets ready to send, checksums included; valid until the next call. `queued` is consumed.
  const std::vector<OutgoingPacket>& pack(std::vector<QueuedPacket>& queued);

 private:
  void packRun(std::vector<QueuedPacket>& queued, size_t first, size_t end);
  void emit(const QueuedPacket& like, uint8_t* data, size_t length);
  uint8_t* begin(const QueuedPacket& like);
  void finish(const QueuedPacket& like, size_t length);

  bool bundle_;
  size_t packetBytes_;
  std::vector<uint8_t> arena_;
  size_t used_ = 0;
  std::vector<OutgoingPacket> ready_;
};

}  // namespace busyhour
