import type { DigitPlace } from './template.js';

/** Writes an unsigned 32-bit number at `at`, most significant octet first: transaction ids, halves of call references. */
export function patchU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/**
 * Writes `value` as the digits of `place`, with leading zeros, and leaves a filler half alone.
 * @param base what `place.offset` counts from: where in `bytes` the message begins
 * @param value 0...2^53-1; digits above those that fit are dropped
 */
export function patchDigits(bytes: Uint8Array, base: number, place: DigitPlace, value: number): void {
  let rest = value;
  for (let index = place.digits - 1; index >= 0; index--) {
    const upper = Math.floor(rest / 10);
    const digit = rest - upper * 10;
    rest = upper;
    const at = base + place.offset + (index >> 1);
    bytes[at] = (index & 1) === 0 ? (bytes[at]! & 0xf0) | digit : (bytes[at]! & 0x0f) | (digit << 4);
  }
}

/**
 * Adds one to the digits of `place`, cheaper than {@link patchDigits} when numbers run upwards: nine times in ten one octet changes.
 * The highest number becomes all zeros.
 */
export function incrementDigits(bytes: Uint8Array, base: number, place: DigitPlace): void {
  for (let index = place.digits - 1; index >= 0; index--) {
    const at = base + place.offset + (index >> 1);
    const octet = bytes[at]!;
    const shift = (index & 1) << 2;
    if (((octet >> shift) & 0x0f) < 9) {
      bytes[at] = octet + (1 << shift);
      return;
    }
    bytes[at] = octet & (0xf0 >> shift);
  }
}

/**
 * Digits as a number.
 * @returns -1 when a half is above 9 or there are more than 15 digits
 */
export function digitsAt(bytes: Uint8Array, offset: number, digits: number): number {
  if (digits > 15) return -1;
  let value = 0;
  for (let index = 0; index < digits; index++) {
    const octet = bytes[offset + (index >> 1)]!;
    const digit = (index & 1) === 0 ? octet & 0x0f : octet >> 4;
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
