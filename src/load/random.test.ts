import { expect, it } from 'vitest';
import { Random } from './random.js';

/** xoshiro128** written a second time, with whole numbers of any size, for one known state. */
function reference(state: bigint[]): bigint {
  const mask = 0xffff_ffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const result = (rotate((state[1]! * 5n) & mask, 7n) * 9n) & mask;
  const t = (state[1]! << 9n) & mask;
  state[2]! ^= state[0]!;
  state[3]! ^= state[1]!;
  state[1]! ^= state[2]!;
  state[0]! ^= state[3]!;
  state[2]! ^= t;
  state[3] = rotate(state[3]!, 11n);
  return result;
}

it('is xoshiro128**', () => {
  const random = new Random(1);
  const state = Array.from(random.state, BigInt);
  for (let i = 0; i < 1000; i++) expect(BigInt(random.u32())).toBe(reference(state));
});

it('gives other numbers for every seed and stream', () => {
  const starts = [0, 1, 2, 2 ** 32, 2 ** 33, Number.MAX_SAFE_INTEGER].flatMap((seed) =>
    [0, 1, 2, 62].map((stream) => new Random(seed, stream).u32()),
  );
  expect(new Set(starts).size).toBe(starts.length);
});

it('is above 0 and at most 1, with the mean and spread of an even distribution', () => {
  const random = new Random(3);
  const values = Array.from({ length: 50_000 }, () => random.unit());
  expect(Math.min(...values)).toBeGreaterThan(0);
  expect(Math.max(...values)).toBeLessThanOrEqual(1);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / values.length));
});
