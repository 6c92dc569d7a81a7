import { expect, it } from 'vitest';
import { SlowSyncs } from './slow-syncs.js';

const MS = 1e6;

it('tells of a sync that took long where the others do not', () => {
  const syncs = new SlowSyncs();
  for (let i = 0; i < 1_000; i++) expect(syncs.took(2 * MS)).toBe(false);
  expect(syncs.took(19 * MS)).toBe(false);
  expect(syncs.took(20 * MS)).toBe(true);
  expect(syncs.took(63 * MS)).toBe(true);
  expect(syncs.took(2 * MS)).toBe(false);
});

it('gets used to a disk that is always slow, and tells when it is slower than that', () => {
  const syncs = new SlowSyncs();
  const told = Array.from({ length: 1_000 }, () => syncs.took(30 * MS));
  expect(told[0]).toBe(true);
  expect(told.lastIndexOf(true)).toBeLessThan(50);
  expect(syncs.took(80 * MS)).toBe(false);
  expect(syncs.took(100 * MS)).toBe(true);
});
