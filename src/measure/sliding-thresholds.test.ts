import { describe, expect, it } from 'vitest';
import { parseThresholdExpression } from '../config/threshold-expression.js';
import type { ClosedInterval } from './collector.js';
import { SlidingThresholds } from './sliding-thresholds.js';
import { Totals } from './totals.js';

const MS = 1e6;
const FACTS = {
  targets: ['a'],
  intervalNs: 1e9,
  epochUnixMs: 0,
  outageThresholdNs: null,
  objectiveNs: null,
  hasRelease: false,
};

/** An interval of 100 requests that took `latencyMs`, of which `lost` got no answer. */
function interval(index: number, latencyMs: number, lost = 0, gapMs = 0): ClosedInterval {
  const totals = new Totals();
  totals.due = totals.offered = 100;
  totals.answered = 100 - lost;
  totals.outcomes.succeeded = 100 - lost;
  totals.outcomes.timedOut = lost;
  if (lost < 100) totals.durations.latency.record(latencyMs * MS, 100 - lost);
  if (lost > 0) totals.durations.censored.record(5_000 * MS, lost);
  const startNs = index * 1e9;
  return {
    ...{ index, startNs, endNs: startNs + 1e9, stallNs: 0 },
    byTarget: [totals],
    longestGapsNs: [gapMs * MS],
  };
}

function watch(...expressions: string[]) {
  return new SlidingThresholds(expressions.map(parseThresholdExpression), FACTS);
}

describe('a threshold over a window', () => {
  it('is crossed once when its window is, holds again when it has slid on, and is crossed anew', () => {
    const sliding = watch('over 5s: latency.mean > 10ms');
    const told: string[] = [];
    for (let i = 0; i < 40; i++) {
      // Two slow stretches of three seconds: one makes the mean of five seconds 3/5 x 30 ms.
      const slow = (i >= 10 && i < 13) || (i >= 25 && i < 28);
      for (const { crossed } of sliding.add(interval(i, slow ? 30 : 1), [], [0]))
        told.push(`${i} ${crossed}`);
    }
    // 30 + 4 x 1 is 6.8 ms a request, 2 x 30 + 3 x 1 is 12.6.
    expect(told).toEqual(['11 true', '16 false', '26 true', '31 false']);
    const [result] = sliding.results();
    expect(result).toMatchObject({ failed: true, crossings: 2, expression: 'over 5s: latency.mean > 10ms' });
    expect(result!.value).toBeCloseTo(18.4, 6);
  });

  it('waits for a full window where a part of it would not do, and not for counts and maxima', () => {
    const sliding = watch('over 5s: rate.answered < 90/s', 'over 5s: requests.timedOut > 3');
    const told: string[] = [];
    for (let i = 0; i < 7; i++) {
      for (const { rule } of sliding.add(interval(i, 1, 50), [], [0])) told.push(`${i} rule ${rule}`);
    }
    expect(told).toEqual(['0 rule 1', '4 rule 0']);
  });

  it('sees a target that has fallen silent before any interval closes', () => {
    const sliding = watch('over 5s: downtime.longestGap > 200ms');
    expect(sliding.add(interval(0, 1), [], [0])).toEqual([]);
    expect(sliding.silent([150 * MS])).toEqual([]);
    expect(sliding.silent([350 * MS])).toEqual([
      { rule: 0, expression: 'over 5s: downtime.longestGap > 200ms', crossed: true, value: 350 },
    ]);
    expect(sliding.silent([900 * MS])).toEqual([]);
    expect(sliding.results()[0]).toMatchObject({ value: 900, crossings: 1 });
  });

  it('forgets what has left the window', () => {
    const sliding = watch('over 5s: downtime.longestGap > 200ms');
    const told: number[] = [];
    for (let i = 0; i < 12; i++) {
      const crossings = sliding.add(interval(i, 1, 0, i === 2 ? 300 : 1), [], [0]);
      if (crossings.length > 0) told.push(i);
    }
    expect(told).toEqual([2, 7]);
  });

  it('of a run shorter than the window is held against all of it, and without samples it fails', () => {
    const sliding = watch(
      'over 60s: latency.p99 > 5ms',
      'over 60s: latencyAnswered.max > 5s',
      'over 60s: latency.p99 > 1h',
    );
    for (let i = 0; i < 3; i++) expect(sliding.add(interval(i, 8, 100), [], [0])).toEqual([]);
    expect(sliding.finish([0]).map(({ rule }) => rule)).toEqual([0, 1]);
    expect(sliding.results().map(({ failed, value }) => [failed, value === null])).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ]);
  });

  it('slides a long window in 60 steps, and misses nothing in them', () => {
    const sliding = watch('over 600s: latency.max > 1s');
    let crossedAt = -1;
    for (let i = 0; i < 700; i++) {
      if (sliding.add(interval(i, i === 633 ? 2_000 : 1), [], [0]).some(({ crossed }) => crossed))
        crossedAt = i;
    }
    expect(crossedAt).toBeGreaterThanOrEqual(633);
    expect(crossedAt).toBeLessThan(643);
  });

  it('goes on counting where an earlier process ended', () => {
    const sliding = watch('over 5s: requests.timedOut > 3');
    sliding.add(interval(0, 1, 50), [], [0]);
    const resumed = watch('over 5s: requests.timedOut > 3');
    resumed.carry(JSON.parse(JSON.stringify(sliding.state)), 0);
    resumed.add(interval(1, 1, 20), [], [0]);
    expect(resumed.results()[0]).toMatchObject({ crossings: 2, value: 50 });
  });
});
