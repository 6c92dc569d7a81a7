import type { BerElement, BerReader } from './reader.js';

/** An OBJECT IDENTIFIER as its arcs, for instance `[0, 4, 0, 0, 1, 0, 50, 1]`. */
export type ObjectIdentifier = readonly number[];

/** More arcs than any identifier of ours; a bound on what a peer can make us hold. */
const ARCS_MAX = 32;

/** Contents octets (X.690 §8.19): the first two arcs share a number, each number is base 128, high bits first. */
export function objectIdentifierContent(arcs: ObjectIdentifier): Uint8Array {
  const [first = 0, second = 0, ...rest] = arcs;
  if (arcs.length < 2 || first > 2 || (first < 2 && second > 39)) {
    throw new RangeError(`not an OBJECT IDENTIFIER: ${arcs.join('.')}`);
  }
  const octets: number[] = [];
  for (const number of [first * 40 + second, ...rest]) {
    const group: number[] = [number % 128];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128)) {
      group.unshift(0x80 | (left % 128));
    }
    octets.push(...group);
  }
  return Uint8Array.from(octets);
}

/** Arcs of an OBJECT IDENTIFIER. @throws DecodeError when it is empty, cut off, or an arc exceeds 2^32. */
export function readObjectIdentifier(reader: BerReader, element: BerElement, field: string): number[] {
  const arcs: number[] = [];
  let number = 0;
  let open = true;
  for (let at = element.contentOffset; at < element.contentEnd; at++) {
    const octet = reader.bytes[at]!;
    number = number * 128 + (octet & 0x7f);
    open = octet >= 0x80;
    if (number > 0xffff_ffff || arcs.length > ARCS_MAX) {
      reader.fail(field, 'arcs below 2^32, at most 32', 'more', element.offset);
    }
    if (open) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(number / 40));
      arcs.push(first, number - first * 40);
    } else arcs.push(number);
    number = 0;
  }
  if (open) reader.fail(field, 'a complete OBJECT IDENTIFIER', 'a cut one', element.offset);
  return arcs;
}

/** Whether both name the same object. */
export function sameObjectIdentifier(left: ObjectIdentifier, right: ObjectIdentifier): boolean {
  return left.length === right.length && left.every((arc, index) => arc === right[index]);
}
