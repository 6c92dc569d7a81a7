import { attempt } from '../ber/describe.js';
import { DecodeError } from '../bytes/errors.js';
import { ByteReader } from '../bytes/reader.js';
import { branch, faultNode, hex, leaf, type TreeNode } from '../bytes/tree.js';
import { decodeSccpAddress, type GlobalTitle, type SccpAddress } from './address.js';
import { RETURN_CAUSES, SCCP_TYPE, SUBSYSTEM_NAMES } from './constants.js';
import { follow, followLong, readOptionalPart } from './parts.js';

/** Shows the user data of an SCCP message. */
export type DataDescriber = (bytes: Uint8Array, offset: number, end: number) => readonly TreeNode[];

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [SCCP_TYPE.udt]: 'Unitdata (UDT)',
  [SCCP_TYPE.udts]: 'Unitdata service (UDTS)',
  [SCCP_TYPE.xudt]: 'Extended unitdata (XUDT)',
  [SCCP_TYPE.xudts]: 'Extended unitdata service (XUDTS)',
  [SCCP_TYPE.ludt]: 'Long unitdata (LUDT)',
  [SCCP_TYPE.ludts]: 'Long unitdata service (LUDTS)',
};

/** The SCCP message between `offset` and `end` as a tree. Never throws for bad octets: what cannot be decoded is a fault in its place. */
export function describeSccp(
  bytes: Uint8Array,
  offset: number,
  end: number,
  describeData: DataDescriber,
): TreeNode {
  const reader = new ByteReader(bytes, 'SCCP', offset, end);
  const children: TreeNode[] = [];
  const fault = attempt(() => {
    const type = reader.u8('message type');
    const name = TYPE_NAMES[type];
    children.push(leaf('message type', `${hexOctet(type)}${name ? ` ${name}` : ''}`, offset, 1));
    if (name === undefined) return reader.fail('message type', '09 to 0a or 11 to 14', hexOctet(type));
    describeBody(reader, type, children, describeData);
    return null;
  });
  if (fault instanceof DecodeError) {
    children.push(faultNode('undecoded', fault.message, reader.offset, Math.max(0, end - reader.offset)));
  }
  return branch('SCCP', offset, end - offset, children);
}

function describeBody(
  reader: ByteReader,
  type: number,
  children: TreeNode[],
  describeData: DataDescriber,
): void {
  const isService = type === SCCP_TYPE.udts || type === SCCP_TYPE.xudts || type === SCCP_TYPE.ludts;
  const isLong = type === SCCP_TYPE.ludt || type === SCCP_TYPE.ludts;
  const at = reader.offset;
  const octet = reader.u8(isService ? 'return cause' : 'protocol class');
  children.push(
    isService
      ? leaf('return cause', `${octet} (${RETURN_CAUSES[octet] ?? 'reserved'})`, at, 1)
      : leaf('protocol class', protocolClassText(octet), at, 1),
  );
  const hasOptional = type !== SCCP_TYPE.udt && type !== SCCP_TYPE.udts;
  if (hasOptional) {
    children.push(leaf('hop counter', `${reader.u8('hop counter')}`, at + 1, 1));
  }
  const next = (field: string, lengthOctets: 1 | 2 = 1): ByteReader =>
    isLong ? followLong(reader, field, lengthOctets) : follow(reader, field);
  const called = next('called party address');
  const calling = next('calling party address');
  const data = next(isLong ? 'long data' : 'data', isLong ? 2 : 1);
  children.push(addressNode('called party address', called));
  children.push(addressNode('calling party address', calling));
  if (hasOptional) describeOptional(reader, isLong, children);
  children.push(
    branch('data', data.offset, data.end - data.offset, describeData(data.bytes, data.offset, data.end)),
  );
}

function describeOptional(reader: ByteReader, isLong: boolean, children: TreeNode[]): void {
  const low = reader.u8('pointer to optional part');
  const from = isLong ? reader.offset : reader.offset - 1;
  const pointer = isLong ? low | (reader.u8('pointer to optional part') << 8) : low;
  if (pointer === 0) return;
  const at = from + pointer;
  const { segmentation, importance } = readOptionalPart(reader, at);
  if (segmentation !== null) {
    const { first, remaining, localReference, protocolClass } = segmentation;
    const which = first ? 'first segment' : 'segment';
    const text = `${which}, ${remaining} to follow, class ${protocolClass}, local reference ${localReference}`;
    children.push(leaf('segmentation', text, at, 0));
  }
  if (importance !== null) children.push(leaf('importance', `${importance}`, at, 0));
}

function addressNode(label: string, parameter: ByteReader): TreeNode {
  const { offset, end } = parameter;
  const address = attempt(() => decodeSccpAddress(parameter.bytes, offset, end, parameter.start));
  const length = end - offset;
  if (address instanceof DecodeError) return faultNode(label, address.message, offset, length);
  return branch(label, offset, length, addressFields(address, offset, length));
}

function addressFields(address: SccpAddress, offset: number, length: number): readonly TreeNode[] {
  const fields = [leaf('routing indicator', `route on ${address.routeOn.toUpperCase()}`, offset, 1)];
  if (address.pointCode !== null) {
    fields.push(leaf('signalling point code', `${address.pointCode}`, offset + 1, 2));
  }
  const { subsystemNumber, globalTitle } = address;
  const ssnAt = offset + 1 + (address.pointCode === null ? 0 : 2);
  if (subsystemNumber !== null) {
    const name = SUBSYSTEM_NAMES[subsystemNumber];
    fields.push(leaf('subsystem number', `${subsystemNumber}${name ? ` (${name})` : ''}`, ssnAt, 1));
  }
  if (globalTitle !== null) {
    const titleAt = ssnAt + (subsystemNumber === null ? 0 : 1);
    fields.push(leaf('global title', titleText(globalTitle), titleAt, offset + length - titleAt));
  }
  return fields;
}

function titleText(title: GlobalTitle): string {
  if (title.indicator !== 4) return `indicator ${title.indicator}, ${hex(title.octets)}`;
  const { translationType, numberingPlan, natureOfAddress, digits } = title;
  return `${digits} (translation type ${translationType}, numbering plan ${numberingPlan}, nature ${natureOfAddress})`;
}

function protocolClassText(octet: number): string {
  const handling = octet >> 4 === 8 ? 'return message on error' : 'no special options';
  return `${octet & 0x0f}, ${handling}`;
}

function hexOctet(value: number): string {
  return value.toString(16).padStart(2, '0');
}
