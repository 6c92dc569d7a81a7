import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleInterval } from '../../test/support/sample-rows.js';
import { figures } from '../../test/support/sample-summary.js';
import { intervalsCsvHeader, intervalsCsvLine } from '../report/intervals-csv.js';
import { intervalRowsOf } from '../report/read-intervals.js';
import { lossesInWords } from './result-budget.js';
import { partsOf, ResultFolder } from './result-folder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'busyhour-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('streams hold every line in order and whole files replace themselves', () => {
  const folder = new ResultFolder(join(root, 'a', 'b'));
  folder.append('events.ndjson', '{"n":1}');
  folder.append('events.ndjson', '{"n":2}');
  folder.write('summary.json', 'first');
  folder.write('summary.json', 'second');
  expect(folder.close()).toBeNull();
  expect(readFileSync(join(folder.path, 'events.ndjson'), 'utf8')).toBe('{"n":1}\n{"n":2}\n');
  expect(readFileSync(join(folder.path, 'summary.json'), 'utf8')).toBe('second');
});

test('an earlier result in the folder is set aside, not overwritten', () => {
  new ResultFolder(root).write('summary.json', 'old');
  const folder = new ResultFolder(root);
  folder.write('summary.json', 'new');
  folder.close();
  expect(readFileSync(join(root, 'previous-1', 'summary.json'), 'utf8')).toBe('old');
  expect(readFileSync(join(root, 'summary.json'), 'utf8')).toBe('new');
});

test('a folder that cannot be made is named with the remedy', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => new ResultFolder(join(root, 'file', 'x'))).toThrow(
    /a file is in the way; choose another with --out/,
  );
});

const BOUNDS = { partBytes: 2_000, partNs: null, keepBytes: 1e9 };

test('a stream goes on in parts of bounded length, each with the head of the stream', () => {
  const folder = new ResultFolder(root, { bounds: BOUNDS });
  folder.begin('intervals.csv', ['head']);
  for (let n = 0; n < 90; n++) folder.append('intervals.csv', `${n},${'x'.repeat(90)}`);
  folder.close();
  const parts = partsOf(root, 'intervals.csv');
  expect(parts.slice(0, 2)).toEqual(['intervals-0001.csv', 'intervals-0002.csv']);
  expect(parts.at(-1)).toBe('intervals.csv');
  const texts = parts.map((name) => readFileSync(join(root, name), 'utf8'));
  for (const text of texts) {
    expect(text.startsWith('head\n')).toBe(true);
    expect(text.length).toBeLessThan(2_100);
  }
  const lines = texts.flatMap((text) => text.trimEnd().split('\n').slice(1));
  expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(Array.from({ length: 90 }, (_, n) => n));
});

test('a folder that a killed process left goes on from its marks, without its torn line', () => {
  const killed = new ResultFolder(root, { bounds: BOUNDS });
  killed.begin('intervals.csv', ['head']);
  const line = (n: number) => `${n},${'x'.repeat(90)}`;
  for (let n = 0; n < 15; n++) killed.append('intervals.csv', line(n));
  const { marks } = killed;
  // What came after the marks is measured again: here it has filled two parts since.
  for (let n = 15; n < 60; n++) killed.append('intervals.csv', line(n));
  killed.append('events.ndjson', '{"n":1}');
  appendFileSync(join(root, 'events.ndjson'), '{"n":');
  const folder = new ResultFolder(root, { bounds: BOUNDS, reopen: marks });
  folder.begin('intervals.csv', ['head']);
  for (let n = 15; n < 40; n++) folder.append('intervals.csv', line(n));
  folder.append('events.ndjson', '{"n":2}');
  folder.close();
  const lines = partsOf(root, 'intervals.csv').flatMap((name) =>
    readFileSync(join(root, name), 'utf8').trimEnd().split('\n').slice(1),
  );
  expect(lines.map((each) => Number(each.split(',')[0]))).toEqual(Array.from({ length: 40 }, (_, n) => n));
  expect(readFileSync(join(root, 'events.ndjson'), 'utf8')).toBe('{"n":1}\n{"n":2}\n');
});

test('stays within its bound: rows of the shortest outages go first, then time, and never an extreme or a count', () => {
  const keepBytes = 60_000;
  const folder = new ResultFolder(root, { bounds: { partBytes: 8_000, partNs: null, keepBytes } });
  folder.begin('intervals.csv', [intervalsCsvHeader()]);
  for (let n = 1; n <= 12; n++)
    folder.writeEvidence(`outage-${n}.csv`, () => ['r'.repeat(4_999)], n === 4 ? 900 : n);
  let due = 0;
  for (let n = 0; n < 600; n++) {
    const latencyAllMs = figures(10, 0.5, n === 77 ? 4_321 : 3);
    const row = sampleInterval(n, 1, { latencyAllMs, due: 10 });
    due += row.due;
    folder.append('intervals.csv', intervalsCsvLine(row));
  }
  const { losses } = folder;
  folder.close();
  expect(
    readdirSync(root).reduce((sum, name) => sum + statSync(join(root, name)).size, 0),
  ).toBeLessThanOrEqual(keepBytes);
  expect(existsSync(join(root, 'outage-4.csv'))).toBe(true);
  expect(existsSync(join(root, 'outage-1.csv'))).toBe(false);
  expect(losses.evidence).toContain('outage-1.csv');
  const rows = partsOf(root, 'intervals.csv').flatMap((name) => {
    const [header = '', ...lines] = readFileSync(join(root, name), 'utf8').trimEnd().split('\n');
    return intervalRowsOf(
      header.split(','),
      lines.map((line) => line.split(',')),
    );
  });
  expect(rows.length).toBeLessThan(600);
  expect(rows.reduce((sum, row) => sum + row.due, 0)).toBe(due);
  expect(Math.max(...rows.map((row) => row.latencyAllMs.max ?? 0))).toBe(4_321);
  const [coarse] = rows;
  expect(coarse).toMatchObject({ elapsedSeconds: 0, latencyAllMs: { p99: null } });
  expect(coarse!.durationSeconds).toBeGreaterThanOrEqual(8);
  const told = lossesInWords(losses, keepBytes).join();
  expect(told).toContain('raw rows of');
  expect(told).toContain('times as long');
});

const root0 = process.getuid?.() === 0;
describe.runIf(root0)('on a full disk (a tmpfs of 64 KB; needs root)', () => {
  let disk: string;
  beforeEach(() => {
    disk = join(root, 'disk');
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  });
  afterEach(() => {
    execFileSync('umount', ['-l', disk]);
  });

  test('lines wait in memory, the file never ends with half a line, and everything is rescued', () => {
    const folder = new ResultFolder(disk);
    const line = 'x'.repeat(999);
    for (let count = 0; count < 200; count++) folder.append('events.ndjson', line);
    folder.write('summary.json', 'y'.repeat(100_000));
    expect(folder.trouble).toMatch(/no space left on the disk/);
    const kept = readFileSync(join(disk, 'events.ndjson'), 'utf8');
    expect(kept.length % 1000).toBe(0);
    const trouble = folder.close();
    if (trouble?.rescuedTo == null) throw new Error('nothing was rescued');
    const rescued = readFileSync(join(trouble.rescuedTo, 'events.ndjson'), 'utf8');
    expect(kept.length + rescued.length).toBe(200_000);
    expect(readFileSync(join(trouble.rescuedTo, 'summary.json'), 'utf8').length).toBe(100_000);
    rmSync(trouble.rescuedTo, { recursive: true });
  });

  test('lines that waited are written once there is room again', () => {
    const folder = new ResultFolder(disk);
    writeFileSync(join(disk, 'ballast'), 'z'.repeat(48 * 1024));
    const line = 'x'.repeat(999);
    for (let count = 0; count < 40; count++) folder.append('events.ndjson', line);
    expect(folder.trouble).not.toBeNull();
    rmSync(join(disk, 'ballast'));
    expect(folder.close()).toBeNull();
    expect(readFileSync(join(disk, 'events.ndjson'), 'utf8').length).toBe(40_000);
    expect(existsSync(join(disk, 'summary.json'))).toBe(false);
  });
});

test('raw rows that the disk refuses are rescued as far as memory is set aside for them, and the rest is named', () => {
  const folder = new ResultFolder(root, { bounds: { partBytes: 8_000, partNs: null, keepBytes: 1e9 } });
  // A folder in the way of a file refuses it, whoever asks.
  mkdirSync(join(root, 'outage-1.csv'));
  mkdirSync(join(root, '.outage-2.csv.partial'));
  folder.writeEvidence('outage-1.csv', () => ['head', 'row 1', 'row 2'], 1);
  const megabyte = 'r'.repeat(2 ** 20);
  folder.writeEvidence('outage-2.csv', () => Array.from({ length: 65 }, () => megabyte), 2);
  const trouble = folder.close();
  expect(trouble?.message).toContain('outage-1.csv');
  expect(trouble?.message).toContain('the raw rows of 1 outages are lost');
  expect(readFileSync(join(trouble!.rescuedTo!, 'outage-1.csv'), 'utf8')).toBe('head\nrow 1\nrow 2\n');
  rmSync(trouble!.rescuedTo!, { recursive: true });
});
