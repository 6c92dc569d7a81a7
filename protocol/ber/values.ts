import { type BerNode, leafNode } from './node.js';
import type { BerElement, BerReader } from './reader.js';
import { type BerTag, UNIVERSAL } from './tag.js';

/** Longest INTEGER that a double holds exactly. */
const INTEGER_OCTETS_MAX = 6;

/** Contents of an INTEGER or ENUMERATED: two's complement in the fewest octets (X.690 §8.3.2). `value` within ±2^47. */
export function integerContent(value: number): Uint8Array {
  let size = 1;
  while (size < INTEGER_OCTETS_MAX && !fits(value, size)) size++;
  if (!Number.isInteger(value) || !fits(value, size))
    throw new RangeError(`not an INTEGER of 48 bits: ${value}`);
  const content = new Uint8Array(size);
  let rest = value;
  for (let index = size - 1; index >= 0; index--) {
    const octet = ((rest % 256) + 256) % 256;
    content[index] = octet;
    rest = (rest - octet) / 256;
  }
  return content;
}

export function integerNode(value: number, tag: BerTag = UNIVERSAL.integer, mark?: string): BerNode {
  return leafNode(tag, integerContent(value), mark);
}

export function booleanNode(value: boolean, tag: BerTag = UNIVERSAL.boolean): BerNode {
  return leafNode(tag, Uint8Array.of(value ? 0xff : 0));
}

export function nullNode(tag: BerTag = UNIVERSAL.null): BerNode {
  return leafNode(tag, new Uint8Array(0));
}

/**
 * Value of an INTEGER or ENUMERATED of 1 to 6 octets. Superfluous leading octets are taken: peers send them.
 * @throws DecodeError when it is empty, longer, or outside `min` ... `max`.
 */
export function readInteger(
  reader: BerReader,
  element: BerElement,
  field: string,
  min = -(2 ** 47),
  max = 2 ** 47 - 1,
): number {
  const size = element.contentEnd - element.contentOffset;
  if (size < 1 || size > INTEGER_OCTETS_MAX) {
    reader.fail(field, 'an INTEGER of 1 to 6 octets', `${size} octets`, element.offset);
  }
  let value = reader.bytes[element.contentOffset]!;
  if (value >= 0x80) value -= 0x100;
  for (let at = element.contentOffset + 1; at < element.contentEnd; at++) {
    value = value * 256 + reader.bytes[at]!;
  }
  if (value < min || value > max) reader.fail(field, `${min} to ${max}`, `${value}`, element.offset);
  return value;
}

/** X.690 §8.2: one octet, zero for false. @throws DecodeError */
export function readBoolean(reader: BerReader, element: BerElement, field: string): boolean {
  const content = octetsOf(reader, element, field, 1, 1);
  return content[0] !== 0;
}

/** A view of the contents, whose length must be `min` ... `max` octets. @throws DecodeError */
export function octetsOf(
  reader: BerReader,
  element: BerElement,
  field: string,
  min: number,
  max: number,
): Uint8Array {
  const size = element.contentEnd - element.contentOffset;
  if (size < min || size > max) {
    const expected = min === max ? `${min} octets` : `${min} to ${max} octets`;
    reader.fail(field, expected, `${size}`, element.offset);
  }
  return reader.content(element);
}

function fits(value: number, size: number): boolean {
  const half = 2 ** (8 * size - 1);
  return value >= -half && value < half;
}
