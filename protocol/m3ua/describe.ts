import { DecodeError } from '../bytes/errors.js';
import { branch, faultNode, hex, leaf, type TreeNode } from '../bytes/tree.js';
import { errorName, statusName, TAG, trafficModeOf } from './codes.js';
import { UNAVAILABILITY_CAUSE } from './dupu.js';
import { decodeM3ua, HEADER_SIZE, type M3uaKind, MESSAGES } from './message.js';
import { PARAMETER_HEADER_SIZE, parameterName, readU32 } from './parameters.js';
import { ROUTING_LABEL_SIZE } from './protocol-data.js';

const CLASS_NAMES: Readonly<Record<number, string>> = {
  0: 'Management',
  1: 'Transfer',
  2: 'SS7 Signalling Network Management',
  3: 'ASP State Maintenance',
  4: 'ASP Traffic Maintenance',
  9: 'Routing Key Management',
};

const SERVICE_INDICATORS: Readonly<Record<number, string>> = { 0: 'SNM', 3: 'SCCP', 4: 'TUP', 5: 'ISUP' };

/** Shows the user data of DATA: octets of `bytes` from `start` to `end`, offsets counted from the start of `bytes`. */
export type DescribeUserData = (bytes: Uint8Array, start: number, end: number) => TreeNode;

/**
 * The message in `bytes` from `start` to `end` as a tree, with the names of RFC 4666. Never throws: what does not decode ends in a node that says
 * why, after all that could be read. `userData` shows what DATA carries when its Service Indicator is SCCP.
 */
export function describeM3ua(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  userData?: DescribeUserData,
): TreeNode {
  const size = end - start;
  const title = `M3UA ${kindOf(bytes, start, end) ?? 'message'}`;
  if (size < HEADER_SIZE) {
    return branch(title, start, size, [
      faultNode('Common Message Header', 'fewer than 8 octets', start, size),
    ]);
  }
  const children: TreeNode[] = [...describeHeader(bytes, start)];
  const stated = start + readU32(bytes, start + 4);
  describeParameters(bytes, start + HEADER_SIZE, Math.min(stated, end), userData, children);
  const fault = faultOf(bytes, start, end);
  if (fault !== null) children.push(faultNode('Fault', fault, start, size));
  return branch(title, start, size, children);
}

function kindOf(bytes: Uint8Array, start: number, end: number): M3uaKind | undefined {
  if (end - start < 4) return undefined;
  return (Object.keys(MESSAGES) as M3uaKind[]).find(
    (kind) => MESSAGES[kind].class === bytes[start + 2] && MESSAGES[kind].type === bytes[start + 3],
  );
}

function faultOf(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    decodeM3ua(bytes, start, end);
    return null;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

function describeHeader(bytes: Uint8Array, start: number): readonly TreeNode[] {
  const messageClass = bytes[start + 2]!;
  const kind = kindOf(bytes, start, start + HEADER_SIZE);
  return [
    leaf('Version', `${bytes[start]!}`, start, 1),
    leaf('Message Class', `${messageClass} (${CLASS_NAMES[messageClass] ?? 'Reserved'})`, start + 2, 1),
    leaf('Message Type', `${bytes[start + 3]!} (${kind ?? 'Reserved'})`, start + 3, 1),
    leaf('Message Length', `${readU32(bytes, start + 4)}`, start + 4, 4),
  ];
}

function describeParameters(
  bytes: Uint8Array,
  from: number,
  end: number,
  userData: DescribeUserData | undefined,
  children: TreeNode[],
): void {
  let at = from;
  while (end - at >= PARAMETER_HEADER_SIZE) {
    const tag = (bytes[at]! << 8) | bytes[at + 1]!;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < PARAMETER_HEADER_SIZE || length > end - at) {
      children.push(faultNode(parameterName(tag), `length ${length} does not fit`, at, end - at));
      return;
    }
    children.push(describeParameter(bytes, tag, at, length, userData));
    at += (length + 3) & ~3;
  }
}

function describeParameter(
  bytes: Uint8Array,
  tag: number,
  at: number,
  length: number,
  userData: DescribeUserData | undefined,
): TreeNode {
  const name = parameterName(tag);
  const valueAt = at + PARAMETER_HEADER_SIZE;
  const valueEnd = at + length;
  if (tag === TAG.protocolData && valueEnd - valueAt >= ROUTING_LABEL_SIZE) {
    return branch(name, at, length, describeProtocolData(bytes, valueAt, valueEnd, userData));
  }
  const value = bytes.subarray(valueAt, valueEnd);
  const size = value.length;
  const isList = size > 0 && size % 4 === 0;
  if (tag === TAG.infoString) return leaf(name, JSON.stringify(ascii(value)), at, length);
  if (isList && tag === TAG.affectedPointCode) {
    return leaf(name, wordsOf(value).map(pointCodeText).join(', '), at, length);
  }
  if (isList && WORD_TAGS.has(tag)) {
    return leaf(
      name,
      wordsOf(value)
        .map((word) => wordText(tag, word))
        .join(', '),
      at,
      length,
    );
  }
  return leaf(name, hex(value), at, length);
}

/** Parameters whose value is one or more 32-bit words. */
const WORD_TAGS: ReadonlySet<number> = new Set([
  TAG.routingContext,
  TAG.trafficModeType,
  TAG.errorCode,
  TAG.status,
  TAG.aspIdentifier,
  TAG.correlationId,
  TAG.networkAppearance,
  TAG.userCause,
  TAG.congestionIndications,
  TAG.concernedDestination,
]);

function wordText(tag: number, word: number): string {
  switch (tag) {
    case TAG.trafficModeType:
      return `${word} (${trafficModeOf(word) ?? 'reserved'})`;
    case TAG.errorCode:
      return `0x${word.toString(16).padStart(2, '0')} (${errorName(word)})`;
    case TAG.status:
      return statusName(word);
    case TAG.userCause:
      return `${causeName(word >>> 16)}, user ${word & 0xffff}`;
    case TAG.congestionIndications:
      return `level ${word & 0xff}`;
    case TAG.concernedDestination:
      return `${word & 0xff_ffff}`;
    default:
      return `${word}`;
  }
}

function causeName(cause: number): string {
  if (cause === UNAVAILABILITY_CAUSE.unequippedRemoteUser) return 'unequipped remote user';
  return cause === UNAVAILABILITY_CAUSE.inaccessibleRemoteUser
    ? 'inaccessible remote user'
    : `cause ${cause}`;
}

function pointCodeText(word: number): string {
  const mask = word >>> 24;
  return mask === 0 ? `${word}` : `${word & 0xff_ffff} (mask ${mask})`;
}

function describeProtocolData(
  bytes: Uint8Array,
  at: number,
  end: number,
  userData: DescribeUserData | undefined,
): readonly TreeNode[] {
  const si = bytes[at + 8]!;
  const userAt = at + ROUTING_LABEL_SIZE;
  const user =
    userData !== undefined && si === 3 && end > userAt
      ? userData(bytes, userAt, end)
      : leaf('User Protocol Data', hex(bytes.subarray(userAt, end)), userAt, end - userAt);
  return [
    leaf('Originating Point Code', `${readU32(bytes, at)}`, at, 4),
    leaf('Destination Point Code', `${readU32(bytes, at + 4)}`, at + 4, 4),
    leaf('Service Indicator', `${si} (${SERVICE_INDICATORS[si] ?? 'other'})`, at + 8, 1),
    leaf('Network Indicator', `${bytes[at + 9]!}`, at + 9, 1),
    leaf('Message Priority', `${bytes[at + 10]!}`, at + 10, 1),
    leaf('Signalling Link Selection', `${bytes[at + 11]!}`, at + 11, 1),
    user,
  ];
}

function wordsOf(value: Uint8Array): number[] {
  const words: number[] = [];
  for (let at = 0; at + 4 <= value.length; at += 4) words.push(readU32(value, at));
  return words;
}

function ascii(value: Uint8Array): string {
  let text = '';
  for (const octet of value) text += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.';
  return text;
}
