import type { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { type SccpAddress, writeSccpAddress } from './address.js';
import { HOP_COUNTER_MAX, SCCP_TYPE } from './constants.js';
import {
  type Addressed,
  type AddressedIn,
  type AddressedOffsets,
  followLong,
  type OptionalPart,
  type ProtocolClass,
  protocolClassOctet,
  readAddress,
  readOptionalPart,
  readProtocolClass,
} from './parts.js';

/**
 * Long unitdata and its service message (Q.713 §4.20, §4.21), for data above 255 octets: SIGTRAN carries them whole. The service message is
 * accepted and never sent.
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

/** Longest data of an LUDT (Q.713 §3.16). */
export const LONG_DATA_MAX = 3952;
const ADDRESS_MAX = 255;
const POINTERS_AT = 3;

/** The message, unsegmented, and where its parts lie. @throws RangeError when a part does not fit its length. */
export function encodeLudt(message: Addressed & ProtocolClass): {
  bytes: Uint8Array;
  offsets: AddressedOffsets;
} {
  const { data } = message;
  if (data.length > LONG_DATA_MAX) {
    throw new RangeError(`SCCP: data of ${data.length} octets; an LUDT takes at most ${LONG_DATA_MAX}`);
  }
  const writer = new ByteWriter(64 + data.length);
  writer.u8(SCCP_TYPE.ludt).u8(protocolClassOctet(message)).u8(HOP_COUNTER_MAX);
  writer.reserve(8);
  setLongPointer(writer, POINTERS_AT, writer.length);
  const called = writeLongAddress(writer, message.called);
  const calledLength = writer.length - called;
  setLongPointer(writer, POINTERS_AT + 2, writer.length);
  const calling = writeLongAddress(writer, message.calling);
  const callingLength = writer.length - calling;
  setLongPointer(writer, POINTERS_AT + 4, writer.length);
  writer.u8(data.length & 0xff).u8(data.length >> 8);
  const dataAt = writer.length;
  writer.octets(data);
  return {
    bytes: writer.finish(),
    offsets: { called, calledLength, calling, callingLength, data: dataAt },
  };
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
    pointer === 0
      ? { segmentation: null, importance: null }
      : readOptionalPart(reader, highOctetAt + pointer);
  return {
    called: readAddress(called, reader.start),
    calling: readAddress(calling, reader.start),
    data: data.octets(data.remaining, 'long data'),
    ...optional,
  };
}

function setLongPointer(writer: ByteWriter, at: number, target: number): void {
  const distance = target - at - 1;
  writer.setU8(at, distance & 0xff);
  writer.setU8(at + 1, distance >> 8);
}

function writeLongAddress(writer: ByteWriter, address: SccpAddress | Uint8Array): number {
  const lengthAt = writer.reserve(1);
  if (address instanceof Uint8Array) writer.octets(address);
  else writeSccpAddress(address, writer);
  const length = writer.length - lengthAt - 1;
  if (length > ADDRESS_MAX) throw new RangeError(`SCCP: address of ${length} octets; at most ${ADDRESS_MAX}`);
  writer.setU8(lengthAt, length);
  return lengthAt + 1;
}
