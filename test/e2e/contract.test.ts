import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measure/summary.js';
import {
  busyhour,
  type Ended,
  expectCode,
  expectPlainWords,
  Process,
  type Responder,
  Run,
  sleep,
  startResponder,
  waitFor,
} from './support/processes.js';

const LAUNCHER = fileURLToPath(new URL('../../busyhour', import.meta.url));

let responder: Responder;
let run: Run;
let ended: Ended & { readonly summary: RunSummary };

beforeAll(async () => {
  responder = await startResponder(['--interval', '500ms']);
  run = new Run([
    ...['--target', responder.endpoint, '--rate', '300', '--duration', '2s', '--interval', '1s'],
    // A busy machine holds a process for tens of milliseconds now and then; that is another test's business.
    ...['--outage-threshold', '1s'],
    ...['--seed', '7', '--fail-if', 'latency.p99>10s', '--fail-if', 'requests.timedOut>0'],
  ]);
  ended = await run.result();
});

afterAll(async () => {
  await responder.end();
});

function file(name: string): string {
  return readFileSync(join(run.folder, name), 'utf8');
}

describe('the result of a run', () => {
  it('says on stdout exactly what stands in summary.json', () => {
    expectCode(ended.code, ended.summary, 0);
    expect(ended.stdout).toBe(file('summary.json'));
  });

  it('counts every request and says how the run was made', () => {
    const { summary } = ended;
    expect(summary.requests).toMatchObject({ due: 600, sent: 600, succeeded: 600, unknown: 0, late: 0 });
    expect(summary.run).toMatchObject({ scenario: 'probe', seed: 7, carrier: 'udp', workers: 1 });
    expect(summary.run.durationSeconds).toBe(2);
    expect(summary.ratePerSecond.offered).toBeCloseTo(300, 6);
    expect(summary.latencyMs.count).toBe(600);
    expect(summary.serviceTimeMs.count).toBe(600);
    expect(summary.releaseTimeMs).toBeNull();
    expect(summary.transport.associations).toHaveLength(1);
    expect(summary.transport.associations[0]).toMatchObject({
      endpoint: responder.endpoint,
      state: 'established',
    });
  });

  it('shows no outage where there was none', () => {
    const { downtime } = ended.summary;
    expect(downtime.windows).toEqual([]);
    expect(downtime.pauseMs).toEqual({ atLeast: 0, atMost: 0 });
    expect(downtime.byTarget.map(({ target }) => target)).toEqual([responder.endpoint]);
    expect(downtime.longestGapMs).toBeGreaterThan(0);
  });

  it('keeps latency at least as long as service time, and both between their extremes', () => {
    for (const times of [ended.summary.latencyMs, ended.summary.serviceTimeMs]) {
      const sorted = [times.min, times.p50, times.p90, times.p99, times.p999, times.p9999, times.max];
      expect(sorted).toEqual([...sorted].sort((a, b) => (a ?? 0) - (b ?? 0)));
    }
    expect(ended.summary.latencyMs.mean).toBeGreaterThanOrEqual(ended.summary.serviceTimeMs.mean ?? 0);
  });

  it('evaluates thresholds in the units of their expressions', () => {
    expect(ended.summary.thresholds).toEqual([
      {
        expression: 'latency.p99>10s',
        value: ended.summary.latencyAllMs.p99,
        failed: false,
      },
      { expression: 'requests.timedOut>0', value: 0, failed: false },
    ]);
  });

  it('leaves the files of the contract behind and nothing else', () => {
    expect(readdirSync(run.folder).sort()).toEqual([
      'events.ndjson',
      'intervals.csv',
      'latency.hlog',
      'report.html',
      'summary.json',
    ]);
  });

  it('writes intervals that add up to the summary', () => {
    const [head = '', ...lines] = file('intervals.csv').trimEnd().split('\n');
    const columns = head.split(',');
    const rows = lines.map((line) => line.split(','));
    const all = rows.filter((row) => row[columns.indexOf('target')] === 'all');
    const sum = (name: string): number =>
      all.reduce((total, row) => total + Number(row[columns.indexOf(name)]), 0);
    expect(all).toHaveLength(2);
    expect(sum('due')).toBe(600);
    expect(sum('succeeded')).toBe(600);
    expect(sum('latency_count')).toBe(600);
  });

  it('writes a histogram log that the library of HdrHistogram reads back to the same figures', () => {
    const lines = file('latency.hlog').trimEnd().split('\n');
    expect(lines[0]).toMatch(/^#/);
    const decoded = lines
      .filter((line) => line.startsWith('Tag='))
      .map((line) => decodeFromCompressedBase64(line.split(',')[4] ?? ''));
    expect(decoded.reduce((count, each) => count + each.totalCount, 0)).toBe(600);
    const maxMs = Math.max(...decoded.map((each) => each.maxValue)) / 1e6;
    const expected = ended.summary.latencyMs.max ?? 0;
    expect(Math.abs(maxMs - expected)).toBeLessThan(0.01 * expected);
  });

  it('writes every event as one JSON object with a time', () => {
    const events = file('events.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; at: string });
    for (const { at } of events) expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const names = events.map(({ event }) => event);
    expect(names.filter((name) => name === 'interval')).toHaveLength(2);
    expect(names).toContain('started');
    expect(names.at(-1)).toBe('ended');
  });

  it('writes a report that needs nothing from elsewhere', () => {
    const html = file('report.html');
    expect(html).toContain('<!doctype html>');
    expect(html).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//i);
    expect(html).not.toMatch(/<link|@import|<script[^>]+src|fetch\(|XMLHttpRequest/i);
    expect(html).toContain(responder.endpoint);
  });

  it('keeps an earlier result of the same folder', async () => {
    const again = busyhour([
      ...['run', '--target', responder.endpoint, '--rate', '50', '--duration', '200ms'],
      ...['--out', run.folder, '--json'],
    ]);
    expect([0, 5]).toContain((await again.ended).code);
    expect(readFileSync(join(run.folder, 'previous-1', 'summary.json'), 'utf8')).toBe(ended.stdout);
  });
});

describe('the responder', () => {
  it('says first where it listens and who serves', () => {
    const [first] = responder.lines;
    expect(first).toMatchObject({ event: 'listening', pid: responder.process.pid, carrier: 'udp' });
    expect(first?.endpoint).toMatch(/^127\.0\.0\.1:2905\/\d+$/);
  });

  it('tells every interval, without times while idle', async () => {
    const idle = await startResponder(['--interval', '100ms']);
    await waitFor('three intervals', () => idle.lines.filter(({ event }) => event === 'interval').length > 2);
    const interval = idle.lines.find(({ event }) => event === 'interval');
    expect(interval).toMatchObject({ succeeded: 0, failed: 0, responseAvgMs: null, responseMaxMs: null });
    expect((await idle.end()).code).toBe(0);
  });

  it("prints the application's table, with - while idle, and ends at SIGTERM with 0", async () => {
    const table = busyhour([
      ...['respond', '--listen', '127.0.0.1:2905/0', '--carrier', 'udp', '--interval', '200ms'],
    ]);
    await waitFor('two rows', () => table.stdout.split('\n').length > 3);
    table.child.kill('SIGTERM');
    const { code, stdout, stderr } = await table.ended;
    expect(code).toBe(0);
    const [head = '', row = ''] = stdout.split('\n');
    expect(head.trim().split(/ {2,}/)).toEqual([
      ...['Time', 'Succ', 'Fail', 'Retransmission detected', 'Duplicate answered', 'Throughput (/s)'],
      ...['Response avg', 'min', 'max (ms)'],
    ]);
    expect(row.trim().split(/ +/).slice(1)).toEqual(['0', '0', '0', '0', '0.0', '-', '-', '-']);
    expect(stderr).toMatch(/listening on 127\.0\.0\.1:2905\/\d+ .*pid \d+/);
    expectPlainWords(stderr);
  });

  it('counts what the generator counted', async () => {
    const own = await startResponder(['--interval', '300ms']);
    const { summary } = await new Run([
      ...['--target', own.endpoint, '--rate', '500', '--duration', '1s', '--arrival', 'poisson'],
    ]).result();
    const { counted, code } = await own.end();
    expect(code).toBe(0);
    expect(counted).toEqual({
      succeeded: summary.requests.due,
      failed: 0,
      retransmissionDetected: 0,
      duplicateAnswered: 0,
    });
  });
});

describe('the launcher', () => {
  it('becomes the command line: same pid, its stdout, its exit code, its signals', {
    timeout: 120_000,
  }, async () => {
    const started = new Process(LAUNCHER, ['respond', '--json', '--listen', '127.0.0.1:2905/0']);
    // It may have to set up first.
    await waitFor('it listens', () => started.over || started.stdout.includes('\n'), 100);
    expect(started.over, started.stderr).toBe(false);
    const first = JSON.parse(started.stdout.split('\n')[0] ?? '') as { event: string; pid: number };
    expect(first).toMatchObject({ event: 'listening', pid: started.pid });
    await sleep(50);
    started.child.kill('SIGTERM');
    expect(await started.ended).toMatchObject({ code: 0, signal: null });
  });
});
