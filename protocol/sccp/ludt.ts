import type { ByteReader } from '../bytes/reader.js';
import {
  type AddressedIn,
  followLong,
  type OptionalPart,
  type ProtocolClass,
  readAddress,
  readOptionalPart,
  readProtocolClass,
} from './parts.js';

/**
 * Long unitdata and its service message (Q.713 §4.20, §4.21), accepted from peers and never sent: they need broadband MTP.
 *
 * ```
 *   | 13 or 14 | protocol class or return cause | hop counter | 4 pointers of 2 octets | called | calling | long data | optional, 00 |
 * ```
 * The data has a length of two octets; these and the pointers come least significant octet first.
 */
export interface LudtIn extends AddressedIn, ProtocolClass, OptionalPart {
  readonly type: 'ludt';
  readonly hopCounter: number;
}

export interface LudtsIn extends AddressedIn, OptionalPart {
  readonly type: 'ludts';
  readonly returnCause: number;
  readonly hopCounter: number;
}

/** Reads what follows the message type. @throws DecodeError */
export function readLudt(reader: ByteReader): LudtIn {
  const options = readProtocolClass(reader);
  const hopCounter = reader.u8('hop counter');
  return { type: 'ludt', ...options, hopCounter, ...readLongBody(reader) };
}

/** Reads what follows the message type. @throws DecodeError */
export function readLudts(reader: ByteReader): LudtsIn {
  const returnCause = reader.u8('return cause');
  const hopCounter = reader.u8('hop counter');
  return { type: 'ludts', returnCause, hopCounter, ...readLongBody(reader) };
}

function readLongBody(reader: ByteReader): AddressedIn & OptionalPart {
  const called = followLong(reader, 'called party address', 1);
  const calling = followLong(reader, 'calling party address', 1);
  const data = followLong(reader, 'long data', 2);
  const low = reader.u8('pointer to optional part');
  const highOctetAt = reader.offset;
  const pointer = low | (reader.u8('pointer to optional part') << 8);
  const optional =
    pointer === 0 ? { segmentation: null, importance: null } : readOptionalPart(reader, highOctetAt + pointer);
  return {
    called: readAddress(called, reader.start),
    calling: readAddress(calling, reader.start),
    data: data.octets(data.remaining, 'long data'),
    ...optional,
  };
}
