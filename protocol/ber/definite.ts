import { type BerNode, groupNode, leafNode, nodeBytes } from './node.js';
import { BerReader } from './reader.js';
import { isConstructed } from './tag.js';

/**
 * The same element with definite, minimal lengths throughout, so that readers of the hot path need not know indefinite ones.
 * Octet strings that carry BER are left as they are.
 * @throws DecodeError layer BER, when the octets are not exactly one element
 */
export function toDefinite(bytes: Uint8Array, offset: number, end: number): Uint8Array {
  const reader = new BerReader(bytes, 'BER', offset, end);
  const node = rebuild(reader);
  reader.finish('element');
  return nodeBytes(node);
}

function rebuild(reader: BerReader): BerNode {
  const element = reader.next('element');
  if (!isConstructed(element.tag)) return leafNode(element.tag, reader.content(element));
  const inner = reader.into(element);
  const children: BerNode[] = [];
  while (inner.more) children.push(rebuild(inner));
  return groupNode(element.tag, ...children);
}
