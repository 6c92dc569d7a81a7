import type { ByteReader } from '../bytes/reader.js';
import { SCCP_TYPE } from './constants.js';
import { type Addressed, type AddressedIn, encodeAddressed, type OptionalPart } from './parts.js';
import { readExtendedBody } from './xudt.js';

/**
 * Extended unitdata service: an XUDT that comes back (Q.713 §4.19).
 *
 * ```
 *   | 12 | return cause | hop counter | 4 pointers | called | calling | data | optional, 00 |
 * ```
 */
export interface Xudts extends Addressed, OptionalPart {
  readonly type: 'xudts';
  readonly returnCause: number;
  readonly hopCounter: number;
}

export type XudtsIn = Xudts & AddressedIn;

/** @throws RangeError when a part does not fit its length octet. */
export function encodeXudts(message: Omit<Xudts, 'type'>): Uint8Array {
  return encodeAddressed([SCCP_TYPE.xudts, message.returnCause, message.hopCounter], message, message).bytes;
}

/** Reads what follows the message type. @throws DecodeError */
export function readXudts(reader: ByteReader): XudtsIn {
  const returnCause = reader.u8('return cause');
  const hopCounter = reader.u8('hop counter');
  return { type: 'xudts', returnCause, hopCounter, ...readExtendedBody(reader) };
}
