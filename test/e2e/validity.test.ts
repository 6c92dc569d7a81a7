import { describe, expect, it } from 'vitest';
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

describe('a generator that is starved', () => {
  it('declares its run invalid for that reason alone, 5, and accounts for every request', {
    timeout: 60_000,
    retry: 1,
  }, async () => {
    const responder = await startResponder();
    const loops = [0, 1].map(() => new Process('taskset', ['-c', '0', process.execPath, '-e', 'for(;;);']));
    try {
      // A share of a core for a rate beyond what a whole one carries.
      const run = new Process('taskset', [
        ...['-c', '0', process.execPath, CLI, 'run', '--target', responder.endpoint, '--carrier', 'udp'],
        ...['--rate', '600000', '--duration', '1s', '--timeout', '5s', '--json', '--out', temporaryFolder()],
      ]);
      const { code, stdout } = await run.ended;
      const summary = summarySchema.parse(JSON.parse(stdout));
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
