import fc from 'fast-check';
import { type BerNode, groupNode, leafNode, nodeBytes } from '../../protocol/ber/node.js';
import { BerReader } from '../../protocol/ber/reader.js';
import { isConstructed } from '../../protocol/ber/tag.js';

/** How to spoil one element of a BER message without spoiling the lengths round it: mutants get past the outer checks. */
export interface Edit {
  /** Which element, as a fraction of all elements in preorder. */
  readonly place: number;
  readonly action: (typeof ACTIONS)[number];
  readonly value: number;
}

export const ACTIONS = [
  'drop',
  'repeat',
  'empty',
  'grow',
  'shrink',
  'octet',
  'tag',
  'sibling',
  'longLength',
] as const;

export const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    action: fc.constantFrom(...ACTIONS),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 5, 0x30, 0x7f, 0x80, 0x81, 0xff)),
  }),
  { minLength: 1, maxLength: 2 },
);

/** The message, one well-formed BER element, with the edits applied one after the other. */
export function applyEdits(message: Uint8Array, list: readonly Edit[]): Uint8Array {
  let bytes = message;
  for (const edit of list) {
    const counter = { left: Math.floor(edit.place * countElements(bytes)) };
    const parts = rebuild(new BerReader(bytes, 'BER'), counter, edit);
    bytes = Buffer.concat(parts.map(nodeBytes));
    if (!isWhole(bytes)) break;
  }
  return Uint8Array.from(bytes);
}

function isWhole(bytes: Uint8Array): boolean {
  try {
    countElements(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Elements at all levels. */
export function countElements(bytes: Uint8Array): number {
  let count = 0;
  const walk = (reader: BerReader): void => {
    while (reader.more) {
      const element = reader.next('x');
      count++;
      if (isConstructed(element.tag)) walk(reader.into(element));
    }
  };
  walk(new BerReader(bytes, 'BER'));
  return count;
}

function rebuild(reader: BerReader, counter: { left: number }, edit: Edit): BerNode[] {
  const nodes: BerNode[] = [];
  while (reader.more) {
    const element = reader.next('x');
    const isTarget = counter.left-- === 0;
    const node = isConstructed(element.tag)
      ? groupNode(element.tag, ...rebuild(reader.into(element), counter, edit))
      : leafNode(element.tag, reader.content(element));
    nodes.push(...(isTarget ? spoil(node, edit) : [node]));
  }
  return nodes;
}

function spoil(node: BerNode, { action, value }: Edit): readonly BerNode[] {
  if (node.kind === 'raw') return [node];
  const whole = nodeBytes(node);
  const content = node.kind === 'leaf' ? node.content : Buffer.concat(node.children.map(nodeBytes));
  switch (action) {
    case 'drop':
      return [];
    case 'repeat':
      return [node, node];
    case 'empty':
      return [leafNode(node.tag, new Uint8Array(0))];
    case 'grow':
      return [leafNode(node.tag, Uint8Array.from([...content, ...new Array(1 + (value % 9)).fill(value)]))];
    case 'shrink':
      return [leafNode(node.tag, content.slice(0, Math.max(0, content.length - 1 - (value % 3))))];
    case 'octet': {
      const changed = Uint8Array.from(content);
      if (changed.length > 0) changed[value % changed.length] = (value * 37) & 0xff;
      return [leafNode(node.tag, changed)];
    }
    case 'tag':
      return [{ kind: 'raw', bytes: Uint8Array.from([value, ...whole.subarray(1)]) }];
    case 'sibling':
      return [node, leafNode(value % 0x1f, Uint8Array.of(1))];
    case 'longLength':
      return [{ kind: 'raw', bytes: overlong(whole, content, value) }];
  }
}

/** The same element with its length in more octets than needed, or with one that promises too much. */
function overlong(whole: Uint8Array, content: Uint8Array, value: number): Uint8Array {
  const identifier = whole.subarray(0, (whole[0]! & 0x1f) === 0x1f ? 2 : 1);
  const size = content.length + (value === 0 ? 1 : 0);
  const octets = value % 2 === 0 ? [0x82, size >> 8, size & 0xff] : [0x84, 0, 0, size >> 8, size & 0xff];
  return Uint8Array.from([...identifier, ...octets, ...content]);
}
