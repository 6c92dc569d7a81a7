import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { summarySchema } from '../support/summary-schema.js';
import {
  busyhour,
  CLI,
  expectPlainWords,
  expectSums,
  startResponder,
  temporaryFolder,
} from './support/processes.js';

const root = process.getuid?.() === 0;
const folder = temporaryFolder();
const mounted: string[] = [];

function mount(name: string, options: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  if (status !== 0) throw new Error(`mount failed: ${stderr}`);
  mounted.push(path);
  return path;
}

beforeAll(() => {
  if (!root) process.stderr.write('full-disk.test.ts is skipped: mounting a small tmpfs needs root\n');
});

afterAll(() => {
  for (const path of mounted) spawnSync('umount', [path]);
});

it.skipIf(!existsSync('/dev/full'))('a full disk behind > is said in a sentence, exit code 1', () => {
  const command = `"${process.execPath}" "${CLI}" --help > /dev/full`;
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(stderr).toBe('busyhour: the output cannot be written: no space left on the disk\n');
  expect(status).toBe(1);
});

describe.skipIf(!root)('a result folder on a disk', () => {
  it('that fills up: the result is on stdout, the rest is saved elsewhere, exit code 1', async () => {
    // Room for the first lines, not for the report.
    const disk = mount('small', 'size=32k');
    const elsewhere = temporaryFolder();
    const responder = await startResponder();
    const { code, stdout, stderr } = await busyhour(
      [
        ...['run', '--json', '--target', responder.endpoint, '--rate', '200', '--duration', '1500ms'],
        ...['--interval', '100ms', '--timeout', '1s', '--out', join(disk, 'result')],
      ],
      { env: { TMPDIR: elsewhere } },
    ).ended;
    await responder.end();
    expectPlainWords(stderr);
    expect(stderr).toMatch(/result is not complete: .*no space left on the disk; the rest is in /);
    expect(code).toBe(1);
    const summary = summarySchema.parse(JSON.parse(stdout));
    expectSums(summary);
    expect(summary.requests.succeeded).toBe(300);

    const rescued = readdirSync(elsewhere).filter((name) => name.startsWith('busyhour-rescued-'));
    expect(rescued).toHaveLength(1);
    const places = [join(disk, 'result'), join(elsewhere, rescued[0] ?? '')];
    const whole = (name: string): string =>
      places
        .map((place) => join(place, name))
        .filter((path) => existsSync(path))
        .map((path) => readFileSync(path, 'utf8'))
        .join('');
    expect(whole('summary.json')).toBe(stdout);
    expect(whole('report.html')).toMatch(/<\/html>\s*$/);
    const lines = whole('intervals.csv').trimEnd().split('\n');
    const columns = (lines[0] ?? '').split(',');
    const due = lines
      .slice(1)
      .map((line) => line.split(','))
      .filter((cells) => cells[columns.indexOf('target')] === 'all')
      .reduce((sum, cells) => sum + Number(cells[columns.indexOf('due')]), 0);
    expect(due).toBe(300);
    const events = whole('events.ndjson').trimEnd().split('\n');
    for (const line of events) expect(() => JSON.parse(line)).not.toThrow();
    expect(events.filter((line) => line.includes('"interval"'))).toHaveLength(15);
  });

  it('that is read-only: told before any traffic', async () => {
    const disk = mount('sealed', 'ro');
    const { code, stdout, stderr } = await busyhour([
      ...['run', '--json', '--target', '127.0.0.1:2905/1', '--rate', '5', '--duration', '1s'],
      ...['--out', join(disk, 'result')],
    ]).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `busyhour: result folder ${join(disk, 'result')}: the file system is read-only; choose another with --out\n`,
    );
  });
});
