import { expect, test } from 'vitest';
import type { SccpAddress } from './address.js';
import { decodeSccp } from './message.js';
import { Reassembler, type ReassemblyResult } from './reassembly.js';
import { segmentData } from './segmentation.js';
import { encodeXudt } from './xudt.js';

const CALLED: SccpAddress = { routeOn: 'ssn', pointCode: null, subsystemNumber: 146, globalTitle: null };
const CALLING: SccpAddress = { ...CALLED, pointCode: 77 };
const OPTIONS = { protocolClass: 1, returnOnError: false } as const;
const LIMITS = { messagesMax: 2, octetsMax: 3000, reassemblyMs: 15_000 };

/** Segments as they come off the wire: encoded and decoded again. */
function segments(data: Uint8Array, reference: number, size = 200) {
  return segmentData(data, size, reference, 1).map((piece) => {
    const bytes = encodeXudt({
      ...OPTIONS,
      ...piece,
      called: CALLED,
      calling: CALLING,
      hopCounter: 15,
      importance: null,
    });
    const message = decodeSccp(bytes.bytes);
    if (message.type !== 'xudt' || message.segmentation === null) throw new Error('no segment');
    return { ...message, segmentation: message.segmentation };
  });
}

const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);

function dataOf(result: ReassemblyResult | undefined): Uint8Array {
  if (result?.kind !== 'complete') throw new Error(`not complete: ${result?.kind}`);
  return decodeSccp(result.bytes).data;
}

test.each([1, 200, 201, 1000, 2999])('a message of %d octets comes out whole', (length) => {
  const machine = new Reassembler(LIMITS);
  const results = segments(pattern(length), 5).map((segment) => machine.add(segment, OPTIONS, 0));
  expect(results.slice(0, -1).every((result) => result.kind === 'incomplete')).toBe(true);
  expect(dataOf(results.at(-1))).toEqual(pattern(length));
  expect(machine.nextDeadlineMs).toBe(Number.POSITIVE_INFINITY);
});

test('interleaved messages are kept apart by their reference', () => {
  const machine = new Reassembler(LIMITS);
  const [a1, a2] = segments(pattern(300), 1);
  const [b1, b2] = segments(pattern(399), 2);
  for (const part of [a1, b1]) expect(machine.add(part!, OPTIONS, 0).kind).toBe('incomplete');
  expect(dataOf(machine.add(a2!, OPTIONS, 1))).toEqual(pattern(300));
  expect(dataOf(machine.add(b2!, OPTIONS, 1))).toEqual(pattern(399));
});

test('a lost segment gives the message up', () => {
  const machine = new Reassembler(LIMITS);
  const [first, , third] = segments(pattern(600), 1);
  machine.add(first!, OPTIONS, 0);
  expect(machine.add(third!, OPTIONS, 0)).toEqual({ kind: 'refused', returnCause: 8 });
  expect(machine.add(third!, OPTIONS, 0)).toEqual({ kind: 'refused', returnCause: 8 });
  expect(machine.counters.outOfSequence).toBe(2);
});

test('T(reass): the deadline is told, and then the message is gone', () => {
  const machine = new Reassembler(LIMITS);
  const [first, second] = segments(pattern(300), 1);
  machine.add(first!, OPTIONS, 1_000);
  expect(machine.nextDeadlineMs).toBe(16_000);
  machine.expire(15_999);
  expect(machine.nextDeadlineMs).toBe(16_000);
  expect(machine.add(second!, OPTIONS, 16_000).kind).toBe('refused');
  expect(machine.counters).toMatchObject({ timedOut: 1, outOfSequence: 1 });
});

test('bounds: messages at a time and octets of one', () => {
  const machine = new Reassembler(LIMITS);
  const firsts = [1, 2, 3].map((reference) => segments(pattern(300), reference)[0]!);
  expect(firsts.map((first) => machine.add(first, OPTIONS, 0).kind)).toEqual([
    'incomplete',
    'incomplete',
    'refused',
  ]);
  const narrow = new Reassembler({ ...LIMITS, octetsMax: 500 });
  const kinds = segments(pattern(600), 1).map((segment) => narrow.add(segment, OPTIONS, 0).kind);
  expect(kinds).toEqual(['incomplete', 'incomplete', 'refused']);
  expect(narrow.nextDeadlineMs).toBe(Number.POSITIVE_INFINITY);
});

test('a first segment begins anew', () => {
  const machine = new Reassembler(LIMITS);
  const [first, second] = segments(pattern(300), 1);
  machine.add(first!, OPTIONS, 0);
  machine.add(first!, OPTIONS, 5);
  expect(dataOf(machine.add(second!, OPTIONS, 6))).toEqual(pattern(300));
  expect(machine.counters.restarted).toBe(1);
});

test('more than 16 segments is the fault of the caller', () => {
  expect(() => segmentData(pattern(3300), 200, 1, 1)).toThrow(/at most 16/);
});
