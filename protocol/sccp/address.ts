import { ByteReader } from '../bytes/reader.js';
import type { ByteWriter } from '../bytes/writer.js';

/**
 * Global title. Indicator 4 (the one international networks use, Q.713 §3.4.2.3.4) is understood; 1 to 3 are carried unread.
 *
 * ```
 *   indicator 4:  | translation type | numbering plan, encoding scheme | 0, nature of address | digits, 2 an octet |
 * ```
 */
export type GlobalTitle = GlobalTitle4 | { readonly indicator: 1 | 2 | 3; readonly octets: Uint8Array };

export interface GlobalTitle4 {
  readonly indicator: 4;
  readonly translationType: number;
  /** 1 is E.164, 6 is E.212, 7 is E.214. */
  readonly numberingPlan: number;
  /** 1 BCD with an odd number of digits, 2 with an even number; with others the nibbles are given as they are. */
  readonly encodingScheme: number;
  /** 4 is an international number. */
  readonly natureOfAddress: number;
  /** Hexadecimal digits: 0-9, and b to f for code 11, code 12, spare and ST. */
  readonly digits: string;
}

/** Called or calling party address (Q.713 §3.4, §3.5). */
export interface SccpAddress {
  /** What the receiving node routes on (bit 7 of the indicator). */
  readonly routeOn: 'gt' | 'ssn';
  /** ITU signalling point code, 14 bits. */
  readonly pointCode: number | null;
  readonly subsystemNumber: number | null;
  readonly globalTitle: GlobalTitle | null;
}

/** Parameter field of the longest address: its length octet counts 255 at most. */
const ADDRESS_OCTETS_MAX = 255;

/** An international E.164 title for `digits`, translation type 0 unless told otherwise. */
export function globalTitle(digits: string, translationType = 0, numberingPlan = 1): GlobalTitle4 {
  return {
    indicator: 4,
    translationType,
    numberingPlan,
    encodingScheme: digits.length % 2 === 1 ? 1 : 2,
    natureOfAddress: 4,
    digits,
  };
}

/**
 * Reads the parameter field of an address: all octets between `offset` and `end`.
 * @throws DecodeError layer SCCP; its offset counts from `origin`.
 */
export function decodeSccpAddress(
  bytes: Uint8Array,
  offset = 0,
  end = bytes.length,
  origin = offset,
): SccpAddress {
  const reader = new ByteReader(bytes, 'SCCP', origin, end);
  reader.offset = offset;
  const indicator = reader.u8('address indicator');
  // Q.713 §3.4.2.1: the point code is two octets, least significant first; the upper two bits are spare.
  const hasPointCode = (indicator & 0x01) !== 0;
  const low = hasPointCode ? reader.u8('signalling point code') : 0;
  const pointCode = hasPointCode ? low | ((reader.u8('signalling point code') & 0x3f) << 8) : null;
  const subsystemNumber = (indicator & 0x02) !== 0 ? reader.u8('subsystem number') : null;
  const title = decodeGlobalTitle(reader, (indicator >> 2) & 0x0f);
  reader.finish('address');
  return { routeOn: (indicator & 0x40) !== 0 ? 'ssn' : 'gt', pointCode, subsystemNumber, globalTitle: title };
}

/** Writes the parameter field of an address, without its length octet. @throws RangeError when a field does not fit. */
export function writeSccpAddress(address: SccpAddress, writer: ByteWriter): void {
  const { pointCode, subsystemNumber, globalTitle: title } = address;
  const start = writer.length;
  writer.u8(
    (address.routeOn === 'ssn' ? 0x40 : 0) |
      ((title?.indicator ?? 0) << 2) |
      (subsystemNumber !== null ? 0x02 : 0) |
      (pointCode !== null ? 0x01 : 0),
  );
  if (pointCode !== null) {
    inRange('point code', pointCode, 0x3fff);
    writer.u8(pointCode & 0xff).u8(pointCode >> 8);
  }
  if (subsystemNumber !== null) {
    inRange('subsystem number', subsystemNumber, 0xff);
    writer.u8(subsystemNumber);
  }
  if (title !== null) writeGlobalTitle(title, writer);
  inRange('address length', writer.length - start, ADDRESS_OCTETS_MAX);
}

function decodeGlobalTitle(reader: ByteReader, indicator: number): GlobalTitle | null {
  if (indicator === 0) return null;
  if (indicator === 1 || indicator === 2 || indicator === 3) {
    return { indicator, octets: reader.octets(reader.remaining, 'global title') };
  }
  if (indicator !== 4) reader.fail('global title indicator', '0 to 4', `${indicator}`);
  const translationType = reader.u8('translation type');
  const planAndScheme = reader.u8('numbering plan');
  const encodingScheme = planAndScheme & 0x0f;
  const natureOfAddress = reader.u8('nature of address indicator') & 0x7f;
  let digits = '';
  while (reader.remaining > 0) {
    const octet = reader.u8('address information');
    digits += (octet & 0x0f).toString(16) + (octet >> 4).toString(16);
  }
  if (encodingScheme === 1) digits = digits.slice(0, -1);
  return {
    indicator,
    translationType,
    numberingPlan: planAndScheme >> 4,
    encodingScheme,
    natureOfAddress,
    digits,
  };
}

function writeGlobalTitle(title: GlobalTitle, writer: ByteWriter): void {
  if (title.indicator !== 4) {
    writer.octets(title.octets);
    return;
  }
  inRange('translation type', title.translationType, 0xff);
  inRange('numbering plan', title.numberingPlan, 0x0f);
  inRange('encoding scheme', title.encodingScheme, 0x0f);
  inRange('nature of address indicator', title.natureOfAddress, 0x7f);
  const { digits } = title;
  const odd = digits.length % 2 === 1;
  if (!/^[0-9a-f]*$/.test(digits)) throw new RangeError(`SCCP: not global title digits: ${digits}`);
  if (odd !== (title.encodingScheme === 1)) {
    throw new RangeError(`SCCP: encoding scheme ${title.encodingScheme} with ${digits.length} digits`);
  }
  writer.u8(title.translationType).u8((title.numberingPlan << 4) | title.encodingScheme);
  writer.u8(title.natureOfAddress);
  for (let index = 0; index < digits.length; index += 2) {
    const low = Number.parseInt(digits[index]!, 16);
    const high = index + 1 < digits.length ? Number.parseInt(digits[index + 1]!, 16) : 0;
    writer.u8((high << 4) | low);
  }
}

function inRange(field: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`SCCP: ${field} ${value} is not within 0 to ${max}`);
  }
}
