import { describe, expect, it } from 'vitest';
import type { RunSummary } from './summary.js';
import { evaluateThreshold, type ThresholdRule, thresholdFault } from './thresholds.js';

function rule(path: string, operator: ThresholdRule['operator'], value: number, unit = ''): ThresholdRule {
  return {
    source: `${path}${operator}${value}${unit}`,
    path: path.split('.'),
    operator,
    value,
    unit,
    overNs: null,
  };
}

/** The part of a summary that these expressions look at. */
const SUMMARY = {
  requests: { timedOut: 3, succeeded: 1000 },
  ratePerSecond: { offered: 1500, sent: 1500, answered: 1489.5 },
  latencyMs: { count: 1000, p99: 4 },
  latencyAllMs: { count: 1003, p99: 25, max: 200 },
  releaseTimeMs: null,
  run: { durationSeconds: 20 },
  downtime: {
    longestGapMs: 1_400,
    lossDerivedMs: null,
    pauseMs: { atLeast: 650, atMost: null },
    windows: [{}],
  },
} as unknown as RunSummary;

describe('thresholds', () => {
  it.each([
    ['latency.p99', '>', 20, 'ms', 25, true],
    ['latency.p99', '>', 25_000, 'us', 25, false],
    ['latency.max', '<=', 0.2, 's', 200, true],
    ['latencyAnswered.p99', '>', 20, 'ms', 4, false],
    ['downtime.longestGap', '>', 1, 's', 1_400, true],
    ['requests.timedOut', '>', 0, '', 3, true],
    ['requests.timedOut', '==', 4, '', 3, false],
    ['rate.answered', '<', 1490, '/s', 1489.5, true],
    ['downtime.pause.atLeast', '>=', 650, '', 650, true],
    ['downtime.windows.length', '!=', 1, '', 1, false],
    ['run.duration', '<', 30_000, 'ms', 20, true],
  ] as const)('%s %s %d%s', (path, operator, value, unit, measured, failed) => {
    const one = rule(path, operator, value, unit);
    expect(thresholdFault(one)).toBeNull();
    expect(evaluateThreshold(one, SUMMARY)).toEqual({
      expression: one.source,
      value: measured,
      failed,
    });
  });

  it.each(['releaseTime.p99', 'downtime.lossDerived', 'downtime.pause.atMost'])(
    '%s without samples fails',
    (path) => {
      expect(evaluateThreshold(rule(path, '>', 1e9, 'ms'), SUMMARY)).toMatchObject({
        value: null,
        failed: true,
      });
    },
  );

  it('name the near ones for a metric that does not exist', () => {
    expect(thresholdFault(rule('latency.p98', '>', 1, 'ms'))).toMatch(
      /unknown metric 'latency.p98'.*near:.*latency\.p9/,
    );
    expect(thresholdFault(rule('requests.timedout', '>', 0))).toContain('requests.timedOut');
  });

  it('refuse a unit that does not fit', () => {
    expect(thresholdFault(rule('requests.timedOut', '>', 1, 'ms'))).toContain('it has no unit');
    expect(thresholdFault(rule('latency.p99', '>', 1, '/s'))).toContain('use ns, us, ms');
    expect(() => evaluateThreshold(rule('latency.p99', '>', 1, '/s'), SUMMARY)).toThrow(RangeError);
  });
});
