import { describe, expect, it } from 'vitest';
import {
  QUIET_PLAN,
  type SimulatedRequest,
  type SimulationPlan,
  seeded,
  simulate,
} from '../../test/support/simulated-target.js';
import type { TargetGap } from './gap-merge.js';
import { RowTable } from './rows.js';
import { candidateThresholdNs, judgeGap, targetGapNs, type Window } from './windows.js';

const MS = 1e6;
function rowsOf(requests: readonly SimulatedRequest[]): RowTable {
  const rows = new RowTable(1e7);
  for (const request of requests) {
    rows.push({
      ...request,
      target: 0,
      association: request.worker + 1,
      outcome: request.answeredNs === 0 ? 'timedOut' : 'succeeded',
      rerouted: 0,
      elsewhere: 0,
    });
  }
  return rows;
}

/** Gaps by their definition, from all events: independent of how workers and collector find them. */
function allGaps(requests: readonly SimulatedRequest[]): TargetGap[] {
  const answers = requests.map((r) => r.answeredNs || r.lateNs).filter((at) => at > 0);
  const times = [Number.NEGATIVE_INFINITY, ...answers.sort((a, b) => a - b), Number.POSITIVE_INFINITY];
  const gaps: TargetGap[] = [];
  let oldest = 0;
  for (let i = 1; i < times.length; i++) {
    const [lastAnswerNs, endNs] = [times[i - 1]!, times[i]!];
    while (
      oldest < requests.length &&
      requests[oldest]!.answeredNs !== 0 &&
      requests[oldest]!.answeredNs <= lastAnswerNs
    ) {
      oldest++;
    }
    const first = requests[oldest];
    if (first === undefined) break;
    const startNs = Math.max(lastAnswerNs, first.dueNs);
    if (startNs < endNs) gaps.push({ lastAnswerNs, startNs, endNs });
  }
  return gaps;
}

function windowsOf(plan: SimulationPlan): Window[] {
  const requests = simulate(plan);
  const rows = rowsOf(requests);
  const spacingNs = 1e9 / plan.ratePerSecond;
  const candidate = candidateThresholdNs(null, spacingNs);
  const found: Window[] = [];
  for (const gap of allGaps(requests)) {
    if (targetGapNs(gap, [], plan.durationNs) <= candidate) continue;
    const window = judgeGap({
      gap,
      rows,
      stalls: [],
      disturbed: [],
      earlierReference: null,
      spacingNs,
      thresholdNs: null,
      observedFromNs: 0,
      scheduleEndNs: plan.durationNs,
      observedUntilNs: plan.durationNs + plan.timeoutNs,
      events: [],
      duplicateTsns: null,
      rtoLimitNs: plan.rtoMaxNs,
      rtoMaxNs: plan.rtoMaxNs,
      takeover: false,
    });
    if (window !== null) found.push(window);
  }
  return found;
}

interface Verdict {
  readonly seed: number;
  readonly missed: boolean;
  readonly tooWide: boolean;
  readonly detail: string;
}

/** One freeze with a planted truth, varied by its seed. */
function trial(seed: number, ratePerSecond: number, pauseMs: number, frames: 'queued' | 'dropped'): Verdict {
  const random = seeded(seed * 7919);
  const pauseFromNs = Math.max(1_200, 1_200_000 / ratePerSecond) * MS + random() * 50 * MS;
  const plan: SimulationPlan = {
    ...QUIET_PLAN,
    seed,
    ratePerSecond,
    frames,
    arrivals: seed % 2 === 0 ? 'constant' : 'poisson',
    workers: 1 + (seed % 3),
    windowMessages: [20, 100, 1000][seed % 3]!,
    batchMessages: [1, 64, 1024][(seed >> 2) % 3]!,
    pauseFromNs,
    pauseToNs: pauseFromNs + pauseMs * MS,
    durationNs: pauseFromNs + pauseMs * MS + 400 * MS,
  };
  const windows = windowsOf(plan);
  const window = windows.find((w) => w.gap.endNs > plan.pauseToNs && w.gap.lastAnswerNs < plan.pauseToNs);
  if (window === undefined) return { seed, missed: true, tooWide: false, detail: `seed ${seed}: no window` };
  const atLeast = window.bounds.atLeastNs / MS;
  const atMost = window.bounds.atMostNs! / MS;
  // Two spacings of what arrived: Poisson spacings are the real ones before the pause.
  const spacings = 2 * Math.max(1000 / ratePerSecond, (window.gap.startNs - window.gap.lastAnswerNs) / MS);
  const widthMax = spacings + 10 + plan.rtoMaxNs / MS;
  return {
    seed,
    missed: !(atLeast <= pauseMs && pauseMs <= atMost),
    tooWide: atMost - atLeast > widthMax,
    detail: `seed ${seed}: ${pauseMs} ms in [${atLeast}, ${atMost}], width at most ${widthMax}`,
  };
}

/** Share of the trials to run; 1 is the whole set (a minute). */
const SLICE = Number(process.env.BUSYHOUR_TRIALS ?? 0.03);

describe('pause bounds against a simulated target', () => {
  const cells = [
    { rate: 100, pauseMs: 280, trials: 400 },
    { rate: 100, pauseMs: 700, trials: 400 },
    { rate: 100, pauseMs: 3000, trials: 100 },
    { rate: 1500, pauseMs: 50, trials: 120 },
    { rate: 1500, pauseMs: 280, trials: 120 },
    { rate: 1500, pauseMs: 700, trials: 60 },
    { rate: 9450, pauseMs: 50, trials: 12 },
    { rate: 9450, pauseMs: 700, trials: 6 },
  ];
  for (const frames of ['queued', 'dropped'] as const) {
    for (const { rate, pauseMs, trials: all } of cells) {
      const trials = Math.ceil(all * SLICE);
      it(`${rate} req/s, ${pauseMs} ms, frames ${frames}: contain the truth, ${trials} of ${trials}, and are narrow`, () => {
        const verdicts = Array.from({ length: trials }, (_, seed) => trial(seed + 1, rate, pauseMs, frames));
        expect(verdicts.filter((v) => v.missed).map((v) => v.detail)).toEqual([]);
        expect(verdicts.filter((v) => v.tooWide).map((v) => v.detail)).toEqual([]);
      });
    }
  }
});

describe('a target whose requests went to another one', () => {
  /** A request every 10 ms: answered within 1 ms, but from 1 s to 3 s answered by the other target, 500 ms after it was due. */
  const rows = new RowTable(1_000);
  for (let dueMs = 0; dueMs < 4_000; dueMs += 10) {
    const down = dueMs >= 1_000 && dueMs < 3_000;
    const answeredNs = (dueMs + (down ? 500 : 1)) * MS;
    rows.push({
      ...{
        sequence: dueMs / 10,
        target: 0,
        worker: 0,
        association: down ? 2 : 1,
        outcome: 'succeeded' as const,
      },
      ...{ dueNs: dueMs * MS, offeredNs: dueMs * MS, firstNs: dueMs * MS, answeredNs, endedNs: answeredNs },
      lastNs: (dueMs + (down ? 499 : 0)) * MS,
      previousNs: down ? dueMs * MS : 0,
      transmissions: down ? 2 : 1,
      rerouted: down ? 1 : 0,
      elsewhere: down ? 1 : 0,
    });
  }
  const judged = (takeover: boolean) =>
    judgeGap({
      gap: { lastAnswerNs: 991 * MS, startNs: 1_000 * MS, endNs: 3_001 * MS },
      rows,
      stalls: [],
      disturbed: [],
      earlierReference: null,
      spacingNs: 10 * MS,
      thresholdNs: null,
      observedFromNs: 0,
      scheduleEndNs: 4_000 * MS,
      observedUntilNs: 4_000 * MS,
      events: [],
      duplicateTsns: null,
      rtoLimitNs: 200 * MS,
      rtoMaxNs: null,
      takeover,
    })!;

  it('was out of service from the first request that it did not answer, whoever did', () => {
    const window = judged(false);
    expect(window.gap.startNs).toBe(1_000 * MS);
    expect([window.lost, window.delayed]).toEqual([0, 201]);
    // The last transmission to it was at 2 990 ms; those 499 ms later went elsewhere.
    expect(window.bounds.atLeastNs).toBeGreaterThan(1_950 * MS);
    expect(window.bounds.atLeastNs).toBeLessThanOrEqual(1_990 * MS);
    expect(window.bounds.atMostNs).toBe(2_011 * MS);
    expect(window.retransmissions).toBe(0);
    expect(window.causes).toEqual(['pause']);
  });

  it('is blamed on the takeover that the nodes told of', () => {
    expect(judged(true).causes).toEqual(['takeover']);
  });
});
