import { describe, expect, it } from 'vitest';
import { replay } from '../../test/support/replay.js';
import { QUIET_PLAN, type SimulationPlan, simulate } from '../../test/support/simulated-target.js';
import { createBoard, LIVE } from './board.js';
import { type ClosedInterval, Collector, type FoundWindow } from './collector.js';
import { OUTCOME } from './recording.js';
import { summarize } from './summarize.js';
import type { RunSummary } from './summary.js';

const MS = 1e6;
const PLAN: SimulationPlan = {
  ...QUIET_PLAN,
  seed: 42,
  arrivals: 'poisson',
  durationNs: 6_000 * MS,
  batchMessages: 64,
  timeoutNs: 10_000 * MS,
};

function run(plan: SimulationPlan, intervalNs = 1e9) {
  const requests = simulate(plan);
  const intervals: ClosedInterval[] = [];
  const windows: FoundWindow[] = [];
  const played = replay(requests, {
    workers: plan.workers,
    ratePerSecond: plan.ratePerSecond,
    durationNs: plan.durationNs,
    timeoutNs: plan.timeoutNs,
    intervalNs,
    overrides: {
      onInterval: (interval) => intervals.push(interval),
      onWindow: (found) => {
        windows.push(found);
        return `outage-${windows.length}.csv`;
      },
    },
  });
  return { ...played, requests, intervals, windows };
}

function summaryOf(collector: Parameters<typeof summarize>[0], plan: SimulationPlan): RunSummary {
  return summarize(collector, {
    run: {
      id: 'r',
      startedAt: new Date(0).toISOString(),
      durationSeconds: plan.durationNs / 1e9,
      scenario: 'probe',
      arrival: plan.arrivals,
      seed: plan.seed,
      carrier: 'memory',
      workers: plan.workers,
      targets: ['a'],
      version: '0',
      host: { name: '', kernel: '', cpu: '', cores: 1, memoryMb: 1, node: '' },
      interrupted: false,
      segments: [],
      settings: {},
    },
    startNs: 0,
    epochUnixMs: 1_700_000_000_000,
    lagLimitNs: 10e6,
    outageThresholdNs: null,
    objectiveNs: null,
    hasRelease: false,
    cpu: { workersPercent: [], hostStealPercent: null },
    drift: null,
    invalidReasons: [],
    notes: [],
    interventions: [],
  });
}

describe('a healthy run', () => {
  for (const ratePerSecond of [100, 9450]) {
    for (const arrivals of ['constant', 'poisson'] as const) {
      it(`${ratePerSecond} req/s ${arrivals}: valid, no window, sums hold`, () => {
        const durationNs = (ratePerSecond === 100 ? 120_000 : 4_000) * MS;
        const plan = { ...PLAN, ratePerSecond, arrivals, durationNs };
        const { collector, requests, intervals } = run(plan);
        const summary = summaryOf(collector, plan);
        expect(summary.invalidReasons).toEqual([]);
        expect(summary.downtime.windows).toEqual([]);
        expect(summary.downtime.pauseMs).toEqual({ atLeast: 0, atMost: 0 });
        expect(summary.requests.due).toBe(requests.length);
        expect(summary.requests.succeeded).toBe(requests.length);
        const perInterval = intervals.map((one) => one.byTarget.reduce((sum, t) => sum + t.due, 0));
        expect(perInterval.reduce((a, b) => a + b, 0)).toBe(requests.length);
        expect(perInterval[0]).toBe(requests.filter((r) => r.dueNs < 1e9).length);
        const exactMaxMs = Math.max(...requests.map((r) => r.answeredNs - r.dueNs)) / MS;
        expect(summary.latencyMs.max).toBeCloseTo(exactMaxMs, 9);
        const sorted = requests.map((r) => (r.answeredNs - r.dueNs) / MS).sort((a, b) => a - b);
        const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1]!;
        expect(Math.abs(summary.latencyMs.p99! - p99) / p99).toBeLessThan(0.002);
      });
    }
  }
});

describe('a frozen target', () => {
  const plan = { ...PLAN, pauseFromNs: 3_000 * MS, pauseToNs: 3_700 * MS };

  it('opens one window whose bounds hold the truth, found by workers and collector together', () => {
    const { collector, requests, windows } = run(plan);
    const summary = summaryOf(collector, plan);
    expect(summary.downtime.windows).toHaveLength(1);
    const window = summary.downtime.windows[0]!;
    expect(window.pauseMs.atLeast).toBeLessThanOrEqual(700);
    expect(window.pauseMs.atMost).toBeGreaterThanOrEqual(700);
    expect(window.lost).toBe(0);
    expect(window.rowsFile).toBe('outage-1.csv');
    expect(window.causes).toContain('pause');
    expect(window.recoveryByRetransmissionMs).toBeGreaterThan(0);
    const delayed = requests.filter(
      (r) => r.dueNs >= windows[0]!.window.gap.startNs && r.dueNs <= windows[0]!.window.endNs,
    );
    expect(window.delayed).toBe(delayed.length);
    expect(summary.downtime.longestGapMs).toBeCloseTo(window.durationMs, 6);
    expect(summary.downtime.recoveryMs).not.toBeNull();
    expect(summary.downtime.degradedMs).toBeGreaterThan(600);
    expect(summary.downtime.degradedMs).toBeLessThan(900);
    expect(summary.valid).toBe(true);
  });

  it('keeps the raw rows from 5 s before to 5 s after', () => {
    const { windows, requests } = run({
      ...plan,
      durationNs: 12_000 * MS,
      pauseFromNs: 6_000 * MS,
      pauseToNs: 6_300 * MS,
    });
    const { rows, window } = windows[0]!;
    const fromNs = window.gap.lastAnswerNs - 5e9;
    const wanted = requests.filter((r) => r.answeredNs >= fromNs && r.dueNs <= window.gap.endNs + 5e9);
    const kept = new Set([...rows.inDueOrder()].map((row) => `${row.worker}/${row.sequence}`));
    expect(wanted.filter((r) => !kept.has(`${r.worker}/${r.sequence}`))).toEqual([]);
    expect(kept.size).toBe(rows.length);
  });

  it('longer than the time-out: censored, and the maximum is not the time-out', () => {
    const short = { ...plan, timeoutNs: 200 * MS, pauseToNs: 4_500 * MS };
    const { collector } = run(short);
    const summary = summaryOf(collector, short);
    expect(summary.requests.timedOut).toBeGreaterThan(1000);
    expect(summary.requests.late).toBeGreaterThan(0);
    expect(summary.requests.due).toBe(summary.requests.succeeded + summary.requests.timedOut);
    expect(summary.downtime.maxResponseCensored).toBe(true);
    expect(summary.latencyAllMs.count).toBe(summary.requests.due);
    expect(summary.latencyAllMs.max).toBeGreaterThanOrEqual(200);
    expect(summary.latencyMs.count).toBe(summary.requests.succeeded);
    const window = summary.downtime.windows[0]!;
    expect(window.lost).toBeGreaterThan(1000);
    expect(window.pauseMs.atLeast).toBeLessThanOrEqual(1500);
    expect(window.pauseMs.atMost).toBeGreaterThanOrEqual(1500);
    expect(Math.abs(summary.downtime.lossDerivedMs! - 1300)).toBeLessThan(150);
    expect(summary.valid).toBe(true);
  });

  it('that never answers again has no upper bound', () => {
    const dead = { ...plan, timeoutNs: 1_000 * MS, pauseToNs: 1e15 };
    const requests = simulate({ ...dead, pauseToNs: 9_000 * MS });
    const cut = requests.map((r) =>
      r.lateNs > 0 || r.answeredNs > dead.pauseFromNs + 5 * MS
        ? { ...r, answeredNs: 0, lateNs: 0, endedNs: r.dueNs + 1e9 }
        : r,
    );
    const { collector } = replay(cut, {
      workers: 2,
      ratePerSecond: 1500,
      durationNs: dead.durationNs,
      timeoutNs: dead.timeoutNs,
      intervalNs: 1e9,
    });
    const summary = summaryOf(collector, dead);
    expect(summary.downtime.windows).toHaveLength(1);
    expect(summary.downtime.windows[0]!.endedAt).toBeNull();
    expect(summary.downtime.pauseMs.atMost).toBeNull();
    expect(summary.downtime.pauseMs.atLeast).toBeGreaterThan(2_500);
  });
});

describe('what must not look like an outage', () => {
  it('a stall of every loop of the generator', () => {
    const requests = simulate({ ...PLAN, pauseFromNs: 3_000 * MS, pauseToNs: 3_100 * MS });
    const { collector } = replay(requests, {
      workers: 2,
      ratePerSecond: 1500,
      durationNs: PLAN.durationNs,
      timeoutNs: PLAN.timeoutNs,
      intervalNs: 1e9,
      extras: [
        {
          timeNs: 3_000 * MS,
          run: (recorders) => {
            for (const recorder of recorders) recorder.stall(3_000 * MS, 3_100 * MS);
          },
        },
      ],
    });
    expect(collector.windows).toEqual([]);
    expect(collector.stalls.count).toBe(2);
    expect(collector.stalls.maxNs).toBe(100 * MS);
  });

  it('an application that drops 1 % of the requests', () => {
    const plan = { ...PLAN, ratePerSecond: 100, durationNs: 60_000 * MS, ignoredShare: 0.01 };
    const { collector, requests } = run(plan);
    expect(requests.filter((r) => r.answeredNs === 0).length).toBeGreaterThan(30);
    expect(collector.windows).toEqual([]);
  });
});

describe('several targets', () => {
  it('finds the outage of one behind the answers of the other', () => {
    const frozen = simulate({
      ...PLAN,
      workers: 1,
      ratePerSecond: 500,
      pauseFromNs: 3_000 * MS,
      pauseToNs: 3_400 * MS,
    });
    const healthy = simulate({ ...PLAN, workers: 1, ratePerSecond: 500, seed: 3 }).map((r) => ({
      ...r,
      worker: 1,
    }));
    const all = [...frozen, ...healthy].sort((a, b) => a.dueNs - b.dueNs);
    const { collector } = replay(all, {
      workers: 2,
      ratePerSecond: 1000,
      durationNs: PLAN.durationNs,
      timeoutNs: PLAN.timeoutNs,
      intervalNs: 1e9,
      targets: ['frozen', 'healthy'],
      targetOf: (request) => request.worker,
    });
    expect(collector.windows.map((kept) => kept.target)).toEqual([0]);
    expect(collector.faults).toEqual([]);
  });
});

describe('a look at the counters while workers count', () => {
  it('shows no request that ended before it was due', () => {
    const board = createBoard({
      worker: 0,
      targets: 1,
      startNs: 0,
      intervalNs: 1e9,
      requestLifeNsMax: 1e9,
      ratePerSecond: 1000,
      lagLimitNs: 10e6,
    });
    // A worker that takes a request to its end between any two reads of the main thread.
    const live = new Proxy(board.live, {
      get: (counters, word) => {
        const value: unknown = Reflect.get(counters, word, counters);
        counters[LIVE.due]! += 1;
        counters[LIVE.outcomes + OUTCOME.succeeded]! += 1;
        return typeof value === 'function' ? value.bind(counters) : value;
      },
    });
    const collector = new Collector({
      boards: [{ ...board, live }],
      targets: ['a'],
      startNs: 0,
      endNs: 1e9,
      intervalNs: 1e9,
      ratePerSecond: () => 1000,
      outageThresholdNs: null,
      rtoLimitNs: 200e6,
      onInterval: () => undefined,
      onWindow: () => null,
    });
    const { due, inFlight, outcomes } = collector.live(0);
    expect(inFlight).toBeGreaterThanOrEqual(0);
    expect(due - inFlight).toBe(Object.values(outcomes).reduce((sum, count) => sum + count, 0));
  });
});
