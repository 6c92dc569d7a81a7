#include "crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace busyhour {
namespace {

// Reflected Castagnoli polynomial.
constexpr uint32_t kPolynomial = 0x82f63b78;

using Table = std::array<uint32_t, 256>;

constexpr Table makeTable() {
  Table table{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ kPolynomial : crc >> 1;
    table[byte] = crc;
  }
  return table;
}

constexpr Table kTable = makeTable();

uint32_t updatePortable(uint32_t crc, const uint8_t* bytes, size_t length) {
  for (size_t i = 0; i < length; i++) crc = (crc >> 8) ^ kTable[(crc ^ bytes[i]) & 0xff];
  return crc;
}

using Update = uint32_t (*)(uint32_t, const uint8_t*, size_t);

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint32_t updateHardware(uint32_t crc, const uint8_t* bytes, size_t length) {
  uint64_t wide = crc;
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<uint32_t>(wide);
  for (; length > 0; bytes++, length--) crc = _mm_crc32_u8(crc, *bytes);
  return crc;
}

Update chooseUpdate() { return __builtin_cpu_supports("sse4.2") ? updateHardware : updatePortable; }

#else

Update chooseUpdate() { return updatePortable; }

#endif

const Update update = chooseUpdate();

}  // namespace

uint32_t packetChecksum(const uint8_t* packet, size_t length) {
  constexpr uint8_t kZero[4] = {};
  uint32_t crc = update(0xffffffff, packet, 8);
  crc = update(crc, kZero, sizeof(kZero));
  crc = update(crc, packet + 12, length - 12);
  return ~crc;
}

// On the wire the least significant byte comes first.
bool checksumFits(const uint8_t* packet, size_t length) {
  const uint32_t carried = static_cast<uint32_t>(packet[8]) | static_cast<uint32_t>(packet[9]) << 8 |
                           static_cast<uint32_t>(packet[10]) << 16 | static_cast<uint32_t>(packet[11]) << 24;
  return carried == packetChecksum(packet, length);
}

void writeChecksum(uint8_t* packet, size_t length) {
  const uint32_t crc = packetChecksum(packet, length);
  for (int i = 0; i < 4; i++) packet[8 + i] = static_cast<uint8_t>(crc >> (8 * i));
}

}  // namespace busyhour
