import { toDefinite } from '../ber/definite.js';
import { DecodeError } from '../bytes/errors.js';
import { ENVELOPE, type Envelope, readTransactionPortion } from './envelope.js';

/**
 * Puts the TCAP message of `out` into definite lengths, in a buffer of its own behind a copy of the SCCP message, and reads its transaction
 * portion again. Allocates: peers that send indefinite lengths are rare.
 *
 * ```
 *   out.bytes:  | SCCP message as received | TCAP message rewritten |
 * ```
 * @param offset @param end the SCCP message within `out.bytes`
 * @returns a value of {@link ENVELOPE}
 */
export function rewriteDefinite(out: Envelope, offset: number, end: number): number {
  const { bytes } = out;
  let rewritten: Uint8Array;
  try {
    rewritten = toDefinite(bytes, out.tcapOffset, out.tcapEnd);
  } catch (error) {
    if (error instanceof DecodeError) return ENVELOPE.transactionFault;
    throw error;
  }
  const size = end - offset;
  const joined = new Uint8Array(size + rewritten.length);
  joined.set(bytes.subarray(offset, end));
  joined.set(rewritten, size);
  out.bytes = joined;
  out.calledOffset -= offset;
  out.callingOffset -= offset;
  out.tcapOffset = size;
  out.tcapEnd = joined.length;
  return readTransactionPortion(out);
}
