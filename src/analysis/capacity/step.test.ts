import { describe, expect, it } from 'vitest';
import { sampleInterval } from '../../../test/support/sample-rows.js';
import { COUNTS, figures, sampleSummary } from '../../../test/support/sample-summary.js';
import type { IntervalRow } from '../../measure/interval.js';
import { brokenTerm, parseObjective } from './objective.js';
import { judgeStep, latencyGrowth, type StepEvidence } from './step.js';

const RULES = { objective: parseObjective('p99<20ms,failed=0'), rejectedOk: true };

/** Ten intervals whose median latency is `ms(index)`. */
const intervals = (ms: (index: number) => number): IntervalRow[] =>
  Array.from({ length: 10 }, (_, index) =>
    sampleInterval(index, 5, { latencyAllMs: { ...figures(100, 0, 5), p50: ms(index) } }),
  );

const evidence = (change: Partial<StepEvidence>): StepEvidence => ({
  summary: sampleSummary(),
  intervals: intervals(() => 1),
  targetLost: false,
  busyPolling: false,
  ...change,
});

describe('parseObjective', () => {
  it('reads terms and brings times to ms', () => {
    const { terms } = parseObjective('p99 < 0.5s, failed=0,max<=900us,rejected<1%');
    expect(terms.map(({ metric, operator, limit, perCent }) => [metric, operator, limit, perCent])).toEqual([
      ['p99', '<', 500, false],
      ['failed', '=', 0, false],
      ['max', '<=', 0.9, false],
      ['rejected', '<', 1, true],
    ]);
  });

  it.each([
    ['p99', 'METRIC OP VALUE'],
    ['p99<20', 'needs a unit'],
    ['failed<2ms', 'takes no unit'],
    ['p98<20ms', 'unknown metric, there are min, mean, p50'],
    ['', 'METRIC OP VALUE'],
  ])('refuses %s', (text, why) => {
    expect(() => parseObjective(text)).toThrow(why);
  });

  it('counts refusals as failed unless told otherwise', () => {
    const summary = sampleSummary();
    const objective = parseObjective('failed=0');
    expect(brokenTerm(objective, summary, { rejectedOk: false })).toBe('failed=0: 12');
    expect(brokenTerm(objective, summary, { rejectedOk: true })).toBeNull();
    expect(brokenTerm(parseObjective('failed<0.04%'), summary, { rejectedOk: false })).toBe(
      'failed<0.04%: 0.04 %',
    );
  });
});

describe('latencyGrowth', () => {
  it('is the share by which a target falls behind, untouched by one stall', () => {
    expect(latencyGrowth(intervals((index) => 3 + 25 * index))).toBeCloseTo(0.025, 9);
    expect(latencyGrowth(intervals((index) => (index === 4 ? 400 : 2)))).toBe(0);
    expect(latencyGrowth(intervals((index) => (index === 9 ? 400 : 2)))).toBe(0);
    expect(latencyGrowth(intervals(() => 1).slice(0, 4))).toBeNull();
  });
});

describe('judgeStep', () => {
  it('holds the objective against all requests from their intended send time', () => {
    expect(judgeStep(evidence({}), RULES)).toMatchObject({ feasible: true, blame: null });
    const slow = { latencyAllMs: figures(30_000, 1, 300), serviceTimeMs: figures(30_000, 1, 300) };
    expect(judgeStep(evidence({ summary: sampleSummary(slow) }), RULES)).toMatchObject({
      feasible: false,
      blame: 'target',
      clear: false,
      reason: 'p99<20ms: 150.5 ms',
    });
  });

  it('finds a target that falls behind although no request failed yet', () => {
    const verdict = judgeStep(evidence({ intervals: intervals((i) => 0.5 + 15 * i) }), RULES);
    expect(verdict).toMatchObject({ feasible: false, blame: 'target', clear: false });
    expect(verdict.reason).toContain('latency grows by 15 ms every second');
    expect(verdict.completedPerSecond).toBeCloseTo(1_500 * 0.985, 6);
  });

  it('calls lost requests in number and a target that is gone clear', () => {
    const requests = { ...COUNTS, succeeded: 27_000, timedOut: 2_988 };
    expect(judgeStep(evidence({ summary: sampleSummary({ requests }) }), RULES)).toMatchObject({
      blame: 'target',
      clear: true,
      reason: 'failed=0: 2988',
    });
    expect(judgeStep(evidence({ targetLost: true }), RULES)).toMatchObject({ blame: 'target', clear: true });
  });

  it('never calls the limit of the generator the target\u2019s', () => {
    const slow = figures(30_000, 1, 300);
    const saturated = { valid: false, invalidReasons: ['generator saturated'], latencyAllMs: slow };
    const lagging = { latencyAllMs: slow, scheduleLagMs: slow };
    const busy = {
      latencyAllMs: slow,
      serviceTimeMs: slow,
      cpu: { workersPercent: [40, 98], hostStealPercent: 0 },
    };
    for (const change of [saturated, lagging, busy]) {
      expect(judgeStep(evidence({ summary: sampleSummary(change) }), RULES)).toMatchObject({
        feasible: false,
        blame: 'generator',
      });
    }
    const polling = judgeStep(evidence({ summary: sampleSummary(busy), busyPolling: true }), RULES);
    expect(polling.blame).toBe('target');
  });
});
