import { describe, expect, it } from 'vitest';
import { normalRandom, type Random, seededRandom } from '../statistics/random.js';
import { type ComparedRun, compareRuns, sideChanges } from './compare.js';

const FIGURES = ['latencyMs.mean', 'latencyMs.p50', 'latencyMs.p99', 'serviceTimeMs.mean', 'cpu'] as const;

/**
 * A pool as a quiet machine gives it: runs differ by 2 %, the figures of one run go together, intervals scatter by 5 % and remember
 * the one before.
 */
function pool(count: number, random: Random): ComparedRun[] {
  return Array.from({ length: count }, (_, index) => {
    const common = 0.015 * normalRandom(random);
    return {
      id: `run-${index}`,
      startedAtMs: index * 60_000,
      series: FIGURES.map((figure, order) => {
        const level = Math.exp(common + 0.01 * normalRandom(random)) * (1 + order);
        let last = 0;
        const intervals = Array.from({ length: 30 }, () => {
          last = 0.4 * last + normalRandom(random);
          return level * Math.exp(0.05 * last);
        });
        return { figure, unit: 'ms', higherIsWorse: true, whole: null, intervals };
      }),
    };
  });
}

const slower = (run: ComparedRun, factor: number): ComparedRun => ({
  ...run,
  series: run.series.map((series) => ({ ...series, intervals: series.intervals.map((v) => v * factor) })),
});

/** Draws two sides of five runs that take turns. */
function sides(runs: readonly ComparedRun[], random: Random): [ComparedRun[], ComparedRun[]] {
  const order = runs.map((run) => ({ run, key: random() })).sort((a, b) => a.key - b.key);
  const drawn = order.slice(0, 10).map(({ run }, index) => ({ ...run, startedAtMs: index }));
  return [drawn.filter((_, i) => i % 2 === 0), drawn.filter((_, i) => i % 2 === 1)];
}

describe('compareRuns', () => {
  it('finds a 10 % slowdown in at least 90 of 100 pairs and claims at most 3 of 100 where there is none', () => {
    const random = seededRandom(6);
    const runs = pool(40, random);
    const claims = { slower: 0, equal: 0 };
    for (let pair = 0; pair < 100; pair++) {
      const [baseline, candidate] = sides(runs, random);
      const options = { seed: pair, resamples: 100 };
      const equal = compareRuns(baseline, candidate, options);
      if (equal.figures.some((figure) => figure.verdict !== 'same')) claims.equal++;
      const planted = compareRuns(
        baseline,
        candidate.map((run) => slower(run, 1.1)),
        options,
      );
      if (planted.figures.every((figure) => figure.verdict === 'higher')) claims.slower++;
    }
    expect(claims.slower).toBeGreaterThanOrEqual(90);
    expect(claims.equal).toBeLessThanOrEqual(3);
  });

  it('holds the family level over many equal pairs from fresh runs', () => {
    const random = seededRandom(77);
    let claimed = 0;
    for (let pair = 0; pair < 600; pair++) {
      const [baseline, candidate] = sides(pool(10, random), random);
      const { figures } = compareRuns(baseline, candidate, { seed: pair, resamples: 100, familyLevel: 0.05 });
      if (figures.some((figure) => figure.verdict !== 'same')) claimed++;
    }
    // 5 % of 600 is 30; the figures are correlated, and Holm is careful.
    expect(claimed).toBeLessThanOrEqual(42);
    expect(claimed).toBeGreaterThan(2);
  });

  it('states the effect with an interval that holds the planted one', () => {
    const random = seededRandom(8);
    let held = 0;
    for (let pair = 0; pair < 200; pair++) {
      const [baseline, candidate] = sides(pool(10, random), random);
      const { figures } = compareRuns(
        baseline,
        candidate.map((run) => slower(run, 1.07)),
        {
          seed: pair,
          resamples: 100,
        },
      );
      const change = figures[2]!.relativeChange!;
      if (change.lower <= 0.07 && 0.07 <= change.upper) held++;
    }
    expect(held).toBeGreaterThanOrEqual(182);
  });

  it('gives the same result for the same seed', () => {
    const random = seededRandom(9);
    const [baseline, candidate] = sides(pool(10, random), random);
    const once = compareRuns(baseline, candidate, { seed: 1 });
    expect(compareRuns(baseline, candidate, { seed: 1 })).toEqual(once);
  });

  it('gives no verdict on too few runs, on sides measured one after the other, or on a run given twice', () => {
    const random = seededRandom(10);
    const runs = pool(12, random);
    const few = compareRuns(runs.slice(0, 4), runs.slice(4, 9), { seed: 1 });
    expect(few.problems.join('; ')).toContain('baseline: 4 runs');
    expect(new Set(few.figures.map((figure) => figure.verdict))).toEqual(new Set(['undecided']));
    const sequential = compareRuns(runs.slice(0, 5), runs.slice(5, 10), { seed: 1 });
    expect(sequential.problems.join()).toContain('measured after the other');
    const allowed = compareRuns(runs.slice(0, 5), runs.slice(5, 10), { seed: 1, allowSequential: true });
    expect(allowed.problems).toEqual([]);
    expect(allowed.notes.join()).toContain('measured after the other');
    const [baseline, candidate] = sides(runs, random);
    const twice = compareRuns(baseline, [...candidate.slice(0, 4), { ...baseline[0]!, startedAtMs: 99 }], {
      seed: 1,
    });
    expect(twice.problems.join()).toContain('is given twice');
  });

  it('compares figures that may be zero by their difference', () => {
    const run = (id: number, value: number): ComparedRun => ({
      id: `r${id}`,
      startedAtMs: id,
      series: [
        {
          figure: 'requests.failed',
          unit: '1',
          higherIsWorse: true,
          whole: null,
          intervals: [value, value, value + (id % 3)],
        },
      ],
    });
    const baseline = [0, 2, 4, 6, 8].map((id) => run(id, 0));
    const candidate = [1, 3, 5, 7, 9].map((id) => run(id, 60));
    const { figures, problems } = compareRuns(baseline, candidate, { seed: 3 });
    expect(problems).toEqual([]);
    expect(figures[0]).toMatchObject({ verdict: 'higher', relativeChange: null, cliffsDelta: 1 });
    expect(figures[0]!.difference.lower).toBeGreaterThan(55);
  });

  it('counts how often the sides took turns', () => {
    const at = (...times: number[]): ComparedRun[] =>
      times.map((t) => ({ id: `${t}`, startedAtMs: t, series: [] }));
    expect(sideChanges(at(1, 3, 5), at(2, 4, 6))).toBe(5);
    expect(sideChanges(at(1, 2, 3), at(4, 5, 6))).toBe(1);
  });
});
