import { DecodeError } from '../bytes/errors.js';
import { branch, faultNode, hex, leaf, type TreeNode } from '../bytes/tree.js';
import { readObjectIdentifier } from './object-identifier.js';
import type { BerElement, BerReader } from './reader.js';
import { type BerTag, isConstructed, tagName } from './tag.js';
import { readBoolean, readInteger } from './values.js';

/** How to show an element: by its value, by fields inside it, or by a function of its own. */
export interface Shape {
  readonly label: string;
  /** Value in words. A `DecodeError` becomes the node's fault. */
  readonly value?: (reader: BerReader, element: BerElement) => string;
  /** Elements inside, by tag; also of an OCTET STRING that carries BER. */
  readonly fields?: Fields;
  readonly children?: (contents: BerReader) => readonly TreeNode[];
}

export type Fields = ReadonlyMap<BerTag, Shape>;

const NO_FIELDS: Fields = new Map();

/**
 * Shows the elements that are left in `reader`. Tolerant: an element that cannot be cut out ends the list with a fault; one whose value is
 * wrong carries the fault and the list goes on; unknown ones are shown by tag.
 */
export function describeElements(reader: BerReader, fields: Fields): TreeNode[] {
  const nodes: TreeNode[] = [];
  while (reader.more) {
    const at = reader.offset;
    const element = attempt(() => reader.next('element'));
    if (element instanceof DecodeError) {
      nodes.push(faultNode('undecoded', element.message, at, reader.end - at));
      break;
    }
    nodes.push(describeElement(reader, element, fields.get(element.tag)));
  }
  return nodes;
}

/** Shows one element; without a shape by its tag, with contents in hexadecimal or as elements. */
export function describeElement(reader: BerReader, element: BerElement, shape: Shape | undefined): TreeNode {
  const label = shape?.label ?? tagName(element.tag);
  const length = element.end - element.offset;
  if (shape?.value !== undefined) {
    const { value } = shape;
    const text = attempt(() => value(reader, element));
    if (text instanceof DecodeError) return faultNode(label, text.message, element.offset, length);
    return leaf(label, text, element.offset, length);
  }
  if (shape?.children !== undefined) {
    return branch(label, element.offset, length, shape.children(reader.into(element)));
  }
  if (shape?.fields !== undefined || isConstructed(element.tag)) {
    const inside = describeElements(reader.into(element), shape?.fields ?? NO_FIELDS);
    return branch(label, element.offset, length, inside);
  }
  return leaf(label, hex(reader.content(element)), element.offset, length);
}

/** The result of `action`, or the `DecodeError` it threw; other errors pass. */
export function attempt<T>(action: () => T): T | DecodeError {
  try {
    return action();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

/** Fields from pairs of tag and shape. */
export function fieldsOf(...entries: readonly (readonly [BerTag, Shape])[]): Fields {
  return new Map(entries);
}

/** An INTEGER or ENUMERATED, with its name behind it when `names` has one. */
export function integerShape(label: string, names: Readonly<Record<number, string>> = {}): Shape {
  return {
    label,
    value: (reader, element) => {
      const number = readInteger(reader, element, label);
      const name = names[number];
      return name === undefined ? `${number}` : `${number} (${name})`;
    },
  };
}

export function booleanShape(label: string): Shape {
  return { label, value: (reader, element) => `${readBoolean(reader, element, label)}` };
}

export function octetsShape(label: string): Shape {
  return { label, value: (reader, element) => hex(reader.content(element)) };
}

/** An OBJECT IDENTIFIER in dots, with its name when `name` knows one. */
export function objectIdentifierShape(
  label: string,
  name: (arcs: readonly number[]) => string | undefined = () => undefined,
): Shape {
  return {
    label,
    value: (reader, element) => {
      const arcs = readObjectIdentifier(reader, element, label);
      const known = name(arcs);
      return known === undefined ? arcs.join('.') : `${arcs.join('.')} (${known})`;
    },
  };
}

/** Names by value: the reverse of a table of constants. */
export function namesOf(table: Readonly<Record<string, number>>): Readonly<Record<number, string>> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [value, name]));
}
