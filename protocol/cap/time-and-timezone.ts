import type { BerElement, BerReader } from '../ber/reader.js';
import { octetsOf } from '../ber/values.js';

/**
 * TimeAndTimezone (TS 29.078 §5.1): eight octets of BCD, low half first.
 *
 * ```
 *   20 26 11 20 15 47 03 +4   ->   02 62 11 02 51 74 30 40
 * ```
 */
export interface TimeAndTimezone {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Local time minus GMT, in quarters of an hour, -79...79. */
  readonly quartersFromGmt: number;
}

const OCTETS = 8;
/** Bit of the time zone octet that says "behind GMT" (TS 23.040 §9.2.3.11). */
const BEHIND = 0x08;

export function timeAndTimezoneContent(time: TimeAndTimezone): Uint8Array {
  const { year, month, day, hour, minute, second, quartersFromGmt } = time;
  const pairs = [Math.floor(year / 100), year % 100, month, day, hour, minute, second];
  const zone = swapped(Math.abs(quartersFromGmt)) | (quartersFromGmt < 0 ? BEHIND : 0);
  return Uint8Array.from([...pairs.map(swapped), zone]);
}

/** @throws DecodeError unless it is eight octets of decimal digits. */
export function readTimeAndTimezone(reader: BerReader, element: BerElement, field: string): TimeAndTimezone {
  const content = octetsOf(reader, element, field, OCTETS, OCTETS);
  const zoneOctet = content[OCTETS - 1]!;
  const pair = (octet: number): number => {
    if ((octet & 0x0f) > 9 || octet >> 4 > 9) {
      reader.fail(field, 'decimal digits', octet.toString(16), element.offset);
    }
    return (octet & 0x0f) * 10 + (octet >> 4);
  };
  const [century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = Array.from(
    content.subarray(0, OCTETS - 1),
    pair,
  );
  const quarters = pair(zoneOctet & ~BEHIND);
  return {
    year: century * 100 + year,
    month,
    day,
    hour,
    minute,
    second,
    // Adding zero turns -0, which equals 0 but does not compare as the same value, into 0.
    quartersFromGmt: ((zoneOctet & BEHIND) !== 0 ? -quarters : quarters) + 0,
  };
}

function swapped(value: number): number {
  return ((value % 10) << 4) | Math.floor(value / 10);
}
