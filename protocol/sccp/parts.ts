import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { decodeSccpAddress, type SccpAddress, writeSccpAddress } from './address.js';
import { SCCP_PARAMETER } from './constants.js';
import { type Segmentation, writeSegmentation } from './segmentation.js';

/** Connectionless service asked for (Q.713 §3.6). */
export interface ProtocolClass {
  /** 1 keeps the order of messages with the same SLS. */
  readonly protocolClass: 0 | 1;
  /** Ask for the message back when it cannot be delivered. */
  readonly returnOnError: boolean;
}

/** What every connectionless message carries. An address given as octets is written as it is. */
export interface Addressed {
  readonly called: SccpAddress | Uint8Array;
  readonly calling: SccpAddress | Uint8Array;
  readonly data: Uint8Array;
}

/** A decoded message has its addresses decoded. */
export interface AddressedIn extends Addressed {
  readonly called: SccpAddress;
  readonly calling: SccpAddress;
}

/** Optional part of XUDT, XUDTS, LUDT and LUDTS. */
export interface OptionalPart {
  readonly segmentation: Segmentation | null;
  /** 0...7 (Q.713 §3.19), null when absent. */
  readonly importance: number | null;
}

/** Contents of a one-octet length. */
const SHORT_LENGTH_MAX = 255;

/** Protocol class octet: class in the low half, message handling in the high half. @throws DecodeError unless the class is 0 or 1. */
export function readProtocolClass(reader: ByteReader): ProtocolClass {
  const octet = reader.u8('protocol class');
  const protocolClass = octet & 0x0f;
  if (protocolClass !== 0 && protocolClass !== 1) {
    reader.fail('protocol class', '0 or 1', `${protocolClass}`);
  }
  // Q.713 §3.6.2: handling values other than 8 are spare and mean no special options.
  return { protocolClass, returnOnError: octet >> 4 === 8 };
}

export function protocolClassOctet(options: ProtocolClass): number {
  return options.protocolClass | (options.returnOnError ? 0x80 : 0);
}

/**
 * Follows a one-octet pointer (Q.713 §2.3): it counts from its own place to the length octet of the parameter.
 * @returns a reader confined to the parameter's contents.
 */
export function follow(reader: ByteReader, field: string): ByteReader {
  const at = reader.offset;
  const target = at + reader.u8(`pointer to ${field}`);
  return parameterAt(reader, target, field, 1);
}

/** The same for the two-octet pointers of LUDT and LUDTS, least significant octet first; they count from their second octet. */
export function followLong(reader: ByteReader, field: string, lengthOctets: 1 | 2): ByteReader {
  const low = reader.u8(`pointer to ${field}`);
  const target = reader.offset + (low | (reader.u8(`pointer to ${field}`) << 8));
  return parameterAt(reader, target, field, lengthOctets);
}

/** Reads an address parameter that a pointer led to. */
export function readAddress(parameter: ByteReader, origin: number): SccpAddress {
  return decodeSccpAddress(parameter.bytes, parameter.offset, parameter.end, origin);
}

/** Optional parameters from `offset` on until the end marker; unknown ones are skipped (Q.714 §2.3). @throws DecodeError */
export function readOptionalPart(reader: ByteReader, offset: number): OptionalPart {
  const cursor = new ByteReader(reader.bytes, 'SCCP', reader.start, reader.end);
  cursor.offset = offset;
  let segmentation: Segmentation | null = null;
  let importance: number | null = null;
  for (;;) {
    const name = cursor.u8('optional parameter');
    if (name === SCCP_PARAMETER.endOfOptional) return { segmentation, importance };
    const length = cursor.u8('optional parameter length');
    const value = cursor.octets(length, 'optional parameter');
    if (name === SCCP_PARAMETER.segmentation) {
      if (length !== 4) cursor.fail('segmentation', '4 octets', `${length}`);
      const first = value[0]!;
      segmentation = {
        first: (first & 0x80) !== 0,
        protocolClass: (first & 0x40) !== 0 ? 1 : 0,
        remaining: first & 0x0f,
        localReference: value[1]! | (value[2]! << 8) | (value[3]! << 16),
      };
    } else if (name === SCCP_PARAMETER.importance) {
      if (length !== 1) cursor.fail('importance', '1 octet', `${length}`);
      importance = value[0]! & 0x07;
    }
  }
}

/** Offsets, within the encoded message, of what templates and responders reuse. */
export interface AddressedOffsets {
  readonly called: number;
  readonly calledLength: number;
  readonly calling: number;
  readonly callingLength: number;
  readonly data: number;
}

/**
 * Writes pointers and variable part behind the `fixed` octets.
 *
 * ```
 *   | fixed | p1 | p2 | p3 | [p4] | len called | len calling | len data | [optional ... 00] |
 * ```
 * @throws RangeError when a part exceeds its length octet or a pointer its octet.
 */
export function encodeAddressed(
  fixed: readonly number[],
  message: Addressed,
  optional: OptionalPart | null,
): { bytes: Uint8Array; offsets: AddressedOffsets } {
  const writer = new ByteWriter(64 + message.data.length);
  for (const octet of fixed) writer.u8(octet);
  const pointers = writer.reserve(optional === null ? 3 : 4);
  const called = writeVariable(writer, pointers, message.called, 'called party address');
  const calledLength = writer.length - called;
  const calling = writeVariable(writer, pointers + 1, message.calling, 'calling party address');
  const callingLength = writer.length - calling;
  const data = writeVariable(writer, pointers + 2, message.data, 'data');
  if (optional !== null && (optional.segmentation !== null || optional.importance !== null)) {
    setPointer(writer, pointers + 3, writer.length, 'optional part');
    if (optional.segmentation !== null) writeSegmentation(optional.segmentation, writer);
    if (optional.importance !== null) writer.u8(SCCP_PARAMETER.importance).u8(1).u8(optional.importance);
    writer.u8(SCCP_PARAMETER.endOfOptional);
  }
  return { bytes: writer.finish(), offsets: { called, calledLength, calling, callingLength, data } };
}

function writeVariable(
  writer: ByteWriter,
  pointer: number,
  value: SccpAddress | Uint8Array,
  field: string,
): number {
  setPointer(writer, pointer, writer.length, field);
  const lengthAt = writer.reserve(1);
  if (value instanceof Uint8Array) writer.octets(value);
  else writeSccpAddress(value, writer);
  const length = writer.length - lengthAt - 1;
  if (length > SHORT_LENGTH_MAX) {
    throw new RangeError(`SCCP: ${field} of ${length} octets; at most 255 fit, segment it over XUDT`);
  }
  writer.setU8(lengthAt, length);
  return lengthAt + 1;
}

function setPointer(writer: ByteWriter, pointer: number, target: number, field: string): void {
  const distance = target - pointer;
  if (distance > SHORT_LENGTH_MAX) {
    throw new RangeError(`SCCP: ${field} begins ${distance} octets behind its pointer; at most 255`);
  }
  writer.setU8(pointer, distance);
}

function parameterAt(reader: ByteReader, target: number, field: string, lengthOctets: 1 | 2): ByteReader {
  const cursor = new ByteReader(reader.bytes, 'SCCP', reader.start, reader.end);
  cursor.offset = target;
  if (target >= reader.end) reader.fail(`pointer to ${field}`, 'a place in the message', 'one behind it');
  const low = cursor.u8(`${field} length`);
  const length = lengthOctets === 1 ? low : low | (cursor.u8(`${field} length`) << 8);
  cursor.need(length, field);
  const at = cursor.offset;
  const parameter = new ByteReader(reader.bytes, 'SCCP', reader.start, at + length);
  parameter.offset = at;
  return parameter;
}
