import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from './ring.js';

test('what goes in comes out, once and in order, across the end and at any fill', () => {
  const step = fc.oneof(
    fc.record({ read: fc.constant(false), size: fc.integer({ min: 0, max: 120 }) }),
    fc.record({ read: fc.constant(true), size: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const writer = new Ring(512);
      const reader = new Ring(writer.buffer);
      const expected: { n: number; size: number }[] = [];
      steps.forEach(({ read, size }, n) => {
        if (!read) {
          const message = new Uint8Array(size + 3).fill(n);
          if (writer.write(n, 2 * n, n / 3, message, 3, size)) expected.push({ n, size });
          else expect(expected.length).toBeGreaterThan(0);
          return;
        }
        const next = expected.shift();
        expect(reader.next()).toBe(next !== undefined);
        if (next === undefined) return;
        const { association, tag, timeNs, length } = reader;
        expect([association, tag, timeNs, length]).toEqual([next.n, 2 * next.n, next.n / 3, next.size]);
        const octets = reader.bytes.subarray(reader.offset, reader.offset + length);
        expect(octets.every((octet) => octet === next.n)).toBe(true);
        reader.done();
      });
    }),
  );
});

test('a sleeping reader is woken once, and does not sleep over a message', () => {
  const ring = new Ring(256);
  expect(ring.sleep()).toBe(true);
  ring.write(1, 0, 0, new Uint8Array(1), 0, 1);
  expect(ring.shouldWake()).toBe(true);
  expect(ring.shouldWake()).toBe(false);
  expect(ring.sleep()).toBe(false);
});
