import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SLS_VALUES, TargetSelector } from './target-selector.js';

describe('split', () => {
  it('gives every target its exact share, over any workers, whatever is up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 500 }),
        fc.nat(5),
        (targets, workers, requests, up) => {
          const counts = new Array<number>(targets).fill(0);
          for (let worker = 0; worker < workers; worker++) {
            const selector = new TargetSelector('split', targets);
            selector.setUsable(up % targets, true);
            for (let k = worker; k < requests; k += workers) counts[selector.select(k)]!++;
          }
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(requests);
        },
      ),
    );
  });
});

describe('first', () => {
  it('is the first usable one; with none, the one that served last', () => {
    const selector = new TargetSelector('first', 3);
    expect(selector.select(0)).toBe(0);
    selector.setUsable(2, true);
    expect(selector.select(1)).toBe(2);
    selector.setUsable(1, true);
    expect(selector.select(2)).toBe(1);
    selector.setUsable(1, false);
    selector.setUsable(2, false);
    expect(selector.select(3)).toBe(2);
  });
});

describe('active', () => {
  it('follows what it is told, and falls back while that one is unusable', () => {
    const selector = new TargetSelector('active', 3);
    for (const target of [0, 1, 2]) selector.setUsable(target, true);
    expect(selector.select(0)).toBe(0);
    selector.setActive(2);
    expect(selector.select(1)).toBe(2);
    selector.setUsable(2, false);
    expect(selector.select(2)).toBe(0);
    selector.setUsable(2, true);
    expect(selector.select(3)).toBe(2);
  });
});

it('finds another usable target, or none', () => {
  const selector = new TargetSelector('split', 3);
  expect(selector.alternative(0)).toBe(-1);
  selector.setUsable(0, true);
  expect(selector.alternative(0)).toBe(-1);
  expect(selector.alternative(1)).toBe(0);
  selector.setUsable(2, true);
  expect(selector.alternative(0)).toBe(2);
  expect(selector.isUsable(1)).toBe(false);
});

it('takes every SLS in turn, for each target by itself', () => {
  const selector = new TargetSelector('split', 2);
  const seen: number[][] = [[], []];
  for (let k = 0; k < 64; k++) {
    const target = selector.select(k);
    seen[target]!.push(selector.nextSls(target));
  }
  const twice = Array.from({ length: 32 }, (_, i) => i % SLS_VALUES);
  expect(seen).toEqual([twice, twice]);
});
