import type { ByteReader } from '../bytes/reader.js';
import { SCCP_TYPE } from './constants.js';
import {
  type Addressed,
  type AddressedIn,
  type AddressedOffsets,
  encodeAddressed,
  follow,
  type OptionalPart,
  type ProtocolClass,
  protocolClassOctet,
  readAddress,
  readOptionalPart,
  readProtocolClass,
} from './parts.js';

/**
 * Extended unitdata (Q.713 §4.18).
 *
 * ```
 *   | 11 | protocol class | hop counter | 4 pointers: called, calling, data, optional | called | calling | data | optional, 00 |
 * ```
 * A pointer of zero says that there is no optional part.
 */
export interface Xudt extends Addressed, ProtocolClass, OptionalPart {
  readonly type: 'xudt';
  readonly hopCounter: number;
}

export type XudtIn = Xudt & AddressedIn;

/** The message and where its parts lie. @throws RangeError when a part does not fit its length octet. */
export function encodeXudt(message: Omit<Xudt, 'type'>): { bytes: Uint8Array; offsets: AddressedOffsets } {
  return encodeAddressed([SCCP_TYPE.xudt, protocolClassOctet(message), message.hopCounter], message, message);
}

/** Reads what follows the message type. @throws DecodeError */
export function readXudt(reader: ByteReader): XudtIn {
  const options = readProtocolClass(reader);
  const hopCounter = reader.u8('hop counter');
  return { type: 'xudt', ...options, hopCounter, ...readExtendedBody(reader) };
}

/** Pointers, addresses, data and optional part, alike in XUDT and XUDTS. @throws DecodeError */
export function readExtendedBody(reader: ByteReader): AddressedIn & OptionalPart {
  const called = follow(reader, 'called party address');
  const calling = follow(reader, 'calling party address');
  const data = follow(reader, 'data');
  const optionalAt = reader.offset;
  const pointer = reader.u8('pointer to optional part');
  const optional =
    pointer === 0 ? { segmentation: null, importance: null } : readOptionalPart(reader, optionalAt + pointer);
  return {
    called: readAddress(called, reader.start),
    calling: readAddress(calling, reader.start),
    data: data.octets(data.remaining, 'data'),
    ...optional,
  };
}
