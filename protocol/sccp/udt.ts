import type { ByteReader } from '../bytes/reader.js';
import { SCCP_TYPE } from './constants.js';
import {
  type Addressed,
  type AddressedIn,
  type AddressedOffsets,
  encodeAddressed,
  follow,
  type ProtocolClass,
  protocolClassOctet,
  readAddress,
  readProtocolClass,
} from './parts.js';

/**
 * Unitdata (Q.713 §4.10).
 *
 * ```
 *   | 09 | protocol class | pointer called | pointer calling | pointer data | called | calling | data |
 * ```
 */
export interface Udt extends Addressed, ProtocolClass {
  readonly type: 'udt';
}

export type UdtIn = Udt & AddressedIn;

/** The message and where its parts lie. @throws RangeError when a part does not fit its length octet. */
export function encodeUdt(message: Omit<Udt, 'type'>): { bytes: Uint8Array; offsets: AddressedOffsets } {
  return encodeAddressed([SCCP_TYPE.udt, protocolClassOctet(message)], message, null);
}

/** Reads what follows the message type. @throws DecodeError */
export function readUdt(reader: ByteReader): UdtIn {
  const options = readProtocolClass(reader);
  const called = follow(reader, 'called party address');
  const calling = follow(reader, 'calling party address');
  const data = follow(reader, 'data');
  return {
    type: 'udt',
    ...options,
    called: readAddress(called, reader.start),
    calling: readAddress(calling, reader.start),
    data: data.octets(data.remaining, 'data'),
  };
}
