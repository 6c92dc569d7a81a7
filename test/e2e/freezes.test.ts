import { describe, expect, it } from 'vitest';
import { type FreezeTimes, judge } from '../../bench/freezes/judge.js';
import type { RunSummary } from '../../src/measure/summary.js';
import { disturbed, expectCode, expectValid, freeze, Run, startResponder } from './support/processes.js';

interface Frozen {
  readonly summary: RunSummary;
  readonly code: number | null;
  readonly times: FreezeTimes;
}

/** A run whose responder is stopped once, 1 s after the schedule began. */
async function frozenRun(pauseMs: number, args: readonly string[]): Promise<Frozen> {
  const responder = await startResponder();
  const run = new Run(['--target', responder.endpoint, '--tick', 'OFF', ...args]);
  await run.reach(1000);
  const times = await freeze(responder.pid, pauseMs);
  const { code, summary } = await run.result();
  await responder.end();
  return { summary, code, times };
}

const TOO_BUSY =
  'this machine held the generator up for more than 100 ms: its figures say little of the target';
/** A busy machine makes slow answers normal, and the default threshold grows with them. */
const THRESHOLD = ['--outage-threshold', '60ms'];

describe.each([
  { ratePerSecond: 100, pauseMs: 700, arrival: 'poisson' },
  { ratePerSecond: 1500, pauseMs: 280, arrival: 'constant' },
  { ratePerSecond: 9450, pauseMs: 700, arrival: 'poisson' },
] as const)('a freeze of $pauseMs ms at $ratePerSecond req/s, $arrival', (cell) => {
  it('is one window whose bounds hold the truth, nothing is lost, and the run stays valid', {
    retry: 2,
  }, async (context) => {
    const durationMs = 1000 + cell.pauseMs + 1000;
    const { summary, code, times } = await frozenRun(cell.pauseMs, [
      ...['--rate', `${cell.ratePerSecond}`, '--arrival', cell.arrival, '--duration', `${durationMs}ms`],
      ...THRESHOLD,
    ]);
    const judged = judge(cell, times, summary);
    const told = JSON.stringify(judged);
    expect(judged.windows, told).toBeGreaterThan(0);
    // One that a stalled machine cuts in two is no longer the whole of the pause.
    expect(judged.windows > 1 || judged.within, told).toBe(true);
    if (disturbed(summary)) context.skip(TOO_BUSY);
    expect(judged.windows, told).toBe(1);
    expect(summary.downtime.pauseMs.atLeast).toBeGreaterThan(0.5 * cell.pauseMs);
    expect(summary.downtime.maxResponseCensored).toBe(false);
    expect(summary.requests.succeeded).toBe(summary.requests.due);
    expectValid(summary);
    expectCode(code, summary, 0);
  });
});

describe('a freeze longer than the time-out', () => {
  it('declares its maxima censored, and no figure reads as if the time-out were the pause', {
    retry: 2,
  }, async (context) => {
    const { summary, code, times } = await frozenRun(2000, [
      ...THRESHOLD,
      ...['--rate', '1500', '--duration', '4s', '--timeout', '500ms'],
      ...['--fail-if', 'downtime.maxResponse>10s'],
    ]);
    const { downtime, requests } = summary;
    expect(downtime.maxResponseCensored).toBe(true);
    expect(downtime.byTarget[0]?.maxResponseCensored).toBe(true);
    const judged = judge({ ratePerSecond: 1500, pauseMs: 2000, arrival: 'constant' }, times, summary);
    expect(judged.windows > 1 || judged.within, JSON.stringify(judged)).toBe(true);
    if (disturbed(summary)) context.skip(TOO_BUSY);
    expect(downtime.longestGapMs).toBeGreaterThan(1700);
    expect(requests.timedOut + requests.unsent).toBeGreaterThan(0.9 * 1500 * 1.5);
    expect(downtime.lossDerivedMs).toBeGreaterThan(1300);
    expect(downtime.lossDerivedMs).toBeLessThan(1800);
    expect(downtime.windows[0]?.lost).toBe(requests.timedOut + requests.unsent);
    expect(summary.latencyAllMs.max).toBeGreaterThanOrEqual(500);
    expect(summary.latencyAllMs.count).toBe(requests.due);
    expectValid(summary);
    expectCode(code, summary, 0);
  });
});

describe('a target that does not come back', () => {
  it.each(['SIGSTOP', 'SIGKILL'] as const)(
    'after %s: the window stays open, exit code 4, and the run is not called invalid',
    { retry: 2 },
    async (signal) => {
      const responder = await startResponder();
      const run = new Run([
        ...['--target', responder.endpoint, '--rate', '200', '--duration', '2s', '--timeout', '600ms'],
        ...THRESHOLD,
      ]);
      await run.reach(1000);
      process.kill(responder.pid, signal);
      const { code, summary } = await run.result();
      const window = summary.downtime.windows.at(-1);
      expect(window?.endedAt).toBeNull();
      expect(window?.pauseMs.atMost).toBeNull();
      expect(summary.downtime.pauseMs.atMost).toBeNull();
      expect(summary.downtime.pauseMs.atLeast).toBeGreaterThan(400);
      expect(summary.requests.succeeded).toBeLessThan(summary.requests.due);
      expectValid(summary);
      expect(code).toBe(4);
      responder.process.child.kill('SIGKILL');
    },
  );
});
