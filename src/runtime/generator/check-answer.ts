import { DecodeError } from '../../../protocol/bytes/errors.js';
import { decodeUserData } from '../../../protocol/cap/decode.js';

/** Does an answer hold before the full decoders, from SCCP down to the arguments of its operations? */
export function checkAnswer(bytes: Uint8Array, offset: number, end: number): boolean {
  try {
    decodeUserData(bytes, offset, end);
    return true;
  } catch (cause) {
    if (cause instanceof DecodeError) return false;
    throw cause;
  }
}
