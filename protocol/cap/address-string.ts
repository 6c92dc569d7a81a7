import type { BerElement, BerReader } from '../ber/reader.js';
import { octetsOf } from '../ber/values.js';
import { packDigits, unpackTbcd } from './digits.js';

/**
 * ISDN-AddressString (TS 29.002 §17.7.8): numbers of MSCs and VLRs.
 *
 * ```
 *   | 1, nature of address (3), numbering plan (4) | TBCD digits |
 * ```
 */
export interface AddressString {
  /** 1 international, 2 national significant. */
  readonly natureOfAddress: number;
  /** 1 is E.164. */
  readonly numberingPlan: number;
  readonly digits: string;
}

/** maxISDN-AddressLength. */
const OCTETS_MAX = 9;

/** An international E.164 address of at most 16 digits. */
export function isdnAddress(digits: string): AddressString {
  return { natureOfAddress: 1, numberingPlan: 1, digits };
}

/** @throws RangeError when a character is no digit or there are more than 16. */
export function addressStringContent(address: AddressString): Uint8Array {
  const content = Uint8Array.of(
    0x80 | ((address.natureOfAddress & 0x07) << 4) | (address.numberingPlan & 0x0f),
    ...packDigits(address.digits, 15),
  );
  if (content.length > OCTETS_MAX)
    throw new RangeError(`CAP: address of more than 16 digits: ${address.digits}`);
  return content;
}

/** @throws DecodeError unless the contents are 1 to 9 octets. */
export function readAddressString(reader: BerReader, element: BerElement, field: string): AddressString {
  const content = octetsOf(reader, element, field, 1, OCTETS_MAX);
  const first = content[0]!;
  return {
    natureOfAddress: (first >> 4) & 0x07,
    numberingPlan: first & 0x0f,
    digits: unpackTbcd(content.subarray(1)),
  };
}
