import { SCCP_TYPE } from '../sccp/constants.js';
import { TC } from '../tcap/constants.js';
import { readHeader } from './header.js';

/** How far the envelope of a message could be read. */
export const ENVELOPE = {
  ok: 0,
  /** No connectionless SCCP message. */
  sccpFault: 1,
  /** No TCAP transaction portion. `otidSize` and `dtidSize` tell which ids were readable before the fault. */
  transactionFault: 2,
  /** An indefinite length: the caller rewrites the message with definite ones and reads again. */
  indefinite: 3,
  /** A part of a segmented message: to be reassembled first. */
  segment: 4,
} as const;

/**
 * SCCP and TCAP of one received message as plain numbers: where its parts lie, and its transaction ids. One object serves
 * for all messages; nothing is allocated.
 *
 * ```
 *   | SCCP header | called | calling | 6x TCAP | 48 otid | 49 dtid | 6b dialogue | 6c components |
 *                  ^calledOffset      ^tcapOffset                   ^dialogueOffset ^componentsOffset (contents)
 * ```
 * Accepts what `decodeSccp` and `decodeTcap` accept, and besides: addresses and dialogue portions with any contents.
 */
export class Envelope {
  /** Buffer that all offsets count in. */
  bytes: Uint8Array = new Uint8Array(0);
  sccpType = 0;
  /** UDT, XUDT, LUDT: the protocol class octet; UDTS, XUDTS, LUDTS: the return cause. */
  classOrCause = 0;
  /** Address parameters without their length octet. */
  calledOffset = 0;
  calledLength = 0;
  callingOffset = 0;
  callingLength = 0;
  tcapOffset = 0;
  tcapEnd = 0;
  /** Identifier of the TCAP message, see `TC`; 0 until known. */
  tcapType = 0;
  /** Size 0: absent. The starting value is not a small integer on purpose: V8 then keeps the field a double and never allocates. */
  otid = 0xffff_ffff;
  otidSize = 0;
  dtid = 0xffff_ffff;
  dtidSize = 0;
  /** Abort by the provider: its cause; else -1. */
  pAbortCause = -1;
  /** Contents of the dialogue portion; length 0: absent. */
  dialogueOffset = 0;
  dialogueLength = 0;
  /** Contents of the component portion; length 0: absent. */
  componentsOffset = 0;
  componentsLength = 0;
}

/** Reads the message between `offset` and `end` of `bytes` into `out`. Never throws. @returns a value of {@link ENVELOPE} */
export function readEnvelope(bytes: Uint8Array, offset: number, end: number, out: Envelope): number {
  out.bytes = bytes;
  out.tcapType = 0;
  out.otidSize = 0;
  out.dtidSize = 0;
  const status = readSccpEnvelope(bytes, offset, end, out);
  return status === ENVELOPE.ok ? readTransactionPortion(out) : status;
}

function readSccpEnvelope(bytes: Uint8Array, offset: number, end: number, out: Envelope): number {
  if (end - offset < 5) return ENVELOPE.sccpFault;
  const type = bytes[offset]!;
  out.sccpType = type;
  out.classOrCause = bytes[offset + 1]!;
  switch (type) {
    case SCCP_TYPE.udt:
      if ((out.classOrCause & 0x0f) > 1) return ENVELOPE.sccpFault;
      return locateShort(bytes, offset + 2, end, out);
    case SCCP_TYPE.udts:
      return locateShort(bytes, offset + 2, end, out);
    case SCCP_TYPE.xudt:
      if ((out.classOrCause & 0x0f) > 1) return ENVELOPE.sccpFault;
      return locateExtended(bytes, offset, end, out);
    case SCCP_TYPE.xudts:
      return locateExtended(bytes, offset, end, out);
    case SCCP_TYPE.ludt:
      if ((out.classOrCause & 0x0f) > 1) return ENVELOPE.sccpFault;
      return locateLong(bytes, offset, end, out);
    case SCCP_TYPE.ludts:
      return locateLong(bytes, offset, end, out);
    default:
      return ENVELOPE.sccpFault;
  }
}

/** Three one-octet pointers from `at` on. */
function locateShort(bytes: Uint8Array, at: number, end: number, out: Envelope): number {
  const called = at + bytes[at]!;
  const calling = at + 1 + bytes[at + 1]!;
  const data = at + 2 + bytes[at + 2]!;
  if (called >= end || calling >= end || data >= end) return ENVELOPE.sccpFault;
  return setParts(bytes, called, calling, data + 1, bytes[data]!, end, out);
}

function locateExtended(bytes: Uint8Array, offset: number, end: number, out: Envelope): number {
  if (end - offset < 7) return ENVELOPE.sccpFault;
  const status = locateShort(bytes, offset + 3, end, out);
  const pointer = bytes[offset + 6]!;
  return status !== ENVELOPE.ok || pointer === 0 ? status : readOptional(bytes, offset + 6 + pointer, end);
}

/** Two-octet pointers, least significant octet first, counting from their second octet; two octets of data length. */
function locateLong(bytes: Uint8Array, offset: number, end: number, out: Envelope): number {
  if (end - offset < 11) return ENVELOPE.sccpFault;
  const called = longTarget(bytes, offset + 3);
  const calling = longTarget(bytes, offset + 5);
  const data = longTarget(bytes, offset + 7);
  if (called >= end || calling >= end || data + 1 >= end) return ENVELOPE.sccpFault;
  const length = bytes[data]! | (bytes[data + 1]! << 8);
  const status = setParts(bytes, called, calling, data + 2, length, end, out);
  const noOptional = bytes[offset + 9] === 0 && bytes[offset + 10] === 0;
  return status !== ENVELOPE.ok || noOptional
    ? status
    : readOptional(bytes, longTarget(bytes, offset + 9), end);
}

function longTarget(bytes: Uint8Array, pointerAt: number): number {
  return pointerAt + 1 + (bytes[pointerAt]! | (bytes[pointerAt + 1]! << 8));
}

function setParts(
  bytes: Uint8Array,
  called: number,
  calling: number,
  dataOffset: number,
  dataLength: number,
  end: number,
  out: Envelope,
): number {
  out.calledOffset = called + 1;
  out.calledLength = bytes[called]!;
  out.callingOffset = calling + 1;
  out.callingLength = bytes[calling]!;
  out.tcapOffset = dataOffset;
  out.tcapEnd = dataOffset + dataLength;
  if (
    out.calledLength === 0 ||
    out.callingLength === 0 ||
    out.calledOffset + out.calledLength > end ||
    out.callingOffset + out.callingLength > end ||
    out.tcapEnd > end
  ) {
    return ENVELOPE.sccpFault;
  }
  return ENVELOPE.ok;
}

/** Walks the optional part: its end marker must come, and a segmentation parameter says whether this is all of the message. */
function readOptional(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset;
  let status: number = ENVELOPE.ok;
  for (;;) {
    if (at >= end) return ENVELOPE.sccpFault;
    const name = bytes[at]!;
    if (name === 0) return status;
    if (at + 1 >= end) return ENVELOPE.sccpFault;
    const length = bytes[at + 1]!;
    const value = at + 2;
    if (value + length > end) return ENVELOPE.sccpFault;
    if (name === 0x10) {
      if (length !== 4) return ENVELOPE.sccpFault;
      const first = bytes[value]!;
      status = (first & 0x80) !== 0 && (first & 0x0f) === 0 ? ENVELOPE.ok : ENVELOPE.segment;
    } else if (name === 0x12 && length !== 1) return ENVELOPE.sccpFault;
    at = value + length;
  }
}

/** Reads the TCAP message between `out.tcapOffset` and `out.tcapEnd`. Never throws. @returns a value of {@link ENVELOPE} */
export function readTransactionPortion(out: Envelope): number {
  const { bytes, tcapOffset, tcapEnd } = out;
  out.pAbortCause = -1;
  out.dialogueLength = 0;
  out.componentsLength = 0;
  if (tcapOffset >= tcapEnd) return ENVELOPE.transactionFault;
  const type = bytes[tcapOffset]!;
  const header = readHeader(bytes, tcapOffset + 1, tcapEnd);
  if (header < 0) return headerFault(header);
  let at = tcapOffset + 1 + (header & 7);
  if (at + (header >>> 3) !== tcapEnd) return ENVELOPE.transactionFault;
  out.tcapType = type;
  switch (type) {
    case TC.begin:
      at = readId(out, at, TC.otid);
      break;
    case TC.continue:
      at = readId(out, at, TC.otid);
      if (at > 0) at = readId(out, at, TC.dtid);
      break;
    case TC.end:
    case TC.abort:
      at = readId(out, at, TC.dtid);
      break;
    case TC.unidirectional:
      break;
    default:
      return ENVELOPE.transactionFault;
  }
  if (at < 0) return headerFault(at);
  return type === TC.abort ? readAbort(out, at) : readPortions(out, at);
}

/** @returns the offset behind the id, or a negative fault as {@link readHeader} gives it */
function readId(out: Envelope, at: number, tag: number): number {
  const { bytes, tcapEnd } = out;
  if (at >= tcapEnd || bytes[at] !== tag) return -1;
  const header = readHeader(bytes, at + 1, tcapEnd);
  if (header < 0) return header;
  const size = header >>> 3;
  const content = at + 1 + (header & 7);
  if (size === 0 || size > 4) return -1;
  let value = 0;
  for (let index = 0; index < size; index++) value = value * 256 + bytes[content + index]!;
  if (tag === TC.otid) {
    out.otid = value;
    out.otidSize = size;
  } else {
    out.dtid = value;
    out.dtidSize = size;
  }
  return content + size;
}

function readPortions(out: Envelope, offset: number): number {
  const { bytes, tcapEnd } = out;
  let at = offset;
  if (at < tcapEnd && bytes[at] === TC.dialoguePortion) {
    const header = readHeader(bytes, at + 1, tcapEnd);
    if (header < 0) return headerFault(header);
    out.dialogueOffset = at + 1 + (header & 7);
    out.dialogueLength = header >>> 3;
    if (out.dialogueLength === 0) return ENVELOPE.transactionFault;
    at = out.dialogueOffset + out.dialogueLength;
  }
  if (at < tcapEnd && bytes[at] === TC.componentPortion) {
    const header = readHeader(bytes, at + 1, tcapEnd);
    if (header < 0) return headerFault(header);
    out.componentsOffset = at + 1 + (header & 7);
    out.componentsLength = header >>> 3;
    if (out.componentsLength === 0) return ENVELOPE.transactionFault;
    at = out.componentsOffset + out.componentsLength;
  } else if (out.tcapType === TC.unidirectional) return ENVELOPE.transactionFault;
  return at === tcapEnd ? ENVELOPE.ok : ENVELOPE.transactionFault;
}

function readAbort(out: Envelope, at: number): number {
  const { bytes, tcapEnd } = out;
  if (at < tcapEnd && bytes[at] === TC.pAbortCause) {
    const header = readHeader(bytes, at + 1, tcapEnd);
    if (header < 0) return headerFault(header);
    const size = header >>> 3;
    const content = at + 1 + (header & 7);
    if (size === 0 || size > 6 || content + size !== tcapEnd) return ENVELOPE.transactionFault;
    for (let index = 0; index < size - 1; index++) {
      if (bytes[content + index] !== 0) return ENVELOPE.transactionFault;
    }
    const cause = bytes[content + size - 1]!;
    if (cause > 127) return ENVELOPE.transactionFault;
    out.pAbortCause = cause;
    return ENVELOPE.ok;
  }
  if (at < tcapEnd && bytes[at] !== TC.dialoguePortion) return ENVELOPE.transactionFault;
  return readPortionsOfAbort(out, at);
}

/** A user's Abort carries a dialogue portion at most. */
function readPortionsOfAbort(out: Envelope, at: number): number {
  const status = readPortions(out, at);
  return status === ENVELOPE.ok && out.componentsLength > 0 ? ENVELOPE.transactionFault : status;
}

function headerFault(header: number): number {
  return header === -2 ? ENVELOPE.indefinite : ENVELOPE.transactionFault;
}
