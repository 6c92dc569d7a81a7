/**
 * Digits packed two an octet, the first in the low half. A digit is a hexadecimal character: 0-9 as dialled, the others as their
 * codes (ISUP: b code 11, c code 12, f ST; TBCD: a `*`, b `#`, c-e a-c).
 *
 * ```
 *   "4672"  ->  64 27
 * ```
 */

/** An odd number of digits leaves the high half of the last octet to `filler` (0 in ISUP, 15 in TBCD). @throws RangeError */
export function packDigits(digits: string, filler: 0 | 15): number[] {
  if (!/^[0-9a-f]*$/.test(digits)) throw new RangeError(`not digits: ${digits}`);
  const octets: number[] = [];
  for (let index = 0; index < digits.length; index += 2) {
    const low = Number.parseInt(digits[index]!, 16);
    const high = index + 1 < digits.length ? Number.parseInt(digits[index + 1]!, 16) : filler;
    octets.push((high << 4) | low);
  }
  return octets;
}

/** All halves of the octets, the filler included. */
export function unpackDigits(octets: Uint8Array): string {
  let digits = '';
  for (const octet of octets) digits += (octet & 0x0f).toString(16) + (octet >> 4).toString(16);
  return digits;
}

/** TBCD-STRING (TS 29.002 §17.7.8): a trailing 15 is filler. */
export function unpackTbcd(octets: Uint8Array): string {
  const digits = unpackDigits(octets);
  return digits.endsWith('f') ? digits.slice(0, -1) : digits;
}
