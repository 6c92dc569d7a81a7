/** `busyhour migrate` end to end, against the compiled tree: a real responder, paused by the calibration driver. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MigrationReport } from '../../src/migration/orchestrate-report.js';
import { migrationSchema } from './migration-schema.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const PAUSE_MS = 300;
/** Stamps of two processes and of the run. */
const SLACK_MS = 20;

let folder = '';
let responder: ChildProcess;
let listening: { readonly pid: number; readonly endpoint: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-migrate-'));
  const args = ['respond', '--listen', '127.0.0.1:2905/0', '--carrier', 'udp', '--json'];
  responder = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: responder.stdout! })) {
    const event = JSON.parse(line) as { event: string; pid: number; endpoint: string };
    if (event.event !== 'listening') continue;
    listening = event;
    break;
  }
  responder.stdout!.resume();
});

afterAll(async () => {
  const ended = new Promise((resolve) => responder.once('exit', resolve));
  responder.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

function profile(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const pauseProfile = (more: readonly string[] = []): readonly string[] => [
  'run:',
  `  target: ${listening.endpoint}`,
  '  carrier: udp',
  '  rate: 200',
  '  timeout: 10s',
  '  outageThreshold: 50ms',
  'driver: pause',
  `forth: { vm: ${listening.pid}, options: { durationMs: ${PAUSE_MS} } }`,
  'warmup: 2s',
  'settle: 1s',
  'timeout: 5s',
  ...more,
];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const migrate = (...args: readonly string[]): Promise<Ended> => busyhour('migrate', ...args);

function busyhour(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, stdout, stderr })));
}

describe('a series with the calibration driver', () => {
  test('measures each pause, goes on where it stopped, and leaves its results', async () => {
    const file = profile('pause.yaml', pauseProfile());
    const out = join(folder, 'out');
    const first = await migrate(file, '--repeat', '1', '--out', out, '--json');
    // A stalled host can make a run invalid (5); what was measured is there all the same.
    expect([0, 5], first.stderr).toContain(first.code);
    const before = JSON.parse(first.stdout) as MigrationReport;
    expect(before.migrations).toHaveLength(1);

    const second = await migrate(file, '--repeat', '2', '--out', out, '--json');
    expect([0, 5], second.stderr).toContain(second.code);
    const report = JSON.parse(second.stdout) as MigrationReport;
    expect(report).toEqual(JSON.parse(readFileSync(join(out, 'migration.json'), 'utf8')));
    expect(migrationSchema.safeParse(report).error).toBeUndefined();
    expect(report.migrations[0]).toEqual(before.migrations[0]);
    expect(report.migrations.map((one) => one.index)).toEqual([1, 2]);
    for (const one of report.migrations) {
      expect(one).toMatchObject({ driver: 'pause', direction: 'forth', result: 'completed', reason: null });
      // A busy host stops a process late, and the driver knows only when it asked and when it saw it.
      const { stoppedMs, stoppedErrorMs } = one.truth;
      const surely = stoppedMs! - stoppedErrorMs!;
      const possibly = stoppedMs! + stoppedErrorMs!;
      expect(surely).toBeGreaterThanOrEqual(PAUSE_MS - 1);
      expect(one.downtime.label).toBe('pause');
      expect(one.downtime.pauseMs.atLeast).toBeLessThanOrEqual(possibly + SLACK_MS);
      expect(one.downtime.pauseMs.atMost).toBeGreaterThanOrEqual(surely - SLACK_MS);
      // The generator may have been stalled itself when the pause began, and offered its first request late.
      expect(one.downtime.maxServiceMs).toBeGreaterThan(PAUSE_MS / 2);
      // A generator that was held up may have left requests unsent, and then says that its run is invalid.
      if (one.valid) expect(one.requests.due).toBe(one.requests.succeeded);
      expect(existsSync(join(out, one.run, 'summary.json'))).toBe(true);
      const { run } = JSON.parse(readFileSync(join(out, one.run, 'summary.json'), 'utf8'));
      // It ended when the migration had been seen, long before the schedule's end: as planned, not interrupted.
      expect(run.interrupted).toBe(false);
      expect(run.durationSeconds).toBeLessThan(15);
    }
    const { all, first: ofFirst, later } = report.statistics;
    expect([all.stoppedMs.count, ofFirst.stoppedMs.count, later.stoppedMs.count]).toEqual([2, 1, 1]);
  });

  test('keeps the traffic result of a migration that fails, and says why', async () => {
    const lines = pauseProfile().map((line) =>
      line.startsWith('driver')
        ? 'driver: command'
        : line.startsWith('forth')
          ? 'forth: { vm: x, destination: y, options: { run: "echo no room; exit 7" } }'
          : line,
    );
    const out = join(folder, 'failed');
    const { code, stdout, stderr } = await migrate(
      profile('fails.yaml', lines),
      '--repeat',
      '1',
      '--out',
      out,
      '--json',
    );
    expect([3, 5], stderr).toContain(code);
    const [one] = (JSON.parse(stdout) as MigrationReport).migrations;
    expect(one).toMatchObject({ result: 'failed', truth: { stoppedMs: null } });
    expect(one!.reason).toMatch(/no room|7/);
    expect(one!.requests.succeeded).toBeGreaterThan(100);
  });
});

/** The profile with a command in the place of the pause. */
const commandProfile = (run: string, more: readonly string[] = []): readonly string[] =>
  pauseProfile(more).map((line) => {
    if (line.startsWith('driver')) return 'driver: command';
    if (line.startsWith('forth'))
      return `forth: { vm: x, destination: y, options: { run: ${JSON.stringify(run)} } }`;
    if (line.startsWith('warmup')) return 'warmup: 500ms';
    return line.startsWith('timeout') ? 'timeout: 1s' : line;
  });

describe('a migration that does not end well', () => {
  test.each([
    ['hangs', 'sleep 60', 'notConverged', /not converged within 1 s/],
    ['is not installed', 'no-such-mover x', 'failed', /no-such-mover.*not found/],
    ['loses its connection', 'echo Broken pipe >&2; exit 255', 'failed', /255.*Broken pipe/],
  ])('%s: it is named, and the traffic result is kept', async (name, run, result, reason) => {
    const out = join(folder, name.replaceAll(' ', '-'));
    const ended = await migrate(
      profile('ends.yaml', commandProfile(run)),
      '--repeat',
      '1',
      '--out',
      out,
      '--json',
    );
    expect([3, 5], ended.stderr).toContain(ended.code);
    const [one] = (JSON.parse(ended.stdout) as MigrationReport).migrations;
    expect(one).toMatchObject({ result });
    expect(one!.reason).toMatch(reason);
    expect(one!.requests.succeeded).toBeGreaterThan(20);
    expect(existsSync(join(out, one!.run, 'summary.json'))).toBe(true);
  });
});

describe('a sweep', () => {
  test('measures every case beside other load, and prints as the papers print', async () => {
    const more = [
      'sweep: { rate: [100, 200], reachability: [OFF, tcp:1] }',
      `beside: [{ name: other, run: { target: ${listening.endpoint}, carrier: udp, rate: 50, timeout: 5s } }]`,
      'counters: [local/lo]',
    ];
    const lines = pauseProfile(more).map((line) => (line.startsWith('warmup') ? 'warmup: 1s' : line));
    const out = join(folder, 'sweep');
    const swept = await migrate(profile('sweep.yaml', lines), '--repeat', '1', '--out', out, '--json');
    expect([0, 5], swept.stderr).toContain(swept.code);
    const cases = JSON.parse(swept.stdout) as (MigrationReport & { readonly case: string })[];
    expect(cases.map((one) => one.case)).toEqual([
      'rate-100_probe-off',
      'rate-100_probe-tcp-1-10ms',
      'rate-200_probe-off',
      'rate-200_probe-tcp-1-10ms',
    ]);
    for (const { migrations, settings } of cases) {
      const [one] = migrations;
      expect(one).toMatchObject({ result: 'completed', counters: [{ place: 'local/lo', fault: null }] });
      // At least the 100 requests a second, each of more than 100 octets, for as long as the migration took.
      expect(one!.counters[0]!.sentBytes).toBeGreaterThan(100 * 100 * (one!.totalMs / 1_000));
      expect(one!.beside).toMatchObject([{ name: 'other', fault: null }]);
      expect(one!.beside[0]!.succeeded).toBeGreaterThan(50);
      expect(one!.truth.probeSpacingMs === null).toBe(settings.reachability === undefined);
    }
    const papers = await busyhour('report', out, '--format', 'papers');
    expect(papers.code, papers.stderr).toBe(0);
    expect(papers.stdout).toMatch(/^ *KVM \(published\) +650-700 +120-180 +8 +3$/m);
    expect(papers.stdout).toMatch(/^ *KVM-FV \(published\).*did not finish/m);
    expect(papers.stdout).toMatch(/this result: pause, rate-200_probe-tcp-1-10ms +\d+/);
  }, 120_000);
});

describe.concurrent('a profile that does not hold', () => {
  test('names the place and the nearest key', async () => {
    const { code, stderr } = await migrate(profile('typo.yaml', pauseProfile(['warmpu: 3s'])));
    expect(code).toBe(2);
    expect(stderr).toMatch(/typo\.yaml:12: warmpu: unknown key; did you mean warmup\?/);
  });

  test('is refused when the cluster would take the pause for a death, unless that is allowed', async () => {
    const file = profile('dead.yaml', pauseProfile(['deadAfter: 1s', 'repeat: 0']));
    const { code, stderr } = await migrate(file, '--repeat', '1');
    expect(code).toBe(2);
    expect(stderr).toMatch(/deadAfter.*expectedPause.*--allow-failover/);
  });

  test('names a fault of the run profile in it', async () => {
    const lines = pauseProfile().map((line) => (line.includes('rate:') ? '  rate: many' : line));
    const { code, stderr } = await migrate(profile('rate.yaml', lines));
    expect(code).toBe(2);
    expect(stderr).toMatch(/rate\.yaml, run.*rate/);
  });

  test('names a folder that cannot be made', async () => {
    const inTheWay = profile('way.yaml', pauseProfile());
    const { code, stderr } = await migrate(inTheWay, '--out', join(inTheWay, 'below'));
    expect([code, /^busyhour: --out .*way\.yaml\/below: .*ENOTDIR/.test(stderr)]).toEqual([2, true]);
  });

  test('names a driver that is not there, and a process', async () => {
    const other = await migrate(profile('driver.yaml', pauseProfile()), '--driver', 'teleport');
    expect([other.code, /driver.*one of.*pause/.test(other.stderr)]).toEqual([2, true]);
    const lines = pauseProfile().map((line) =>
      line.startsWith('forth') ? 'forth: { vm: 4194304, options: { durationMs: 5 } }' : line,
    );
    const gone = await migrate(profile('gone.yaml', lines), '--repeat', '1', '--out', join(folder, 'gone'));
    expect([gone.code, /4194304/.test(gone.stderr)]).toEqual([2, true]);
  });
});
