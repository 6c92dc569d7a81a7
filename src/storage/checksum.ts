/** Octets taken at once, with a table for each. */
const STRIDE = 8;

/**
 * Tables of CRC-32C (Castagnoli, RFC 3720 appendix B.4), reflected polynomial, one behind the other: the k-th is of an octet with k octets of zero behind it.
 */
const TABLES = new Uint32Array(STRIDE * 256);
for (let octet = 0; octet < 256; octet++) {
  let crc = octet;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  TABLES[octet] = crc;
}
for (let at = 256; at < TABLES.length; at++) {
  const before = TABLES[at - 256]!;
  TABLES[at] = (before >>> 8) ^ TABLES[before & 0xff]!;
}

/**
 * CRC-32C of `bytes`.
 * @param before checksum of the octets in front of these, 0 when there are none
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const strides = bytes.length - (bytes.length % STRIDE);
  let crc = ~before;
  let i = 0;
  for (; i < strides; i += STRIDE) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      TABLES[0x700 + (crc & 0xff)]! ^
      TABLES[0x600 + ((crc >>> 8) & 0xff)]! ^
      TABLES[0x500 + ((crc >>> 16) & 0xff)]! ^
      TABLES[0x400 + (crc >>> 24)]! ^
      TABLES[0x300 + bytes[i + 4]!]! ^
      TABLES[0x200 + bytes[i + 5]!]! ^
      TABLES[0x100 + bytes[i + 6]!]! ^
      TABLES[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
