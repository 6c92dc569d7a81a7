import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measure/summary.js';
import { summarySchema } from '../support/summary-schema.js';
import {
  CLI,
  expectSums,
  expectValid,
  Process,
  perform,
  startResponder,
  temporaryFolder,
} from './support/processes.js';

/** A run on core 0, alone there or beside other programs. */
async function runOnOneCore(
  endpoint: string,
  ratePerSecond: number,
): Promise<{ code: number | null; summary: RunSummary }> {
  const run = new Process('taskset', [
    ...['-c', '0', process.execPath, CLI, 'run', '--target', endpoint, '--carrier', 'udp'],
    ...['--rate', `${ratePerSecond}`, '--duration', '1s', '--timeout', '5s'],
    ...['--json', '--out', temporaryFolder()],
  ]);
  const { code, stdout } = await run.ended;
  return { code, summary: summarySchema.parse(JSON.parse(stdout)) };
}

const LOWEST_RATE = 50_000;

/** The highest rate, by doubling, that a run on a core of its own carries validly; null when not even the lowest. */
async function rateNearTheLimit(endpoint: string): Promise<number | null> {
  let carried: number | null = null;
  for (let ratePerSecond = LOWEST_RATE; ; ratePerSecond *= 2) {
    const { summary } = await runOnOneCore(endpoint, ratePerSecond);
    if (!summary.valid) return carried;
    carried = ratePerSecond;
  }
}

describe('a generator that is starved', () => {
  it('declares a run invalid that it carries validly on a core of its own, for that reason alone, and accounts for every request', {
    timeout: 90_000,
    retry: 1,
  }, async (context) => {
    const responder = await startResponder();
    const loops: Process[] = [];
    try {
      const ratePerSecond = await rateNearTheLimit(responder.endpoint);
      if (ratePerSecond === null)
        return context.skip(`this machine carries less than ${LOWEST_RATE} req/s on a core just now`);
      for (const _ of [0, 1])
        loops.push(new Process('taskset', ['-c', '0', process.execPath, '-e', 'for(;;);']));
      const { code, summary } = await runOnOneCore(responder.endpoint, ratePerSecond);
      expectSums(summary);
      expect(code).toBe(5);
      expect(summary.valid).toBe(false);
      expect(summary.invalidReasons.length).toBeGreaterThan(0);
      for (const reason of summary.invalidReasons) expect(reason).toMatch(/^generator saturated: /);
    } finally {
      for (const loop of loops) loop.child.kill('SIGKILL');
      await responder.end();
    }
  });
});

describe('a healthy run shows no window that nothing explains', () => {
  it.each([
    { ratePerSecond: 100, arrival: 'poisson' },
    { ratePerSecond: 9450, arrival: 'constant' },
  ] as const)(
    '$ratePerSecond req/s, $arrival',
    { timeout: 60_000, retry: 2 },
    async ({ ratePerSecond, arrival }) => {
      const responder = await startResponder();
      const { summary } = await perform([
        ...['--target', responder.endpoint, '--rate', `${ratePerSecond}`, '--arrival', arrival],
        ...['--duration', '5s', '--tick', 'OFF'],
      ]);
      await responder.end();
      expect(summary.requests.succeeded).toBe(summary.requests.due);
      expectValid(summary);
      const unexplained = summary.downtime.windows.filter(({ generatorStallMs }) => generatorStallMs === 0);
      const stolen = (summary.cpu.hostStealPercent ?? 0) > 1;
      expect(stolen ? [] : unexplained).toEqual([]);
    },
  );
});
