import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killAndResume } from '../../bench/soak/kill-round.js';
import {
  busyhour,
  expectPlainWords,
  type Responder,
  Run,
  startResponder,
  temporaryFolder,
} from './support/processes.js';

let responder: Responder;
beforeAll(async () => {
  responder = await startResponder();
});
afterAll(async () => {
  await responder.end();
});

describe('a generator that is killed', () => {
  it('loses at most one interval, and goes on so that every request stands in the result once', async () => {
    const folder = join(temporaryFolder(), 'result');
    const round = await killAndResume({
      start: (args) => busyhour(args).child,
      ...{ endpoint: responder.endpoint, folder, ratePerSecond: 300, seconds: 4, intervalMs: 500 },
      ...{ killAfterMs: 2_300, downMs: 700, arrival: 'constant' },
    });
    expect(round.faults).toEqual([]);
    // Checkpoints come a second apart at most, which is two of these short intervals; a busy machine may add one.
    expect(round.intervalsLost).toBeLessThanOrEqual(3);
    // The page of a resumed run shows all of it, the part of the killed process too.
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    const data = /<script type="application\/json" id="plot-data">(.*)<\/script>/.exec(page)?.[1];
    const { heat } = JSON.parse(data ?? '{}') as { heat: { columns: [from: number, ...unknown[]][] } };
    expect(heat.columns[0]?.[0]).toBe(0);
    expect(heat.columns.at(-1)?.[0]).toBeGreaterThan(3.5 + 0.7);
    const report = await busyhour(['report', folder]).ended;
    expect(report.stdout).toContain('generator was down');
    const again = await busyhour(['resume', folder]).ended;
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('nothing to resume');
    expectPlainWords(again.stderr);
  }, 60_000);
});

describe('a threshold over a window', () => {
  it('runs its hook, ends the run and fails it', async () => {
    const file = join(temporaryFolder(), 'hook');
    const run = new Run([
      ...['--target', responder.endpoint, '--rate', '200', '--duration', '60s', '--interval', '500ms'],
      ...['--fail-if', `over 1s: requests.due > 150 then run printf "%s" "$BUSYHOUR_THRESHOLD" > ${file}`],
      ...['--fail-if', 'over 1s: rate.offered > 100/s then stop'],
      ...['--fail-if', 'over 2s: latency.p99 > 1h'],
    ]);
    const { code, summary, stderr } = await run.result();
    expect([3, 5]).toContain(code);
    expect(summary.run.durationSeconds).toBeLessThan(30);
    expect(summary.run.interrupted).toBe(false);
    expect(summary.notes.join()).toContain("ended early by the threshold 'over 1s: rate.offered > 100/s'");
    expect(summary.thresholds.map(({ failed }) => failed)).toEqual([true, true, false]);
    expect(stderr).toContain('threshold crossed: over 1s: rate.offered > 100/s');
    expect(readFileSync(file, 'utf8')).toBe('over 1s: requests.due > 150');
    const events = readFileSync(join(run.folder, 'events.ndjson'), 'utf8');
    expect(events).toContain('"event":"threshold"');
    expect(events).toContain('"exitCode":0');
    expect(existsSync(join(run.folder, 'checkpoint.json'))).toBe(false);
  }, 60_000);
});
