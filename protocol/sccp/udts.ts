import type { ByteReader } from '../bytes/reader.js';
import { SCCP_TYPE } from './constants.js';
import { type Addressed, type AddressedIn, encodeAddressed, follow, readAddress } from './parts.js';

/**
 * Unitdata service: a UDT that comes back (Q.713 §4.11). The called address is that of the original sender.
 *
 * ```
 *   | 0a | return cause | pointer called | pointer calling | pointer data | called | calling | data |
 * ```
 */
export interface Udts extends Addressed {
  readonly type: 'udts';
  /** Q.713 §3.12. */
  readonly returnCause: number;
}

export type UdtsIn = Udts & AddressedIn;

/** @throws RangeError when a part does not fit its length octet. */
export function encodeUdts(message: Omit<Udts, 'type'>): Uint8Array {
  return encodeAddressed([SCCP_TYPE.udts, message.returnCause], message, null).bytes;
}

/** Reads what follows the message type. @throws DecodeError */
export function readUdts(reader: ByteReader): UdtsIn {
  const returnCause = reader.u8('return cause');
  const called = follow(reader, 'called party address');
  const calling = follow(reader, 'calling party address');
  const data = follow(reader, 'data');
  return {
    type: 'udts',
    returnCause,
    called: readAddress(called, reader.start),
    calling: readAddress(calling, reader.start),
    data: data.octets(data.remaining, 'data'),
  };
}
