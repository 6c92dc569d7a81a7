import { MESSAGE_CLASS, TAG } from './codes.js';
import { HEADER_SIZE } from './message.js';
import { PARAMETER_HEADER_SIZE, readU32 } from './parameters.js';
import { ROUTING_LABEL_SIZE } from './protocol-data.js';

/** What {@link peekDataMessage} fills in; one object is reused for every message. Absent parameters are -1. */
export interface DataFields {
  networkAppearance: number;
  routingContext: number;
  correlationId: number;
  opc: number;
  dpc: number;
  si: number;
  ni: number;
  mp: number;
  sls: number;
  /** First octet of the user data, an index into the whole buffer. */
  userOffset: number;
  /** Octets of user data, without padding. */
  userLength: number;
}

/** A fresh {@link DataFields} for reuse. */
export function createDataFields(): DataFields {
  return {
    networkAppearance: -1,
    routingContext: -1,
    correlationId: -1,
    opc: 0,
    dpc: 0,
    si: 0,
    ni: 0,
    mp: 0,
    sls: 0,
    userOffset: 0,
    userLength: 0,
  };
}

/** The first four octets of every DATA message: version 1, reserved 0, class 1, type 1. */
const DATA_HEADER_WORD = (1 << 24) | (MESSAGE_CLASS.transfer << 8) | 1;

/** Not a DATA message; give it to the full decoder. */
export const PEEK_NOT_DATA = -1;
/** A DATA message, but not a well-formed one; the full decoder says what is wrong. */
export const PEEK_MALFORMED = -2;

/**
 * Recognises a well-formed DATA message and fills `out`, without allocating and without throwing. `length` octets from `offset` are
 * the whole message; they must lie inside `bytes`.
 *
 * Accepts a subset of what `decodeM3ua` accepts (the reserved octet must be 0 here) and reads the same values.
 * @returns 0, or {@link PEEK_NOT_DATA} or {@link PEEK_MALFORMED}, in which case `out` is of no use.
 */
export function peekDataMessage(bytes: Uint8Array, offset: number, length: number, out: DataFields): number {
  if (length < HEADER_SIZE || readU32(bytes, offset) !== DATA_HEADER_WORD) return PEEK_NOT_DATA;
  const messageLength = readU32(bytes, offset + 4);
  if (messageLength < HEADER_SIZE || messageLength > length || length > ((messageLength + 3) & ~3)) {
    return PEEK_MALFORMED;
  }
  out.networkAppearance = -1;
  out.routingContext = -1;
  out.correlationId = -1;
  out.userLength = -1;
  const end = offset + messageLength;
  let at = offset + HEADER_SIZE;
  while (at < end) {
    if (end - at < PARAMETER_HEADER_SIZE) return PEEK_MALFORMED;
    const size = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (size < PARAMETER_HEADER_SIZE || size > end - at || !readParameter(bytes, at, size, out)) {
      return PEEK_MALFORMED;
    }
    at += (size + 3) & ~3;
  }
  return out.userLength < 0 ? PEEK_MALFORMED : 0;
}

/** Reads the parameter of `size` octets at `at`; false for a repeated one and for one of the wrong size. */
function readParameter(bytes: Uint8Array, at: number, size: number, out: DataFields): boolean {
  switch ((bytes[at]! << 8) | bytes[at + 1]!) {
    case TAG.protocolData:
      if (size < PARAMETER_HEADER_SIZE + ROUTING_LABEL_SIZE || out.userLength >= 0) return false;
      out.opc = readU32(bytes, at + 4);
      out.dpc = readU32(bytes, at + 8);
      out.si = bytes[at + 12]!;
      out.ni = bytes[at + 13]!;
      out.mp = bytes[at + 14]!;
      out.sls = bytes[at + 15]!;
      out.userOffset = at + PARAMETER_HEADER_SIZE + ROUTING_LABEL_SIZE;
      out.userLength = size - PARAMETER_HEADER_SIZE - ROUTING_LABEL_SIZE;
      return true;
    case TAG.routingContext:
      if (size !== 8 || out.routingContext >= 0) return false;
      out.routingContext = readU32(bytes, at + 4);
      return true;
    case TAG.networkAppearance:
      if (size !== 8 || out.networkAppearance >= 0) return false;
      out.networkAppearance = readU32(bytes, at + 4);
      return true;
    case TAG.correlationId:
      if (size !== 8 || out.correlationId >= 0) return false;
      out.correlationId = readU32(bytes, at + 4);
      return true;
    default:
      return true;
  }
}
