import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ComparedRun } from '../../src/analysis/compare/compare.js';
import { drawPairs, type Pool } from './pairs.js';

/** 40 runs against a service of 20 ms and 40 against one of 22 ms, recorded in turns by `bench/compare`. */
function recordedPool(): Pool {
  const text = readFileSync(new URL('../../test/recorded/compare-pool.ndjson', import.meta.url), 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { side: 'base' | 'slow'; run: ComparedRun });
  const of = (side: 'base' | 'slow'): ComparedRun[] =>
    lines.filter((one) => one.side === side).map(({ run }) => run);
  return { base: of('base'), slow: of('slow') };
}

describe('compare, over recorded runs', () => {
  const pool = recordedPool();

  it('finds a slowdown of 10 % in at least 90 of 100 pairs, and claims at most 3 differences in 100 equal ones', () => {
    expect(pool.base).toHaveLength(40);
    expect(pool.slow).toHaveLength(40);
    const { found, claimed } = drawPairs(pool, 100, 6);
    expect(found).toBeGreaterThanOrEqual(90);
    expect(claimed).toBeLessThanOrEqual(3);
  });

  it('finds nothing where both sides come from the same runs', () => {
    const { found } = drawPairs({ base: pool.base, slow: pool.base.slice(0, 20) }, 50, 7);
    expect(found).toBeLessThanOrEqual(2);
  });
});
