import type { BerElement, BerReader } from '../ber/reader.js';
import { octetsOf } from '../ber/values.js';

/**
 * Release cause as ISUP codes it (Q.763 §3.12, values of Q.850).
 *
 * ```
 *   | 1, coding standard (2), spare, location (4) | 1, cause value (7) | diagnostics |
 * ```
 */
export interface Cause {
  /** 0 is ITU-T. */
  readonly codingStandard: number;
  /** 0 user, 2 public network serving the local user, 10 beyond an interworking point. */
  readonly location: number;
  /** 16 normal clearing, 17 busy, 21 call rejected, 31 normal unspecified. */
  readonly value: number;
  readonly diagnostics: Uint8Array;
}

/** maxCauseLength. */
const OCTETS_MAX = 32;

/** An ITU-T cause seen by the local public network. */
export function cause(value: number): Cause {
  return { codingStandard: 0, location: 2, value, diagnostics: new Uint8Array(0) };
}

export function causeContent(cause: Cause): Uint8Array {
  return Uint8Array.of(
    0x80 | ((cause.codingStandard & 0x03) << 5) | (cause.location & 0x0f),
    0x80 | (cause.value & 0x7f),
    ...cause.diagnostics,
  );
}

/** @throws DecodeError unless the contents are 2 to 32 octets with a cause value. */
export function readCause(reader: BerReader, element: BerElement, field: string): Cause {
  const content = octetsOf(reader, element, field, 2, OCTETS_MAX);
  const first = content[0]!;
  // Q.850 §2.1: a first octet without the extension bit is followed by octet 1a, the recommendation.
  const valueAt = (first & 0x80) !== 0 ? 1 : 2;
  const value = content[valueAt];
  if (value === undefined) return reader.fail(field, 'a cause value', 'the end', element.offset);
  return {
    codingStandard: (first >> 5) & 0x03,
    location: first & 0x0f,
    value: value & 0x7f,
    diagnostics: content.subarray(valueAt + 1),
  };
}
