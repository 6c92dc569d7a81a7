import type { ByteWriter } from '../bytes/writer.js';
import { ERROR_CODE, TAG } from './codes.js';
import { PARAMETER_HEADER_SIZE, type Parameters, readU32, writePadding } from './parameters.js';

/** Octets of the routing label and what stands with it, before the user data. */
export const ROUTING_LABEL_SIZE = 12;

/**
 * Protocol Data (RFC 4666 §3.3.1): the MTP3 routing label and the user's message.
 *
 * ```
 *   +---------------------------------------------------------------+
 *   |                    Originating Point Code                     |
 *   +---------------------------------------------------------------+
 *   |                    Destination Point Code                     |
 *   +---------------+---------------+---------------+---------------+
 *   |      SI       |      NI       |      MP       |      SLS      |
 *   +---------------+---------------+---------------+---------------+
 *   |                      User Protocol Data                       |
 *   +---------------------------------------------------------------+
 * ```
 */
export interface ProtocolData {
  /** Originating Point Code, 14 bits for ITU. */
  readonly opc: number;
  /** Destination Point Code, 14 bits for ITU. */
  readonly dpc: number;
  /** Service Indicator, 3 = SCCP. */
  readonly si: number;
  /** Network Indicator, 0-3. */
  readonly ni: number;
  /** Message Priority, 0 where the network has none. */
  readonly mp: number;
  /** Signalling Link Selection. */
  readonly sls: number;
  /** View of the user part's message, without padding. */
  readonly userData: Uint8Array;
}

/** Reads Protocol Data. @throws M3uaDecodeError Missing Parameter, or Parameter Field Error when shorter than the label. */
export function decodeProtocolData(bytes: Uint8Array, parameters: Parameters): ProtocolData {
  // RFC 4666 §3.3.1: Protocol Data is mandatory.
  const { at, size } = parameters.requireRange(TAG.protocolData);
  if (size < ROUTING_LABEL_SIZE) {
    parameters.refuse(
      ERROR_CODE.parameterFieldError,
      TAG.protocolData,
      `at least ${ROUTING_LABEL_SIZE} octets`,
      `${size}`,
    );
  }
  return {
    opc: readU32(bytes, at),
    dpc: readU32(bytes, at + 4),
    si: bytes[at + 8]!,
    ni: bytes[at + 9]!,
    mp: bytes[at + 10]!,
    sls: bytes[at + 11]!,
    userData: bytes.subarray(at + ROUTING_LABEL_SIZE, at + size),
  };
}

/** Writes the whole parameter, padding included. */
export function encodeProtocolData(writer: ByteWriter, data: ProtocolData): void {
  const { userData } = data;
  writer.u16(TAG.protocolData).u16(PARAMETER_HEADER_SIZE + ROUTING_LABEL_SIZE + userData.length);
  writer.u32(data.opc).u32(data.dpc).u8(data.si).u8(data.ni).u8(data.mp).u8(data.sls).octets(userData);
  writePadding(writer);
}
