import type { ByteWriter } from '../bytes/writer.js';
import { ByteWriter as Writer } from '../bytes/writer.js';
import { type BerTag, tagSize } from './tag.js';

/**
 * An element to be encoded. Lengths are computed from the leaves up, so every one is definite and minimal.
 *
 * - `leaf`: contents as octets. With `mark` the place of the contents is reported, for templates that patch it later.
 * - `group`: contents are elements (a SEQUENCE, or an OCTET STRING that carries BER: the tag alone tells).
 * - `raw`: a complete element, identifier and length included, taken as it is.
 */
export type BerNode =
  | { readonly kind: 'leaf'; readonly tag: BerTag; readonly content: Uint8Array; readonly mark?: string }
  | { readonly kind: 'group'; readonly tag: BerTag; readonly children: readonly BerNode[] }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

/** Octets `offset` ... `offset + length - 1` of a buffer. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Places of marked contents, by mark. */
export type Marks = Map<string, ByteRange>;

export function leafNode(tag: BerTag, content: Uint8Array, mark?: string): BerNode {
  return mark === undefined ? { kind: 'leaf', tag, content } : { kind: 'leaf', tag, content, mark };
}

/** A group of the children that are not null: absent optional fields are passed as null. */
export function groupNode(tag: BerTag, ...children: readonly (BerNode | null)[]): BerNode {
  return { kind: 'group', tag, children: children.filter((child) => child !== null) };
}

export function rawNode(bytes: Uint8Array): BerNode {
  return { kind: 'raw', bytes };
}

/** Octets that {@link writeNode} will write. */
export function nodeSize(node: BerNode): number {
  if (node.kind === 'raw') return node.bytes.length;
  const content = contentSize(node);
  return tagSize(node.tag) + lengthSize(content) + content;
}

/** Appends the element. `marks`, when given, receives the place of every marked leaf, counted from the writer's start. */
export function writeNode(node: BerNode, writer: ByteWriter, marks?: Marks): void {
  if (node.kind === 'raw') {
    writer.octets(node.bytes);
    return;
  }
  writeTag(node.tag, writer);
  writeLength(contentSize(node), writer);
  if (node.kind === 'group') {
    for (const child of node.children) writeNode(child, writer, marks);
    return;
  }
  if (node.mark !== undefined && marks !== undefined) {
    marks.set(node.mark, { offset: writer.length, length: node.content.length });
  }
  writer.octets(node.content);
}

/** The element as octets. */
export function nodeBytes(node: BerNode): Uint8Array {
  if (node.kind === 'raw') return node.bytes;
  const writer = new Writer(nodeSize(node));
  writeNode(node, writer);
  return writer.finish();
}

function contentSize(node: Exclude<BerNode, { kind: 'raw' }>): number {
  if (node.kind === 'leaf') return node.content.length;
  let size = 0;
  for (const child of node.children) size += nodeSize(child);
  return size;
}

function lengthSize(length: number): number {
  return length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 4;
}

function writeLength(length: number, writer: ByteWriter): void {
  if (length < 0x80) writer.u8(length);
  else if (length < 0x100) writer.u8(0x81).u8(length);
  else if (length < 0x10000) writer.u8(0x82).u16(length);
  else writer.u8(0x83).u24(length);
}

function writeTag(tag: BerTag, writer: ByteWriter): void {
  const size = tagSize(tag);
  if (size === 1) writer.u8(tag);
  else if (size === 2) writer.u16(tag);
  else writer.u24(tag);
}
