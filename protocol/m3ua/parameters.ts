import type { ByteWriter } from '../bytes/writer.js';
import { ERROR_CODE, TAG } from './codes.js';
import { refuse } from './fault.js';

/** Octets of a parameter's Tag and Length. */
export const PARAMETER_HEADER_SIZE = 4;
/** Longest INFO String (§3.4.1). */
export const INFO_STRING_MAX = 255;

/**
 * The variable-length parameters of one message (RFC 4666 §3.2).
 *
 * ```
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |         Parameter Tag         |       Parameter Length        |
 *   +-------------------------------+-------------------------------+
 *   |             Parameter Value, padded to 4 octets               |
 *   +---------------------------------------------------------------+
 * ```
 *
 * Length counts tag, length and value, not the padding (0-3 octets). The order of parameters is free.
 */
export class Parameters {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #values = new Map<number, { at: number; size: number }>();

  /**
   * Walks the parameters between `from` and `end`; `start` is where the message begins. Tags outside `allowed` are skipped, known
   * ones of other messages included: receivers must live with peers that say more than they need.
   * @throws M3uaDecodeError Parameter Field Error for a length that does not fit, Unexpected Parameter for a repeated one.
   */
  constructor(bytes: Uint8Array, start: number, from: number, end: number, allowed: readonly number[]) {
    this.#bytes = bytes;
    this.#start = start;
    let at = from;
    while (at < end) {
      const left = end - at;
      if (left < PARAMETER_HEADER_SIZE) {
        refuse(
          ERROR_CODE.parameterFieldError,
          'Parameter Tag',
          at - start,
          '4 octets of tag and length',
          `${left} octets`,
        );
      }
      const tag = (bytes[at]! << 8) | bytes[at + 1]!;
      const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (length < PARAMETER_HEADER_SIZE || length > left) {
        refuse(
          ERROR_CODE.parameterFieldError,
          `Parameter Length of ${parameterName(tag)}`,
          at + 2 - start,
          `4 to ${left}`,
          `${length}`,
        );
      }
      if (allowed.includes(tag)) this.#put(tag, at, length);
      // RFC 4666 §3.1.4: the padding of the last parameter may be missing.
      at += (length + 3) & ~3;
    }
  }

  /** A parameter of one 32-bit value, or undefined when it is not there. */
  u32(tag: number): number | undefined {
    const value = this.#values.get(tag);
    if (value === undefined) return undefined;
    this.#checkSize(tag, value, value.size === 4, '8');
    return readU32(this.#bytes, value.at);
  }

  /** A parameter of one or more 32-bit values, or undefined when it is not there. */
  u32List(tag: number): number[] | undefined {
    const value = this.#values.get(tag);
    if (value === undefined) return undefined;
    this.#checkSize(tag, value, value.size >= 4 && value.size % 4 === 0, '4 + 4n, n >= 1');
    const list: number[] = [];
    for (let at = value.at; at < value.at + value.size; at += 4) list.push(readU32(this.#bytes, at));
    return list;
  }

  /** A view of a parameter's value, or undefined when it is not there. */
  octets(tag: number, sizeMax = 0xffff): Uint8Array | undefined {
    const value = this.#values.get(tag);
    if (value === undefined) return undefined;
    this.#checkSize(tag, value, value.size <= sizeMax, `at most ${sizeMax + PARAMETER_HEADER_SIZE}`);
    return this.#bytes.subarray(value.at, value.at + value.size);
  }

  /** Where a parameter's value lies in the buffer, or undefined when it is not there. */
  range(tag: number): { readonly at: number; readonly size: number } | undefined {
    return this.#values.get(tag);
  }

  requireU32(tag: number): number {
    return this.u32(tag) ?? this.#missing(tag);
  }

  requireU32List(tag: number): number[] {
    return this.u32List(tag) ?? this.#missing(tag);
  }

  requireRange(tag: number): { readonly at: number; readonly size: number } {
    return this.range(tag) ?? this.#missing(tag);
  }

  /** @throws M3uaDecodeError with the offset of this parameter's value, or of the message when it is not there. */
  refuse(errorCode: number, tag: number, expected: string, actual: string): never {
    const at = this.#values.get(tag)?.at ?? this.#start;
    return refuse(errorCode, parameterName(tag), at - this.#start, expected, actual);
  }

  #put(tag: number, at: number, length: number): void {
    // RFC 4666 §3.2: only one parameter of the same type is allowed in a message unless said otherwise.
    if (this.#values.has(tag)) {
      refuse(
        ERROR_CODE.unexpectedParameter,
        parameterName(tag),
        at - this.#start,
        'one such parameter',
        'a second one',
      );
    }
    this.#values.set(tag, { at: at + PARAMETER_HEADER_SIZE, size: length - PARAMETER_HEADER_SIZE });
  }

  #checkSize(tag: number, value: { at: number; size: number }, fits: boolean, expected: string): void {
    if (fits) return;
    refuse(
      ERROR_CODE.parameterFieldError,
      `Parameter Length of ${parameterName(tag)}`,
      value.at - 2 - this.#start,
      expected,
      `${value.size + PARAMETER_HEADER_SIZE}`,
    );
  }

  #missing(tag: number): never {
    return refuse(ERROR_CODE.missingParameter, parameterName(tag), 8, 'the parameter', 'none');
  }
}

const NAMES = new Map<number, string>([
  [TAG.infoString, 'INFO String'],
  [TAG.routingContext, 'Routing Context'],
  [TAG.diagnosticInformation, 'Diagnostic Information'],
  [TAG.heartbeatData, 'Heartbeat Data'],
  [TAG.trafficModeType, 'Traffic Mode Type'],
  [TAG.errorCode, 'Error Code'],
  [TAG.status, 'Status'],
  [TAG.aspIdentifier, 'ASP Identifier'],
  [TAG.affectedPointCode, 'Affected Point Code'],
  [TAG.correlationId, 'Correlation Id'],
  [TAG.networkAppearance, 'Network Appearance'],
  [TAG.userCause, 'User/Cause'],
  [TAG.congestionIndications, 'Congestion Indications'],
  [TAG.concernedDestination, 'Concerned Destination'],
  [TAG.protocolData, 'Protocol Data'],
]);

/** The RFC's name of a parameter, or its tag in hexadecimal. */
export function parameterName(tag: number): string {
  return NAMES.get(tag) ?? `Parameter 0x${tag.toString(16).padStart(4, '0')}`;
}

/** An unsigned 32-bit value in network order. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Writes a parameter of one 32-bit value; nothing when `value` is undefined. */
export function writeU32(writer: ByteWriter, tag: number, value: number | undefined): void {
  if (value === undefined) return;
  writer.u16(tag).u16(8).u32(value);
}

/** Writes a parameter of several 32-bit values; nothing when there are none. */
export function writeU32List(writer: ByteWriter, tag: number, values: readonly number[] | undefined): void {
  if (values === undefined || values.length === 0) return;
  writer.u16(tag).u16(PARAMETER_HEADER_SIZE + 4 * values.length);
  for (const value of values) writer.u32(value);
}

/** Writes a parameter of octets with its padding; nothing when `value` is undefined. */
export function writeOctets(writer: ByteWriter, tag: number, value: Uint8Array | undefined): void {
  if (value === undefined) return;
  writer
    .u16(tag)
    .u16(PARAMETER_HEADER_SIZE + value.length)
    .octets(value);
  writePadding(writer);
}

/** Zero octets up to the next multiple of 4. */
export function writePadding(writer: ByteWriter): void {
  writer.reserve(-writer.length & 3);
}
