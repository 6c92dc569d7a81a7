// The checksum of SCTP packets: CRC32c (RFC 9260 appendix A).
#pragma once

#include <cstddef>
#include <cstdint>

namespace busyhour {

// Over a whole packet, with its checksum field (bytes 8 to 11) taken as zero. At least 12 bytes.
uint32_t packetChecksum(const uint8_t* packet, size_t length);

// True when the packet carries the right checksum.
bool checksumFits(const uint8_t* packet, size_t length);

// Writes the checksum into the packet.
void writeChecksum(uint8_t* packet, size_t length);

}  // namespace busyhour
