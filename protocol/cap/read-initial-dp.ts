import { identifierSize, integerAt, readHeader } from './header.js';

/**
 * The parameters of an InitialDPArg that a billing application looks at, as plain numbers. Offsets count in the buffer read; `digits` and
 * lengths are 0 for an absent parameter. Digits are packed as `digitsAt` takes them.
 */
export class InitialDpFields {
  /** -1 when absent. */
  serviceKey = -1;
  callingOffset = 0;
  callingDigits = 0;
  calledOffset = 0;
  calledDigits = 0;
  imsiOffset = 0;
  imsiDigits = 0;
  /** Contents of callReferenceNumber, 1...8 octets. */
  callReferenceOffset = 0;
  callReferenceLength = 0;
  /** Contents of mscAddress: nature and plan, then TBCD digits; 1...9 octets. */
  mscAddressOffset = 0;
  mscAddressLength = 0;
}

const SERVICE_KEY = 0x80;
const CALLED = 0x82;
const CALLING = 0x83;
/** Second identifier octets behind 9f: [50], [54], [55]. */
const IMSI = 50;
const CALL_REFERENCE = 54;
const MSC_ADDRESS = 55;

export function clearInitialDp(out: InitialDpFields): void {
  out.serviceKey = -1;
  out.callingDigits = 0;
  out.calledDigits = 0;
  out.imsiDigits = 0;
  out.callReferenceLength = 0;
  out.mscAddressLength = 0;
}

/**
 * Reads the contents of the argument's SEQUENCE. The parameters named above obey the bounds of `decodeInitialDp`; others are passed
 * over unread.
 * @returns 0, -1 when a parameter is out of bounds or serviceKey is missing, -2 when a length is indefinite
 */
export function readInitialDpAt(
  bytes: Uint8Array,
  offset: number,
  end: number,
  out: InitialDpFields,
): number {
  clearInitialDp(out);
  let at = offset;
  while (at < end) {
    const first = bytes[at]!;
    const identifier = identifierSize(bytes, at, end);
    if (identifier < 0) return -1;
    const header = readHeader(bytes, at + identifier, end);
    if (header < 0) return header;
    const size = header >>> 3;
    const content = at + identifier + (header & 7);
    const valid =
      first === 0x9f && identifier === 2
        ? readMobile(bytes, bytes[at + 1]!, content, size, out)
        : readCall(bytes, first, content, size, out);
    if (!valid) return -1;
    at = content + size;
  }
  return out.serviceKey < 0 ? -1 : 0;
}

function readCall(bytes: Uint8Array, tag: number, at: number, size: number, out: InitialDpFields): boolean {
  switch (tag) {
    case SERVICE_KEY: {
      const key = integerAt(bytes, at, size);
      if (!(key >= 0 && key <= 0x7fff_ffff)) return false;
      out.serviceKey = key;
      return true;
    }
    case CALLED:
      if (size < 2 || size > 18) return false;
      out.calledOffset = at + 2;
      out.calledDigits = isupDigits(bytes[at]!, size);
      return true;
    case CALLING:
      if (size < 2 || size > 10) return false;
      out.callingOffset = at + 2;
      out.callingDigits = isupDigits(bytes[at]!, size);
      return true;
    default:
      return true;
  }
}

function readMobile(
  bytes: Uint8Array,
  number: number,
  at: number,
  size: number,
  out: InitialDpFields,
): boolean {
  switch (number) {
    case IMSI:
      if (size < 3 || size > 8) return false;
      out.imsiOffset = at;
      out.imsiDigits = 2 * size - (bytes[at + size - 1]! >= 0xf0 ? 1 : 0);
      return true;
    case CALL_REFERENCE:
      if (size < 1 || size > 8) return false;
      out.callReferenceOffset = at;
      out.callReferenceLength = size;
      return true;
    case MSC_ADDRESS:
      if (size < 1 || size > 9) return false;
      out.mscAddressOffset = at;
      out.mscAddressLength = size;
      return true;
    default:
      return true;
  }
}

/** An odd number of digits leaves the last half unused; a number without digit octets has none either way. */
function isupDigits(first: number, size: number): number {
  return size === 2 ? 0 : 2 * (size - 2) - (first >> 7);
}
