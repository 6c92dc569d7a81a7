import { describe, expect, it } from 'vitest';
import { sampleInterval } from '../../../test/support/sample-rows.js';
import { COUNTS, figures, sampleSummary } from '../../../test/support/sample-summary.js';
import { campaignCell, cellStatistics, publishedSetup } from './cell.js';
import { cellName, parseScale, planCells, remainingCells } from './plan.js';

const SETUPS = [
  { name: 'a', levelsPerSecond: [750, 2250, 4500] },
  { name: 'b', levelsPerSecond: [100] },
];

describe('planCells', () => {
  it('runs through the levels of a set-up, again for each repetition', () => {
    const plan = planCells({ setups: SETUPS, repetitions: 2, order: 'listed', seed: 1 });
    expect(plan.map(cellName)).toEqual([
      ...['a/750/1', 'a/2250/1', 'a/4500/1', 'a/750/2', 'a/2250/2', 'a/4500/2'],
      ...['b/100/1', 'b/100/2'],
    ]);
  });

  it('shuffles by its seed, and never loses or doubles a cell', () => {
    const setups = [{ name: 'a', levelsPerSecond: Array.from({ length: 12 }, (_, i) => 100 + i) }];
    const options = { setups, repetitions: 3, order: 'random', seed: 5 } as const;
    const plan = planCells(options).map(cellName);
    expect(planCells(options).map(cellName)).toEqual(plan);
    const listed = planCells({ ...options, order: 'listed' }).map(cellName);
    expect(plan).not.toEqual(listed);
    expect([...plan].sort()).toEqual([...listed].sort());
    expect(plan.slice(0, 12).map((name) => name.split('/')[1])).not.toEqual(
      plan.slice(12, 24).map((name) => name.split('/')[1]),
    );
  });

  it('goes on with what is missing', () => {
    const plan = planCells({ setups: SETUPS, repetitions: 1, order: 'listed', seed: 1 });
    expect(remainingCells(plan, plan.slice(0, 2)).map(cellName)).toEqual(['a/4500/1', 'b/100/1']);
  });
});

describe('parseScale', () => {
  it.each([
    ['1/60', 1 / 60],
    ['1', 1],
    ['0.25', 0.25],
  ])('reads %s', (text, value) => expect(parseScale(text)).toBe(value));
  it.each(['0', '2', '1/0', '60', '-1', 'x', '1/2/3'])('refuses %s', (text) =>
    expect(() => parseScale(text)).toThrow('such as 1/60'),
  );
});

describe('cellStatistics', () => {
  it('uses the population formulas, and leaves the margin out below 30 samples', () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(cellStatistics(values)).toMatchObject({
      count: 8,
      mean: 5,
      variance: 4,
      standardDeviation: 2,
      marginOfError: null,
    });
    const many = Array.from({ length: 120 }, (_, i) => values[(i * 5) % 8]!);
    expect(cellStatistics(many).marginOfError).toBeCloseTo((1.96 * 2) / Math.sqrt(120), 10);
    expect(cellStatistics([])).toMatchObject({ count: 0, mean: null, marginOfError: null });
    const drifting = Array.from({ length: 100 }, (_, i) => i);
    const { marginOfError, dependentMargin } = cellStatistics(drifting);
    expect(dependentMargin).toBeGreaterThan(2 * marginOfError!);
  });
});

describe('campaignCell', () => {
  const place = { setup: 'a', ratePerSecond: 1500, repetition: 1 };
  const intervals = [
    ...Array.from({ length: 4 }, (_, i) =>
      sampleInterval(i, 5, { serviceTimeMs: { ...figures(10, 1, 9), mean: i + 1 } }),
    ),
    sampleInterval(4, 5, { durationSeconds: 0.2, serviceTimeMs: { ...figures(10, 1, 9), mean: 100 } }),
    sampleInterval(0, 5, { target: 'x', serviceTimeMs: { ...figures(10, 1, 9), mean: 100 } }),
  ];

  it('describes the means of whole intervals, and calls refusals no failure', () => {
    const cell = campaignCell(place, { summary: sampleSummary(), intervals, result: 'r' }, [10, 20]);
    expect(cell).toMatchObject({
      feasible: true,
      failed: 0,
      response: { count: 4, mean: 2.5 },
      cpu: { count: 2, mean: 15 },
    });
  });

  it('calls a level with a failed request infeasible, and says nothing of an invalid one', () => {
    const requests = { ...COUNTS, succeeded: COUNTS.succeeded - 1, timedOut: 1 };
    const summary = sampleSummary({ requests });
    expect(campaignCell(place, { summary, intervals, result: 'r' }, null)).toMatchObject({
      feasible: false,
      failed: 1,
      cpu: null,
    });
    const invalid = sampleSummary({ valid: false, invalidReasons: ['generator saturated'] });
    expect(campaignCell(place, { summary: invalid, intervals, result: 'r' }, null).feasible).toBeNull();
  });
});

describe('publishedSetup', () => {
  it('gives the tables of a set-up as printed', () => {
    const kvm = publishedSetup('bth-2013/kvm-16')!;
    expect(kvm.response.find(({ loadPerSecond }) => loadPerSecond === 7950)).toEqual({
      loadPerSecond: 7950,
      mean: 23.275,
      variance: 26.5708,
      standardDeviation: 5.1547,
      marginOfError: 0.9223,
      decimals: 4,
    });
    expect(kvm.infeasiblePerSecond).toEqual([9450]);
    expect(publishedSetup('bth-2014/kvm')).toBeNull();
  });
});
