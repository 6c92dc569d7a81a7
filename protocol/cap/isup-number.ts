import type { BerElement, BerReader } from '../ber/reader.js';
import { octetsOf } from '../ber/values.js';
import { packDigits, unpackDigits } from './digits.js';

/**
 * Called party, calling party or location number as ISUP codes it (Q.763 §3.9, §3.10, §3.30).
 *
 * ```
 *   | odd, nature of address | indicator, numbering plan (3), presentation (2), screening (2) | digits, 2 an octet |
 * ```
 */
export interface IsupNumber {
  /** 3 national, 4 international. */
  readonly natureOfAddress: number;
  /** Bit 8 of the second octet: INN of a called or location number, "number incomplete" of a calling one. */
  readonly indicator: boolean;
  /** 1 is E.164. */
  readonly numberingPlan: number;
  /** 0 allowed, 1 restricted, 2 not available; spare (0) in a called number. */
  readonly presentation: number;
  /** 1 user provided, verified and passed, 3 network provided; spare (0) in a called number. */
  readonly screening: number;
  readonly digits: string;
}

/** Octets before the digits. */
export const ISUP_NUMBER_HEADER = 2;

/** An international E.164 number, presentation allowed. `screening` 3 for calling parties, 0 for called ones. */
export function e164(digits: string, screening = 0): IsupNumber {
  return { natureOfAddress: 4, indicator: false, numberingPlan: 1, presentation: 0, screening, digits };
}

/** @throws RangeError when a character is no digit. */
export function isupNumberContent(number: IsupNumber): Uint8Array {
  const odd = number.digits.length % 2 === 1 ? 0x80 : 0;
  return Uint8Array.of(
    odd | (number.natureOfAddress & 0x7f),
    (number.indicator ? 0x80 : 0) |
      ((number.numberingPlan & 0x07) << 4) |
      ((number.presentation & 0x03) << 2) |
      (number.screening & 0x03),
    ...packDigits(number.digits, 0),
  );
}

/** @throws DecodeError unless the contents are 2 to `max` octets. */
export function readIsupNumber(
  reader: BerReader,
  element: BerElement,
  field: string,
  max: number,
): IsupNumber {
  const content = octetsOf(reader, element, field, ISUP_NUMBER_HEADER, max);
  const [first = 0, second = 0] = content;
  const digits = unpackDigits(content.subarray(ISUP_NUMBER_HEADER));
  return {
    natureOfAddress: first & 0x7f,
    indicator: (second & 0x80) !== 0,
    numberingPlan: (second >> 4) & 0x07,
    presentation: (second >> 2) & 0x03,
    screening: second & 0x03,
    digits: (first & 0x80) !== 0 ? digits.slice(0, -1) : digits,
  };
}
