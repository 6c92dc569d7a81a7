import { expect, test } from 'vitest';
import { crc32c } from './checksum.js';

/** Bit by bit, as RFC 3720 appendix B.4 defines it. */
function bitwise(bytes: Uint8Array): number {
  let crc = ~0;
  for (const octet of bytes) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test('CRC-32C of the examples of RFC 3720 appendix B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

test('every length, and every place to go on from', () => {
  const bytes = Uint8Array.from({ length: 41 }, (_, i) => (i * 151) ^ (i >>> 2));
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    for (let cut = 0; cut <= length; cut++) {
      expect(crc32c(part.subarray(cut), crc32c(part.subarray(0, cut)))).toBe(bitwise(part));
    }
  }
});
