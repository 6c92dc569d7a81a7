import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { type Parameters, writeU32List } from './parameters.js';

/**
 * One entry of Affected Point Code (RFC 4666 §3.4.1).
 *
 * ```
 *   +---------------+-----------------------------------------------+
 *   |     Mask      |              Affected Point Code              |
 *   +---------------+-----------------------------------------------+
 * ```
 */
export interface AffectedPointCode {
  /** How many low-order bits of the point code are wildcards. */
  readonly mask: number;
  readonly pointCode: number;
}

/** @throws M3uaDecodeError Missing Parameter or Parameter Field Error. */
export function decodeAffectedPointCodes(parameters: Parameters): AffectedPointCode[] {
  return parameters.requireU32List(TAG.affectedPointCode).map(unpack);
}

/** The same where the message may come without it. */
export function decodeOptionalAffectedPointCodes(parameters: Parameters): AffectedPointCode[] | undefined {
  return parameters.u32List(TAG.affectedPointCode)?.map(unpack);
}

export function encodeAffectedPointCodes(
  writer: ByteWriter,
  affected: readonly AffectedPointCode[] | undefined,
): void {
  const words = affected?.map(({ mask, pointCode }) => ((mask << 24) | pointCode) >>> 0);
  writeU32List(writer, TAG.affectedPointCode, words);
}

function unpack(word: number): AffectedPointCode {
  return { mask: word >>> 24, pointCode: word & 0xff_ffff };
}
