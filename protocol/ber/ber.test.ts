import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { octets } from '../../test/vectors/load.js';
import { DecodeError } from '../bytes/errors.js';
import { toDefinite } from './definite.js';
import { groupNode, leafNode, nodeBytes, nodeSize } from './node.js';
import { objectIdentifierContent, readObjectIdentifier } from './object-identifier.js';
import { BerReader } from './reader.js';
import { context, contextConstructed, tagName } from './tag.js';
import { integerContent, readInteger } from './values.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('identifier', () => {
  test.each([
    [context(0), '80', '[0]'],
    [context(30), '9e', '[30]'],
    [context(31), '9f1f', '[31]'],
    [contextConstructed(52), 'bf34', '[52]'],
    [context(200), '9f8148', '[200]'],
    [0x64, '64', '[APPLICATION 4]'],
    [0x30, '30', 'UNIVERSAL 16'],
  ])('%d is %s', (tag, octetsOfTag, name) => {
    expect(hex(nodeBytes(leafNode(tag, new Uint8Array(0))))).toBe(`${octetsOfTag}00`);
    expect(new BerReader(octets(`${octetsOfTag}00`), 'BER').next('x').tag).toBe(tag);
    expect(tagName(tag)).toBe(name);
  });
});

// X.690 §8.3: the fewest octets, two's complement; values worked out by hand.
test.each([
  [0, '00'],
  [127, '7f'],
  [128, '0080'],
  [-128, '80'],
  [-129, 'ff7f'],
  [65_535, '00ffff'],
  [2 ** 31 - 1, '7fffffff'],
  [2 ** 32, '0100000000'],
])('INTEGER %d', (value, content) => {
  expect(hex(integerContent(value))).toBe(content);
  const reader = new BerReader(octets(`02 0${content.length / 2} ${content}`), 'BER');
  expect(readInteger(reader, reader.next('x'), 'x')).toBe(value);
});

test('an INTEGER with superfluous octets is taken, an empty one is not', () => {
  const padded = new BerReader(octets('02 03 00 00 05'), 'BER');
  expect(readInteger(padded, padded.next('x'), 'x')).toBe(5);
  const empty = new BerReader(octets('02 00'), 'BER');
  expect(() => readInteger(empty, empty.next('x'), 'x')).toThrow(DecodeError);
});

// The identifiers are those printed in Q.773 and TS 29.078, their octets as tshark shows them.
test.each([
  [[0, 0, 17, 773, 1, 1, 1], '00118605010101'],
  [[0, 4, 0, 0, 1, 0, 50, 1], '04000001003201'],
  [[2, 999, 3], '883703'],
])('OBJECT IDENTIFIER %j', (arcs, content) => {
  expect(hex(objectIdentifierContent(arcs))).toBe(content);
  const size = (content.length / 2).toString(16).padStart(2, '0');
  const reader = new BerReader(octets(`06 ${size} ${content}`), 'BER');
  expect(readObjectIdentifier(reader, reader.next('x'), 'x')).toEqual(arcs);
});

describe('lengths', () => {
  test.each([
    ['04 05 0102030405', 5],
    ['04 81 05 0102030405', 5],
    ['04 84 00000005 0102030405', 5],
  ])('%s holds five octets', (text, size) => {
    const reader = new BerReader(octets(text), 'BER');
    expect(reader.content(reader.next('x'))).toHaveLength(size);
    reader.finish('x');
  });

  test('contents of 127, 128, 255, 256 and 65 536 octets take the shortest form', () => {
    const head = (size: number): string => hex(nodeBytes(leafNode(0x04, new Uint8Array(size)))).slice(0, 10);
    expect(head(127)).toMatch(/^047f/);
    expect(head(128)).toMatch(/^048180/);
    expect(head(255)).toMatch(/^0481ff/);
    expect(head(256)).toMatch(/^04820100/);
    expect(head(65_536)).toMatch(/^0483010000/);
  });

  test('indefinite, inside indefinite, ends at its own end-of-contents', () => {
    const bytes = octets('30 80 30 80 02 01 05 00 00 04 02 00 00 00 00 05 00');
    const reader = new BerReader(bytes, 'BER');
    const outer = reader.next('x');
    expect(outer.end).toBe(15);
    const inside = reader.into(outer);
    inside.next('x');
    expect(inside.content(inside.next('x'))).toEqual(octets('00 00'));
    expect(inside.more).toBe(false);
    expect(reader.next('x').tag).toBe(0x05);
  });

  test.each([
    ['a primitive with indefinite length', '04 80 01 00 00'],
    ['end-of-contents missing', '30 80 02 01 05 00'],
    ['five length octets', '04 85 0000000001 00'],
    ['the reserved first octet', '04 ff 00'],
    ['contents cut off', '04 05 01 02'],
    ['length cut off', '04 82 01'],
    ['identifier cut off', '9f'],
    ['identifier of four octets', '9f 81 81 01 00'],
  ])('refuses %s', (_, text) => {
    expect(() => new BerReader(octets(text), 'BER').next('x')).toThrow(DecodeError);
  });

  test('refuses nesting without end instead of exhausting the stack', () => {
    const deep = Uint8Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? 0x30 : 0x80));
    expect(() => new BerReader(deep, 'BER').next('x')).toThrow(/nesting/);
    expect(() => toDefinite(deep, 0, deep.length)).toThrow(DecodeError);
  });
});

test('toDefinite keeps the contents and shortens every length', () => {
  const rewritten = toDefinite(octets('ff 30 80 02 81 01 05 a1 80 04 01 07 00 00 00 00 ff'), 1, 16);
  expect(hex(rewritten)).toBe('30080201' + '05a103040107');
});

test('what is written is read, whatever the shape', () => {
  const node = fc.letrec<{ node: ReturnType<typeof leafNode> }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.uint8Array({ maxLength: 300 }).map((content) => leafNode(context(7), content)),
      fc
        .array(tie('node'), { maxLength: 4 })
        .map((children) => groupNode(contextConstructed(99), ...children)),
    ),
  })).node;
  fc.assert(
    fc.property(node, (value) => {
      const bytes = nodeBytes(value);
      expect(bytes).toHaveLength(nodeSize(value));
      expect(toDefinite(bytes, 0, bytes.length)).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});
