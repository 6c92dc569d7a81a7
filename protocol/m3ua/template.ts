import type { DataMessage } from './data.js';
import { encodeM3ua, HEADER_SIZE } from './message.js';
import { PARAMETER_HEADER_SIZE } from './parameters.js';
import { ROUTING_LABEL_SIZE } from './protocol-data.js';

/**
 * A DATA message encoded once, to be copied and patched per request. Offsets count from the start of the message.
 *
 * ```
 *   0  4               (8) [NA][RC] PD  tag len OPC DPC SI NI MP SLS  user data  pad [Correlation Id]
 *      ^ messageLengthAt    ^  ^        protocolDataLengthAt ^ opcAt       ^ userDataAt
 * ```
 */
export interface DataTemplate {
  readonly bytes: Uint8Array;
  /** 32-bit Message Length of the header. */
  readonly messageLengthAt: number;
  /** 32-bit values; -1 where the template has no such parameter. */
  readonly networkAppearanceAt: number;
  readonly routingContextAt: number;
  readonly correlationIdAt: number;
  /** 16-bit Parameter Length of Protocol Data. */
  readonly protocolDataLengthAt: number;
  /** 32-bit point codes. */
  readonly opcAt: number;
  readonly dpcAt: number;
  /** One octet. */
  readonly slsAt: number;
  readonly userDataAt: number;
  readonly userDataLength: number;
}

/** Encodes `message` and says where what varies lies. */
export function encodeDataTemplate(message: Omit<DataMessage, 'kind'>): DataTemplate {
  const bytes = encodeM3ua({ kind: 'DATA', ...message });
  let networkAppearanceAt = -1;
  let routingContextAt = -1;
  let at = HEADER_SIZE;
  if (message.networkAppearance !== undefined) {
    networkAppearanceAt = at + PARAMETER_HEADER_SIZE;
    at += 8;
  }
  if (message.routingContext !== undefined) {
    routingContextAt = at + PARAMETER_HEADER_SIZE;
    at += 8;
  }
  const opcAt = at + PARAMETER_HEADER_SIZE;
  return {
    bytes,
    messageLengthAt: 4,
    networkAppearanceAt,
    routingContextAt,
    correlationIdAt: message.correlationId === undefined ? -1 : bytes.length - 4,
    protocolDataLengthAt: at + 2,
    opcAt,
    dpcAt: opcAt + 4,
    slsAt: opcAt + 11,
    userDataAt: opcAt + ROUTING_LABEL_SIZE,
    userDataLength: message.protocolData.userData.length,
  };
}

/**
 * Sets the lengths of a stamped copy at `bytes[at]` for `userLength` octets of user data, which the caller has put (or will put) at
 * `at + template.userDataAt`, zeroes the padding, and returns the octets of the whole message. Nothing is allocated.
 * Only for templates without Correlation Id, whose user data comes last. The room for `userLength` + 3 octets must be there.
 */
export function stampUserLength(
  template: DataTemplate,
  bytes: Uint8Array,
  at: number,
  userLength: number,
): number {
  const parameterLength = PARAMETER_HEADER_SIZE + ROUTING_LABEL_SIZE + userLength;
  const lengthAt = at + template.protocolDataLengthAt;
  bytes[lengthAt] = parameterLength >>> 8;
  bytes[lengthAt + 1] = parameterLength;
  let end = at + template.userDataAt + userLength;
  while (((end - at) & 3) !== 0) bytes[end++] = 0;
  const size = end - at;
  const sizeAt = at + template.messageLengthAt;
  bytes[sizeAt] = size >>> 24;
  bytes[sizeAt + 1] = size >>> 16;
  bytes[sizeAt + 2] = size >>> 8;
  bytes[sizeAt + 3] = size;
  return size;
}
