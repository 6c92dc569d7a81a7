import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DurationHistogram, HistogramLog } from '../../src/measure/histogram.js';
import { mergeLogIntervals } from '../../src/measure/histogram-log-merge.js';

const READER = fileURLToPath(new URL('read-hlog.py', import.meta.url));

interface Read {
  readonly tag: string;
  readonly start: number;
  readonly length: number;
  readonly max: number;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-hlog-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(log: string): Read[] {
  const file = join(folder, 'latency.hlog');
  writeFileSync(file, log);
  const text = execFileSync('python3', [READER, file], { encoding: 'utf8' });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Read);
}

/** Intervals of a second, with latencies from 40 us to 40 s. */
function written(intervals: number) {
  let log = '';
  const writer = new HistogramLog(
    (text) => {
      log += text;
    },
    Date.UTC(2026, 10, 20),
  );
  const all = new DurationHistogram();
  const histograms = Array.from({ length: intervals }, (_, interval) => {
    const histogram = new DurationHistogram();
    for (let n = 0; n < 500; n++) histogram.record(40_000 * 10 ** (((n * 7 + interval) % 500) / 83));
    writer.add('127.0.0.1:2905/9899', interval, interval + 1, histogram);
    all.merge(histogram);
    return histogram;
  });
  return { log, histograms, all };
}

it('a reader that shares no code with us reads every figure of a log', () => {
  const { log, histograms } = written(3);
  const intervals = read(log);
  expect(intervals).toHaveLength(3);
  intervals.forEach((interval, index) => {
    const figures = histograms[index]!.figures();
    expect(interval).toMatchObject({ tag: '127.0.0.1:2905/9899', start: index, length: 1, count: 500 });
    for (const name of ['p50', 'p99'] as const) {
      expect(Math.abs(interval[name] - figures[name]!) / figures[name]!).toBeLessThan(0.001);
    }
    expect(Math.abs(interval.max - figures.max!) / figures.max!).toBeLessThan(0.002);
  });
});

it('and of one whose intervals were joined to save room, in which no value is missing', () => {
  const { log, all } = written(20);
  const joined = read(mergeLogIntervals(log, 8));
  expect(joined.map(({ start, length, count }) => [start, length, count])).toEqual([
    [0, 8, 4_000],
    [8, 8, 4_000],
    [16, 4, 2_000],
  ]);
  const max = all.figures().max!;
  expect(Math.abs(Math.max(...joined.map((one) => one.max)) - max) / max).toBeLessThan(0.002);
});
