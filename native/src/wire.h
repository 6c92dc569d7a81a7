// Reads the parts of SCTP packets (RFC 9260 §3) that tell when messages were transmitted, retransmitted and received.
#pragma once

#include <cstddef>
#include <cstdint>

namespace busyhour {

constexpr size_t kCommonHeaderBytes = 12;
constexpr size_t kChunkHeaderBytes = 4;
constexpr size_t kDataHeaderBytes = 16;

constexpr uint8_t kChunkData = 0;
constexpr uint8_t kChunkInit = 1;
constexpr uint8_t kChunkInitAck = 2;
constexpr uint8_t kChunkSack = 3;
constexpr uint8_t kChunkHeartbeat = 4;
constexpr uint8_t kChunkHeartbeatAck = 5;
constexpr uint8_t kChunkAbort = 6;
constexpr uint8_t kChunkCookieEcho = 10;

// Flags of a DATA chunk: E ends a message, B begins it, U is unordered.
constexpr uint8_t kDataEnd = 0x01;
constexpr uint8_t kDataBegin = 0x02;
constexpr uint8_t kDataUnordered = 0x04;

inline uint16_t load16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
inline uint32_t load32(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 | at[3];
}

// Serial number arithmetic (RFC 1982) on TSNs: a is later than b.
inline bool serialAfter(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) > 0; }

struct PacketHeader {
  uint16_t sourcePort;
  uint16_t destinationPort;
  uint32_t verificationTag;
  uint8_t firstChunk;
};

// False when the packet is too short for a header and one chunk.
inline bool readHeader(const uint8_t* packet, size_t length, PacketHeader& out) {
  if (length < kCommonHeaderBytes + kChunkHeaderBytes) return false;
  out.sourcePort = load16(packet);
  out.destinationPort = load16(packet + 2);
  out.verificationTag = load32(packet + 4);
  out.firstChunk = packet[kCommonHeaderBytes];
  return true;
}

// Calls `visit(type, flags, chunk, chunkLength)` for each chunk that lies wholly inside the packet; stops at the first that
// does not. `chunk` points at the chunk header and `chunkLength` counts it.
template <typename Visit>
void forEachChunk(const uint8_t* packet, size_t length, Visit&& visit) {
  size_t at = kCommonHeaderBytes;
  while (at + kChunkHeaderBytes <= length) {
    const uint8_t* chunk = packet + at;
    const size_t chunkLength = load16(chunk + 2);
    if (chunkLength < kChunkHeaderBytes || at + chunkLength > length) return;
    visit(chunk[0], chunk[1], chunk, chunkLength);
    at += (chunkLength + 3) & ~size_t{3};
  }
}

}  // namespace busyhour
