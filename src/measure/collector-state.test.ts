import { expect, it } from 'vitest';
import { replay } from '../../test/support/replay.js';
import { simulate } from '../../test/support/simulated-target.js';
import { createBoard } from './board.js';
import { Collector } from './collector.js';
import type { CollectorState } from './collector-state.js';

const MS = 1e6;

it('carries everything that was gathered into another collector, moved to its clock', () => {
  const durationNs = 6_000 * MS;
  const requests = simulate({
    ...{ seed: 7, ratePerSecond: 1500, arrivals: 'poisson', workers: 2, durationNs, frames: 'queued' },
    ...{ pauseFromNs: 3_000 * MS, pauseToNs: 3_700 * MS, rtoInitialNs: 50 * MS, rtoMaxNs: 200 * MS },
    ...{ windowMessages: 300, messagesPerPacket: 8, oneWayNs: 30_000, jitterNs: 40_000, batchMessages: 64 },
    ...{ costNs: 5_000, timeoutNs: 10_000 * MS, ignoredShare: 0 },
  });
  const { collector } = replay(requests, {
    ...{ workers: 2, ratePerSecond: 1500, durationNs, timeoutNs: 10_000 * MS, intervalNs: 1e9 },
    overrides: { onWindow: () => 'outage-1.csv' },
  });
  const state = JSON.parse(JSON.stringify(collector.state())) as CollectorState;
  const shiftNs = -5e9;
  const next = new Collector({
    boards: [
      createBoard({
        ...{ worker: 0, targets: 1, startNs: -7e9, firstInterval: state.nextInterval, intervalNs: 1e9 },
        ...{ requestLifeNsMax: 1e9, ratePerSecond: 1500, lagLimitNs: 10e6 },
      }),
    ],
    ...{ targets: ['a'], startNs: -7e9, endNs: 60e9, intervalNs: 1e9 },
    earlier: { state, shiftNs },
    ratePerSecond: () => 1500,
    ...{ outageThresholdNs: null, rtoLimitNs: 200e6 },
    onInterval: () => {},
    onWindow: () => null,
  });
  const [before, after] = [collector.targets[0]!, next.targets[0]!];
  expect(after.totals.due).toBe(requests.length);
  expect(after.totals.figures()).toEqual(before.totals.figures());
  expect(after.totals.latencyAll().figures()).toEqual(before.totals.latencyAll().figures());
  expect(after.longestGapNs).toBe(before.longestGapNs);
  expect(next.windows).toHaveLength(1);
  const [was, is] = [collector.windows[0]!.window, next.windows[0]!.window];
  expect(is.gap.startNs - was.gap.startNs).toBe(shiftNs);
  expect(is.endNs - was.endNs).toBe(shiftNs);
  expect(is.bounds.atLeastNs).toBe(was.bounds.atLeastNs);
  expect(next.validity.reasons(0, 10e6)).toEqual(collector.validity.reasons(0, 10e6));
  expect({ ...next.state(), windows: [], validity: null }).toEqual({ ...state, windows: [], validity: null });
});
