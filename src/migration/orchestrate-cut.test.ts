import { expect, test } from 'vitest';
import { OUTAGE, STOPPED, sampleSummary } from '../../test/support/sample-summary.js';
import type { OutageWindow, RunSummary } from '../measure/summary.js';
import { type CutRequest, cutDowntime } from './orchestrate-cut.js';

const RUN_START = Date.parse('2026-11-20T15:48:02.000Z');
const TARGET = OUTAGE.target;

function summaryOf(windows: readonly OutageWindow[], more: Partial<typeof STOPPED> = {}): RunSummary {
  const figures = { ...STOPPED, ...more, windows };
  return sampleSummary({
    downtime: { ...figures, byTarget: [{ ...figures, target: TARGET }], allTargetsDownMs: 0 },
  });
}

function requestOf(summary: RunSummary, more: Partial<CutRequest> = {}): CutRequest {
  const period = {
    fromMs: Date.parse('2026-11-20T15:48:10.000Z'),
    toMs: Date.parse('2026-11-20T15:48:16.000Z'),
  };
  return {
    summary,
    target: TARGET,
    period,
    blackout: null,
    runStartMs: RUN_START,
    rowsOf: () => null,
    ...more,
  };
}

/** A window like {@link OUTAGE}, elsewhere. */
function windowAt(startedAt: string, durationMs: number, rowsFile = 'outage-2.csv'): OutageWindow {
  return {
    ...OUTAGE,
    startedAt,
    durationMs,
    pauseMs: { atLeast: durationMs - 9, atMost: durationMs },
    rowsFile,
  };
}

test('takes the window of the migration and what SCTP did in it', () => {
  const { downtime, recovery, notes } = cutDowntime(requestOf(summaryOf([OUTAGE])));
  expect(downtime).toMatchObject({ label: 'pause', pauseMs: OUTAGE.pauseMs, longestGapMs: 711.04 });
  expect(recovery).toEqual({ retransmissions: 23, statedMs: 10.2, largestRtoMs: 200 });
  expect(notes).toEqual([]);
});

test('leaves out what disturbed the run before and after, and says so', () => {
  const before = windowAt('2026-11-20T15:48:05.000Z', 2_000);
  const after = windowAt('2026-11-20T15:48:20.000Z', 3_000);
  const { downtime, notes } = cutDowntime(requestOf(summaryOf([before, OUTAGE, after])));
  expect(downtime.windows).toEqual([OUTAGE]);
  expect(downtime.longestGapMs).toBe(711.04);
  expect(downtime.lossDerivedMs).toBeNull();
  expect(notes).toEqual(['2 outages of the run lie outside the migration']);
});

test('prefers the window into which the blackout fell to a longer one of the same migration', () => {
  const longer = windowAt('2026-11-20T15:48:13.500Z', 1_500);
  const summary = summaryOf([OUTAGE, longer]);
  const blackout = {
    fromMs: Date.parse('2026-11-20T15:48:12.400Z'),
    toMs: Date.parse('2026-11-20T15:48:12.900Z'),
  };
  expect(cutDowntime(requestOf(summary, { blackout })).downtime.longestGapMs).toBe(711.04);
  expect(cutDowntime(requestOf(summary)).downtime.longestGapMs).toBe(1_500);
});

test('calls a window that the other node ended a takeover', () => {
  const window: OutageWindow = { ...OUTAGE, causes: ['takeover'] };
  expect(cutDowntime(requestOf(summaryOf([window]))).downtime.label).toBe('takeover');
});

test('recomputes the maxima from the raw rows of the window, of the migrated target only', () => {
  // Run time of the window: 10 301 ms to 11 012 ms.
  const rows = [
    'target,due_ms,offered_ms,ended_ms',
    `${TARGET},9000,9000,9900`, // over before it began
    `${TARGET},10320,10330,11013`,
    `${TARGET},10900,10900,11020`,
    `${TARGET},11100,11100,12900`, // due after its end
    'other:1/1,10320,10320,99999',
  ].join('\n');
  const { downtime } = cutDowntime(
    requestOf(summaryOf([OUTAGE]), { rowsOf: (file) => (file === 'outage-1.csv' ? rows : null) }),
  );
  expect(downtime.maxResponseMs).toBe(693);
  expect(downtime.maxServiceMs).toBe(683);
});

test('without a window the pause is bounded by the threshold and the largest service time', () => {
  const summary = summaryOf([], { longestGapMs: 22, maxServiceMs: 8, outageThresholdMs: 50 });
  const { downtime, recovery } = cutDowntime(requestOf(summary));
  expect(downtime).toMatchObject({ label: 'none', pauseMs: { atLeast: 0, atMost: 58 }, longestGapMs: 22 });
  expect(recovery).toBeNull();
});

test('keeps a pause that never ended open', () => {
  const window: OutageWindow = { ...OUTAGE, endedAt: null, pauseMs: { atLeast: 500, atMost: null } };
  expect(cutDowntime(requestOf(summaryOf([window]))).downtime.pauseMs.atMost).toBeNull();
});

test('refuses a target that the run does not have', () => {
  expect(() => cutDowntime(requestOf(summaryOf([]), { target: '192.0.2.1:1/1' }))).toThrow(/no target/);
});
