import { describe, expect, it } from 'vitest';
import { seededRandom } from '../analysis/statistics/random.js';
import { DriftSeries } from './drift.js';
import { type TrendPoint, trendOf } from './trend.js';

/** A line with noise in which each value keeps `memory` of the one before. */
function series(random: () => number, count: number, slope: number, memory: number): TrendPoint[] {
  let noise = 0;
  return Array.from({ length: count }, (_, at) => {
    noise = memory * noise + (random() + random() + random() - 1.5);
    return { at, value: 100 + slope * at + noise };
  });
}

describe('a trend', () => {
  it('is the slope of a line, whatever a few spikes say', () => {
    const points = Array.from({ length: 60 }, (_, at) => ({ at, value: 3 * at + (at % 9 === 0 ? 500 : 0) }));
    const line = trendOf(points)!;
    expect(line.slope).toBeCloseTo(3, 1);
    expect(line.valueAt(10)).toBeCloseTo(30, 0);
    expect(trendOf(points.slice(0, 9))).toBeNull();
  });

  it.each([0, 0.7])('has an interval that holds the truth in 99 of 100 series (dependence %d)', (memory) => {
    const random = seededRandom(99);
    let held = 0;
    for (let i = 0; i < 300; i++) {
      const { low, high } = trendOf(series(random, 50, 0.02, memory))!;
      if (low <= 0.02 && high >= 0.02) held++;
    }
    // 300 x 99 % less three standard deviations; with dependence the widening is an estimate itself.
    expect(held).toBeGreaterThanOrEqual(memory === 0 ? 291 : 282);
  });
});

describe('drift', () => {
  const sample = (seconds: number, memory: number) => ({
    seconds,
    generatorMemory: memory,
    latencyP50: 1,
    latencyP99: null,
  });

  it('tells a leak from a warm-up', () => {
    const random = seededRandom(5);
    const leaking = new DriftSeries();
    const warming = new DriftSeries();
    for (let i = 0; i < 720; i++) {
      leaking.add(sample(i * 10, 150 + i * 0.05 + random()));
      warming.add(sample(i * 10, 150 + 30 * Math.min(1, i / 40) + random()));
    }
    const memoryOf = (series: DriftSeries) => series.summary()!.trends.find(({ unit }) => unit === 'MB')!;
    expect(memoryOf(leaking)).toMatchObject({ name: 'generatorMemory', verdict: 'rising' });
    // 0.05 MB every 10 s.
    expect(memoryOf(leaking).perHour).toBeCloseTo(18, 0);
    expect(memoryOf(warming).verdict).toBe('steady');
    expect(leaking.summary()!.trends.map(({ name }) => name)).toEqual(['generatorMemory', 'latencyP50']);
  });

  it('says nothing of a short run, and keeps no more samples of a long one', () => {
    const drift = new DriftSeries();
    for (let i = 0; i < 29; i++) drift.add(sample(i, 1));
    expect(drift.summary()).toBeNull();
    for (let i = 29; i < 50_000; i++) drift.add(sample(i, i === 30_000 ? 999 : 1));
    expect(drift.samples.length).toBeLessThan(2_000);
    expect(drift.intervals).toBe(50_000);
    expect(Math.max(...drift.samples.map(({ generatorMemory }) => generatorMemory))).toBe(999);
  });
});
