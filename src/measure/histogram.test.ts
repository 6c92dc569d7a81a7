import fc from 'fast-check';
import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { BUCKET_COUNT, BUCKET_NS_MAX, bucketFloorNs, bucketOf } from './buckets.js';
import { DurationHistogram, HistogramLog, mergeHistograms } from './histogram.js';

const durations = fc.oneof(
  fc.integer({ min: 0, max: 5_000_000 }),
  fc.double({ min: 0, max: BUCKET_NS_MAX, noNaN: true }),
  fc.constantFrom(0, 63.9, 64, 131_071, 131_072, 2 ** 37 - 64, 2 ** 37, 2 ** 37 + 1e6, BUCKET_NS_MAX),
);

describe('buckets', () => {
  it('hold a duration between their floor and the next, never wider than 1/1024', () => {
    fc.assert(
      fc.property(durations, (ns) => {
        const index = bucketOf(ns);
        expect(index).toBeGreaterThanOrEqual(0);
        expect(index).toBeLessThan(BUCKET_COUNT);
        const floor = bucketFloorNs(index);
        const next = bucketFloorNs(index + 1);
        expect(floor).toBeLessThanOrEqual(ns);
        if (ns < BUCKET_NS_MAX) expect(ns).toBeLessThan(next);
        expect(next - floor).toBeLessThanOrEqual(Math.max(64, floor / 1024));
      }),
      { numRuns: 3000 },
    );
  });

  it('take what lies outside the range at its ends', () => {
    expect(bucketOf(-5)).toBe(0);
    expect(bucketOf(Number.NaN)).toBe(0);
    expect(bucketOf(1e15)).toBe(bucketOf(BUCKET_NS_MAX));
  });
});

describe('a histogram', () => {
  it('has percentiles within a bucket of the exact ones, and exact extremes, mean and deviation', () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 200 }), (values) => {
        const histogram = new DurationHistogram();
        for (const value of values) histogram.record(value);
        const sorted = [...values].sort((a, b) => a - b);
        for (const percentile of [50, 90, 99]) {
          const exact = sorted[Math.ceil((percentile / 100) * sorted.length) - 1]!;
          const got = histogram.percentileNs(percentile)!;
          expect(Math.abs(got - exact)).toBeLessThanOrEqual(Math.max(64, exact / 1000));
        }
        const figures = histogram.figures();
        expect(figures.min).toBe(sorted[0]! / 1e6);
        expect(figures.max).toBe(sorted.at(-1)! / 1e6);
        const mean = values.reduce((a, b) => a + b, 0) / values.length / 1e6;
        expect(figures.mean!).toBeCloseTo(mean, 6);
      }),
      { numRuns: 100 },
    );
  });

  it('is null where it is empty', () => {
    const figures = new DurationHistogram().figures();
    expect(figures).toEqual({
      count: 0,
      min: null,
      mean: null,
      stdDev: null,
      p50: null,
      p90: null,
      p99: null,
      p999: null,
      p9999: null,
      max: null,
    });
  });

  it('merges as counts, not as percentiles', () => {
    const fast = new DurationHistogram();
    const slow = new DurationHistogram();
    fast.record(1e6, 990);
    slow.record(1e9, 10);
    const merged = mergeHistograms([fast, slow]);
    expect(merged.count).toBe(1000);
    expect(merged.percentileNs(99)! / 1e6).toBeCloseTo(1, 2);
    expect(merged.percentileNs(99.9)! / 1e9).toBeCloseTo(1, 2);
  });

  it('takes counts that were made elsewhere bucket by bucket', () => {
    const values = [100, 5_000, 123_456, 131_072, 9_999_999, 7e9, 2e12];
    const counts = new Uint32Array(BUCKET_COUNT);
    for (const value of values) counts[bucketOf(value)]!++;
    const direct = new DurationHistogram();
    for (const value of values) direct.record(value);
    const carried = new DurationHistogram();
    carried.addBuckets(counts, 0, 0, BUCKET_COUNT - 1);
    carried.addExact(values.length, direct.sumNs, direct.sumOfSquares, 100, 2e12);
    expect(carried.figures()).toEqual(direct.figures());
  });

  it('counts what lies above a limit', () => {
    const histogram = new DurationHistogram();
    for (let ms = 1; ms <= 100; ms++) histogram.record(ms * 1e6);
    expect(histogram.countAbove(90.5e6)).toBe(10);
    expect(histogram.countAbove(0)).toBe(100);
    expect(histogram.countAbove(100e6)).toBe(0);
  });
});

describe('latency.hlog', () => {
  it('reads back with stamps, tags, maxima in ms and values in ns', () => {
    let text = '';
    const log = new HistogramLog((part) => {
      text += part;
    }, 1_700_000_000_123);
    const histogram = new DurationHistogram();
    for (let i = 1; i <= 1000; i++) histogram.record(i * 1e6);
    log.add('127.0.0.1:2905, first', 0, 10, histogram);
    log.add('b', 10, 20, new DurationHistogram());
    expect(text).toContain('#[Histogram log format version 1.3]');
    expect(text).toContain('#[StartTime: 1700000000.123 (seconds since epoch)');
    const line = text.split('\n').find((one) => one.startsWith('Tag='))!;
    const [tag, start, length, max] = line.split(',');
    expect([tag, start, length]).toEqual(['Tag=127.0.0.1:2905_first', '0.000', '10.000']);
    expect(Number(max)).toBeCloseTo(1000, 0);
    const reader = new HistogramLogReader(text);
    const first = reader.nextIntervalHistogram();
    expect(first?.tag).toBe('127.0.0.1:2905_first');
    expect(first?.totalCount).toBe(1000);
    expect(Math.abs(first!.getValueAtPercentile(50) - 500e6)).toBeLessThan(1e6);
    expect(reader.nextIntervalHistogram()?.totalCount).toBe(0);
  });
});
