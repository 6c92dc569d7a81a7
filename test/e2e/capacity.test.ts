import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CapacityReport } from '../../src/measure/capacity-result.js';
import { busyhour, expectPlainWords, startResponder, temporaryFolder } from './support/processes.js';

const SHORT = ['--step-duration', '700ms', '--objective', 'p99<60ms,failed=0', '--precision', '3'];

describe('capacity', () => {
  it('finds the planted limit of a responder and calls it the target\u2019s', {
    retry: 2,
    timeout: 90_000,
  }, async () => {
    // Two requests at a time, 2 ms each: 1 000 a second and not one more.
    const responder = await startResponder(['--service-time', 'fixed:2ms', '--service-servers', '2']);
    const folder = join(temporaryFolder(), 'capacity');
    const common = ['capacity', '--target', responder.endpoint, '--carrier', 'udp', '--out', folder];
    const search = busyhour([
      ...common,
      ...SHORT,
      '--start',
      '700',
      '--growth',
      '1.5',
      '--confirm',
      '1',
      '--json',
    ]);
    const { code, stdout, stderr } = await search.ended;
    expectPlainWords(stderr);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as CapacityReport;
    expect(Math.abs(report.capacityPerSecond - 1_000)).toBeLessThanOrEqual(50);
    expect(report.limitedBy).toBe('target');
    expect(report.contradictionsPerSecond).toEqual([]);
    for (const step of report.steps) {
      expect(step.feasible).toBe(step.blame === null);
      expect(existsSync(join(folder, step.result, 'summary.json'))).toBe(true);
    }
    expect(readFileSync(join(folder, 'capacity.json'), 'utf8')).toBe(stdout);
    const again = await busyhour([...common, ...SHORT, '--start', '700']).ended;
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('--resume');
    // Everything was decided already: the resumed search repeats nothing and says the same.
    const resumed = await busyhour([
      ...[...common, ...SHORT, '--start', '700', '--growth', '1.5', '--confirm', '1', '--json', '--resume'],
    ]).ended;
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      capacityPerSecond: report.capacityPerSecond,
      steps: report.steps,
    });
    await responder.end();
  });

  it('says what is wrong with its flags', async () => {
    const fault = async (...args: string[]) =>
      (await busyhour(['capacity', '--target', '127.0.0.1:2905/9899', ...args]).ended).stderr;
    expect(await fault('--objective', 'p99<20')).toContain("--objective: 'p99<20': a time needs a unit");
    expect(await fault('--start', '0')).toContain('--start: a rate must be above 0');
    expect(await fault('--step-duration', '100ms')).toContain('--step-duration');
    expect(await fault('--timeout', '60s', '--step-duration', '2s')).toContain(
      'needs 10.0 s to show a trend',
    );
    expect(await fault('--resume')).toContain('--out DIR');
  });
});
