import { COMPONENT } from '../tcap/constants.js';
import { identifierSize, integerAt, readHeader } from './header.js';

/** Operation or error codes that are object identifiers rather than numbers. */
export const GLOBAL_CODE = -0x8000_0000;

/**
 * One component as plain numbers. Accepts exactly what the decoder of `protocol/tcap` accepts with definite lengths.
 */
export class ComponentCursor {
  /** Identifier, see `COMPONENT`. */
  kind = 0;
  /** -128...127; -129 for the NULL of a Reject. */
  invokeId = 0;
  /** Local operation or error code; {@link GLOBAL_CODE} for a global one or none. */
  code = 0;
  /** Reject: number of the problem kind (0 general ... 3 return error) * 128 + problem. */
  problem = 0;
  /** First identifier octet of the parameter; 0 without one. */
  parameterTag = 0;
  /** Element of the parameter, and its contents. */
  parameterOffset = 0;
  contentOffset = 0;
  contentEnd = 0;
  /** Offset of the next component. */
  next = 0;
}

/** NULL in the place of an invoke id. */
export const NO_INVOKE_ID = -129;

/** Reads the component at `at`. @returns 0, -1 when it is malformed, -2 when a length is indefinite */
export function readComponentAt(bytes: Uint8Array, at: number, end: number, out: ComponentCursor): number {
  if (at >= end) return -1;
  const header = readHeader(bytes, at + 1, end);
  if (header < 0) return header;
  const content = at + 1 + (header & 7);
  const last = content + (header >>> 3);
  out.kind = bytes[at]!;
  out.next = last;
  out.parameterTag = 0;
  out.code = GLOBAL_CODE;
  switch (out.kind) {
    case COMPONENT.invoke:
      return readInvokeAt(bytes, content, last, out);
    case COMPONENT.returnResultLast:
    case COMPONENT.returnResultNotLast:
      return readResultAt(bytes, content, last, out);
    case COMPONENT.returnError: {
      const next = readIdAt(bytes, content, last, 0x02, out);
      return next < 0 ? next : readCodeAndParameter(bytes, next, last, out);
    }
    case COMPONENT.reject:
      return readRejectAt(bytes, content, last, out);
    default:
      return -1;
  }
}

function readInvokeAt(bytes: Uint8Array, at: number, end: number, out: ComponentCursor): number {
  let next = readIdAt(bytes, at, end, 0x02, out);
  if (next < 0) return next;
  if (next < end && bytes[next] === 0x80) {
    const { invokeId } = out;
    next = readIdAt(bytes, next, end, 0x80, out);
    if (next < 0) return next;
    out.invokeId = invokeId;
  }
  return readCodeAndParameter(bytes, next, end, out);
}

function readResultAt(bytes: Uint8Array, at: number, end: number, out: ComponentCursor): number {
  const next = readIdAt(bytes, at, end, 0x02, out);
  if (next < 0 || next === end) return next < 0 ? next : 0;
  if (bytes[next] !== 0x30) return -1;
  const header = readHeader(bytes, next + 1, end);
  if (header < 0) return header;
  const content = next + 1 + (header & 7);
  if (content + (header >>> 3) !== end) return -1;
  return readCodeAndParameter(bytes, content, end, out);
}

function readRejectAt(bytes: Uint8Array, at: number, end: number, out: ComponentCursor): number {
  let next: number;
  if (at < end && bytes[at] === 0x05) {
    const header = readHeader(bytes, at + 1, end);
    if (header < 0) return header;
    if (header >>> 3 !== 0) return -1;
    out.invokeId = NO_INVOKE_ID;
    next = at + 1 + (header & 7);
  } else {
    next = readIdAt(bytes, at, end, 0x02, out);
    if (next < 0) return next;
  }
  if (next >= end) return -1;
  const kind = bytes[next]! - 0x80;
  if (kind < 0 || kind > 3) return -1;
  const header = readHeader(bytes, next + 1, end);
  if (header < 0) return header;
  const content = next + 1 + (header & 7);
  const problem = integerAt(bytes, content, header >>> 3);
  if (content + (header >>> 3) !== end || !(problem >= 0 && problem <= 127)) return -1;
  out.problem = kind * 128 + problem;
  return 0;
}

/** An invoke id with the given tag. @returns the offset behind it, or a negative fault */
function readIdAt(bytes: Uint8Array, at: number, end: number, tag: number, out: ComponentCursor): number {
  if (at >= end || bytes[at] !== tag) return -1;
  const header = readHeader(bytes, at + 1, end);
  if (header < 0) return header;
  const content = at + 1 + (header & 7);
  const id = integerAt(bytes, content, header >>> 3);
  if (!(id >= -128 && id <= 127)) return -1;
  out.invokeId = id;
  return content + (header >>> 3);
}

/** Code, then at most one parameter that ends where the component ends. */
function readCodeAndParameter(bytes: Uint8Array, at: number, end: number, out: ComponentCursor): number {
  if (at >= end) return -1;
  const tag = bytes[at]!;
  const header = readHeader(bytes, at + 1, end);
  if (header < 0) return header;
  const size = header >>> 3;
  const content = at + 1 + (header & 7);
  if (tag === 0x02) {
    const code = integerAt(bytes, content, size);
    if (!(code >= -0x8000_0000 && code <= 0x7fff_ffff)) return -1;
    out.code = code;
  } else if (tag !== 0x06 || !wholeObjectIdentifier(bytes, content, content + size)) return -1;
  const parameter = content + size;
  if (parameter === end) return 0;
  const identifier = identifierSize(bytes, parameter, end);
  if (identifier < 0) return -1;
  const parameterHeader = readHeader(bytes, parameter + identifier, end);
  if (parameterHeader < 0) return parameterHeader;
  out.parameterTag = bytes[parameter]!;
  out.parameterOffset = parameter;
  out.contentOffset = parameter + identifier + (parameterHeader & 7);
  out.contentEnd = out.contentOffset + (parameterHeader >>> 3);
  return out.contentEnd === end ? 0 : -1;
}

/** The bounds of `readObjectIdentifier`: not empty, not cut, arcs below 2^32 and at most 32 of them before the last. */
function wholeObjectIdentifier(bytes: Uint8Array, at: number, end: number): boolean {
  let arcs = 0;
  let value = 0;
  let open = true;
  for (let index = at; index < end; index++) {
    const octet = bytes[index]!;
    value = value * 128 + (octet & 0x7f);
    if (value > 0xffff_ffff || arcs > 32) return false;
    open = octet >= 0x80;
    if (!open) {
      arcs += arcs === 0 ? 2 : 1;
      value = 0;
    }
  }
  return !open;
}
