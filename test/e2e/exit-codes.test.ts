import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measure/summary.js';
import { summarySchema } from '../support/summary-schema.js';
import {
  busyhour,
  CLI,
  expectCode,
  expectPlainWords,
  expectSums,
  Process,
  perform,
  type Responder,
  Run,
  sleep,
  startResponder,
  temporaryFolder,
  waitFor,
} from './support/processes.js';

let responder: Responder;

beforeAll(async () => {
  responder = await startResponder();
});

afterAll(async () => {
  await responder.end();
});

async function refused(args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await busyhour(args).ended;
  expect(stdout).toBe('');
  expectPlainWords(stderr);
  return { code, stderr };
}

describe.concurrent('bad usage ends with 2 and says what to change', () => {
  it('names everything that is missing', async ({ expect }) => {
    const { code, stderr } = await refused(['run']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/target: is missing/);
    expect(stderr).toMatch(/rate: is missing/);
    expect(stderr).toMatch(/duration: is missing/);
  });

  it('lists every fault of a profile with file, line, key and the nearest known key', async ({ expect }) => {
    const file = join(temporaryFolder(), 'bad.yaml');
    writeFileSync(
      file,
      [
        'targett: 127.0.0.1:2905/9899',
        'rate: 100x',
        'target: 127.0.0.1:2905/9899',
        'duration: 10',
        'sctp:',
        '  rtoo: 3',
        '',
      ].join('\n'),
    );
    const { code, stderr } = await refused(['run', file]);
    expect(code).toBe(2);
    const faults = stderr.trimEnd().split('\n');
    expect(faults).toHaveLength(4);
    expect(faults[0]).toBe(`${file}:1: targett: unknown key; did you mean target?`);
    expect(faults[1]).toContain(`${file}:2: rate: `);
    expect(faults[2]).toContain(`${file}:4: duration: `);
    expect(faults[3]).toBe(`${file}:6: sctp.rtoo: unknown key; did you mean rto?`);
  });

  it.for([
    { args: ['rum'], words: /unknown command 'rum'[\s\S]*run/ },
    { args: ['run', '--rte', '5'], words: /unknown option '--rte'[\s\S]*--rate/ },
    { args: ['run', 'no-such.yaml'], words: /no-such\.yaml: no such file/ },
    { args: ['decode', '01 0g'], words: /'g' is no hexadecimal digit/ },
    { args: ['respond'], words: /listen: is missing/ },
  ])('$args', async ({ args, words }, { expect }) => {
    const { code, stderr } = await refused(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });

  it('names the metrics near an unknown one, for every threshold, before any traffic', async ({ expect }) => {
    const { code, stderr } = await refused([
      ...['run', '--target', '127.0.0.1:2905/1', '--rate', '5', '--duration', '1s'],
      ...['--fail-if', 'latency.p98>3ms', '--fail-if', 'requests.timedOut>3ms'],
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown metric 'latency\.p98'.*latency\.p99/);
    expect(stderr).toMatch(/'ms' does not fit requests\.timedOut/);
  });
});

describe.concurrent('what this host refuses ends with 1', () => {
  it('a port in use, by another responder', async ({ expect }) => {
    const { code, stderr } = await refused(['respond', '--carrier', 'udp', '--listen', responder.endpoint]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Address already in use.*choose another port/);
  });

  it('an address that is not of this host', async ({ expect }) => {
    const { code, stderr } = await refused([
      ...['respond', '--carrier', 'udp', '--listen', '192.0.2.1:2905/0'],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('192.0.2.1');
  });

  it('a result folder that cannot be made, told before any traffic', async ({ expect }) => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, stderr } = await refused([
      ...['run', '--target', responder.endpoint, '--rate', '5', '--duration', '1s'],
      ...['--out', join(file, 'result')],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/a file is in the way; choose another with --out/);
  });
});

describe.concurrent('a target that cannot be reached ends with 4', () => {
  it('when nothing listens there', async ({ expect }) => {
    const { code, stderr } = await refused([
      ...['run', '--target', '127.0.0.1:2905/1', '--rate', '5', '--duration', '1s'],
      ...['--connect-timeout', '500ms', '--carrier', 'udp'],
    ]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/127\.0\.0\.1:2905\/1 did not answer within 0\.5 s.*--connect-timeout/);
  });

  it('when its name has no address', async ({ expect }) => {
    const { code, stderr } = await refused([
      ...['run', '--target', 'no-such-host.invalid:2905/1', '--rate', '5', '--duration', '1s'],
    ]);
    expect(code).toBe(4);
    expect(stderr).toContain('no-such-host.invalid has no address');
  });

  it('when its SCTP port is another one', async ({ expect }) => {
    const { code, stderr } = await refused([
      ...['run', '--target', responder.endpoint.replace(':2905', ':2906'), '--rate', '5', '--duration', '1s'],
      ...['--connect-timeout', '3s', '--carrier', 'udp'],
    ]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/aborted the association; check the SCTP port|no SCTP association with/);
  });
});

describe('thresholds', () => {
  it('end with 3 when one is true, and a metric without samples fails', async () => {
    const { code, summary } = await perform([
      ...['--target', responder.endpoint, '--rate', '100', '--duration', '300ms'],
      ...['--fail-if', 'requests.succeeded>10', '--fail-if', 'releaseTime.p99>1h'],
      ...['--fail-if', 'requests.failed>0'],
    ]);
    expectCode(code, summary, 3);
    expect(summary.thresholds).toEqual([
      { expression: 'requests.succeeded>10', value: summary.requests.succeeded, failed: true },
      { expression: 'releaseTime.p99>1h', value: null, failed: true },
      { expression: 'requests.failed>0', value: 0, failed: false },
    ]);
  });

  it('stand behind a target that was lost: 4', async () => {
    const mortal = await startResponder();
    const run = new Run([
      ...['--target', mortal.endpoint, '--rate', '100', '--duration', '1s', '--timeout', '300ms'],
      ...['--fail-if', 'requests.succeeded>1'],
    ]);
    await run.reach(500);
    process.kill(mortal.pid, 'SIGKILL');
    const { code, summary } = await run.result();
    expect(summary.thresholds[0]?.failed).toBe(true);
    expect(code).toBe(4);
  });
});

describe.concurrent('a signal in mid-run', () => {
  const args = (): string[] => ['--target', responder.endpoint, '--rate', '200', '--duration', '60s'];

  it.for(['SIGINT', 'SIGTERM'] as const)(
    '%s: 130, everything due until then accounted for and written; a second one at once changes nothing',
    async (signal, { expect }) => {
      const run = new Run([...args(), '--fail-if', 'requests.due>1']);
      await run.reach(700);
      run.process.child.kill(signal);
      await sleep(20);
      run.process.child.kill(signal);
      const { code, stdout, stderr, summary } = await run.result();
      expect(code).toBe(130);
      expectPlainWords(stderr);
      expect(summary.run.interrupted).toBe(true);
      expect(summary.thresholds[0]?.failed).toBe(true);
      expect(summary.run.durationSeconds).toBeLessThan(10);
      expect(summary.requests.due).toBeGreaterThan(100);
      expect(summary.requests.due / summary.run.durationSeconds).toBeGreaterThan(180);
      expect(summary.requests.succeeded).toBe(summary.requests.due);
      expect(readFileSync(join(run.folder, 'summary.json'), 'utf8')).toBe(stdout);
    },
  );

  it('to the whole process group, through npm', async ({ expect }) => {
    const folder = temporaryFolder();
    const result = join(folder, 'result');
    const command = [process.execPath, CLI, 'run', ...args(), '--out', result].join(' ');
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { x: `exec ${command}` } }));
    const npm = new Process('npm', ['run', '-s', 'x'], { cwd: folder, detached: true });
    const events = join(result, 'events.ndjson');
    await waitFor(
      'the run starts',
      () => existsSync(events) && readFileSync(events, 'utf8').includes('"started"'),
    );
    await sleep(300);
    process.kill(-npm.pid, 'SIGINT');
    const { stderr } = await npm.ended;
    expectPlainWords(stderr);
    const summary: RunSummary = summarySchema.parse(
      JSON.parse(readFileSync(join(result, 'summary.json'), 'utf8')),
    );
    expectSums(summary);
    expect(summary.run.interrupted).toBe(true);
    expect(summary.requests.succeeded).toBeGreaterThan(20);
  });

  it('before the first request: 130, in words', async ({ expect }) => {
    const run = new Run(['--target', '127.0.0.1:2905/1', '--rate', '5', '--duration', '1s']);
    await waitFor('the result folder is there', () => existsSync(join(run.folder, 'events.ndjson')));
    run.process.child.kill('SIGINT');
    const { code, stderr } = await run.process.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/interrupted before the first request was due/);
    expectPlainWords(stderr);
  });
});

it('an interrupt between the last association and the first request ends the run', async () => {
  const [perform, loadRun] = ['cli/perform.js', 'runtime/load-run.js'].map((name) =>
    JSON.stringify(join(dirname(CLI), '..', name)),
  );
  const flags = { target: responder.endpoint, rate: '100', duration: '20s', carrier: 'udp', workers: '4' };
  const script = `
    const { performAndReport } = await import(${perform});
    const { loadRun } = await import(${loadRun});
    const { stdout, stderr, env } = process;
    const interrupt = new AbortController();
    const { exitCode } = await performAndReport({ stdout, stderr, env, cwd: process.cwd() }, {
      config: loadRun({ flags: ${JSON.stringify(flags)}, seedDefault: 1 }),
      interrupt: interrupt.signal,
      json: true,
      onStart: () => interrupt.abort(),
    });
    process.exit(exitCode);`;
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'interrupt.mjs'), script);
  // On one CPU most workers have not read `start` yet when the interrupt is acted upon.
  const run = new Process('taskset', ['-c', '0', process.execPath, 'interrupt.mjs'], { cwd });
  const killer = setTimeout(() => run.child.kill('SIGKILL'), 10_000);
  const { code, stdout } = await run.ended;
  clearTimeout(killer);
  expect(code).toBe(130);
  expect(summarySchema.parse(JSON.parse(stdout)).requests.due).toBeLessThan(100);
});
