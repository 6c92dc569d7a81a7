import fc from 'fast-check';
import { expect, describe as group, it } from 'vitest';
import { autocorrelation, dependence } from './autocorrelation.js';
import { blockBootstrap, defaultBlockLength, percentileInterval, varianceOfMean } from './bootstrap.js';
import { describe, quantile, sampleVariance } from './describe.js';
import { cliffsDelta, hedgesG, welchInterval, welchTest } from './effect.js';
import { holmAdjusted } from './holm.js';
import { normalRandom, seededRandom } from './random.js';
import { incompleteBeta, logGamma, studentQuantile, studentTwoSided } from './student.js';
import { judge } from './warnings.js';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

/** First-order autoregressive series with standard normal innovations. */
function autoregressive(count: number, coefficient: number, random: () => number): number[] {
  const series: number[] = [];
  let last = normalRandom(random) / Math.sqrt(1 - coefficient ** 2);
  for (let i = 0; i < count; i++) {
    series.push(last);
    last = coefficient * last + normalRandom(random);
  }
  return series;
}

group('describe', () => {
  it('uses the population formulas and 1.96', () => {
    // By hand: mean 5, squares 9+1+1+1+0+0+4+16 = 32, 32/8 = 4, sd 2, 1.96 * 2 / sqrt(8).
    const figures = describe([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(figures).toMatchObject({ count: 8, mean: 5, variance: 4, standardDeviation: 2 });
    expect(figures.marginOfError).toBeCloseTo(1.3859292911256331, 14);
    expect(sampleVariance([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(32 / 7, 14);
  });

  it('has no figures for no samples and no spread for one', () => {
    expect(describe([])).toEqual({
      count: 0,
      mean: null,
      variance: null,
      standardDeviation: null,
      marginOfError: null,
    });
    expect(describe([3.5])).toMatchObject({ count: 1, mean: 3.5, variance: 0, marginOfError: 0 });
  });

  it('keeps small spreads beside large values', () => {
    expect(describe([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]).variance).toBeCloseTo(22.5, 9);
  });

  it('names the sample that is no number', () => {
    expect(() => describe([1, Number.NaN])).toThrow('sample 1 is NaN');
  });

  it('shifts with the samples and scales with their square', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 40 }), (values) => {
        const before = describe(values);
        const after = describe(values.map((value) => 2 * value + 1000));
        expect(after.mean).toBeCloseTo(2 * before.mean! + 1000, 5);
        const scale = Math.max(1, before.variance!);
        expect(Math.abs(after.variance! - 4 * before.variance!) / scale).toBeLessThan(1e-6);
      }),
    );
  });

  it('interpolates quantiles', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10], 0.99)).toBe(10);
    expect(quantile([1, 2, 3, 4, 5], 1)).toBe(5);
  });
});

group('warnings', () => {
  it('say when samples are too few', () => {
    expect(judge([1, 2, 3]).warnings.map((warning) => warning.kind)).toEqual(['tooFew']);
  });

  it('say when successive samples are correlated and what the margin is worth then', () => {
    const judged = judge(autoregressive(200, 0.8, seededRandom(11)));
    expect(judged.warnings.map((warning) => warning.kind)).toEqual(['autocorrelated']);
    expect(judged.effectiveCount).toBeGreaterThan(10);
    expect(judged.effectiveCount).toBeLessThan(50);
  });

  it('leave about 95 of 100 independent series alone', () => {
    const random = seededRandom(5);
    let warned = 0;
    for (let i = 0; i < 1000; i++) {
      if (judge(Array.from({ length: 120 }, () => normalRandom(random))).warnings.length > 0) warned++;
    }
    expect(warned).toBeGreaterThan(25);
    expect(warned).toBeLessThan(80);
  });

  it('do not take a constant series for a correlated one', () => {
    expect(autocorrelation([0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2], 1)).toBeNull();
    expect(dependence(new Array<number>(50).fill(7)).correlated).toBe(false);
  });

  it('compute the textbook autocorrelation', () => {
    // mean 3, deviations -2 -1 0 1 2: (2 + 0 + 0 + 2) / 10.
    expect(autocorrelation([1, 2, 3, 4, 5], 1)).toBeCloseTo(0.4, 14);
  });
});

group('Student', () => {
  it('agrees with printed tables', () => {
    // Two-sided 95 % points of any statistics textbook.
    const table: ReadonlyArray<readonly [number, number]> = [
      [1, 12.706],
      [2, 4.303],
      [5, 2.571],
      [8, 2.306],
      [30, 2.042],
      [120, 1.98],
    ];
    for (const [degrees, quantileValue] of table) {
      expect(studentQuantile(0.95, degrees)).toBeCloseTo(quantileValue, 3);
    }
    expect(studentQuantile(0.99, 8)).toBeCloseTo(3.355, 3);
    expect(studentQuantile(0.95, 1e7)).toBeCloseTo(1.95996, 4);
  });

  it('has the closed forms of one and two degrees of freedom', () => {
    for (const t of [0.1, 1, 3, 40]) {
      expect(studentTwoSided(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(studentTwoSided(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
    }
  });

  it('rests on a gamma and a beta function with known values', () => {
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 12);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
    expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 12);
    expect(incompleteBeta(0.25, 2, 2)).toBeCloseTo(3 * 0.0625 - 2 * 0.015625, 12);
  });
});

group('bootstrap', () => {
  it('replays from its seed', () => {
    const values = autoregressive(60, 0.5, seededRandom(1));
    const once = () =>
      percentileInterval(values, 0.5, { resamples: 200, level: 0.95, random: seededRandom(42) });
    expect(once()).toEqual(once());
  });

  it('covers the median of a correlated series where single-sample resampling does not', () => {
    const random = seededRandom(2026);
    const trials = 200;
    const covered = { blocks: 0, singles: 0 };
    for (let trial = 0; trial < trials; trial++) {
      const values = autoregressive(240, 0.6, random);
      for (const [name, blockLength] of [
        ['blocks', 14],
        ['singles', 1],
      ] as const) {
        const interval = percentileInterval(values, 0.5, {
          resamples: 200,
          level: 0.95,
          random,
          blockLength,
        });
        if (interval && interval.lower <= 0 && interval.upper >= 0) covered[name]++;
      }
    }
    expect(covered.blocks).toBeGreaterThanOrEqual(0.87 * trials);
    expect(covered.singles).toBeLessThan(0.8 * trials);
  });

  it('refuses a maximum and a percentile beyond what was seen', () => {
    const options = { resamples: 200, level: 0.95, random: seededRandom(3) };
    const values = autoregressive(100, 0, seededRandom(3));
    expect(() => percentileInterval(values, 1, options)).toThrow('a maximum has no interval');
    expect(percentileInterval(values, 0.99, options)).toBeNull();
    expect(percentileInterval(values, 0.9, options)).not.toBeNull();
    expect(() => blockBootstrap([1], (s) => s[0]!, options)).toThrow('at least two samples');
  });

  it('knows the variance of a mean', () => {
    const values = autoregressive(1000, 0, seededRandom(8));
    const options = { resamples: 400, random: seededRandom(9), blockLength: 1 };
    expect(varianceOfMean(values, options)).toBeGreaterThan(0.0008);
    expect(varianceOfMean(values, options)).toBeLessThan(0.0012);
    expect(defaultBlockLength(120)).toBe(5);
  });
});

group('several tests at once', () => {
  it('are corrected as in the textbook example', () => {
    // Four p values, smallest x 4, next x 3, ..., monotonic.
    expect(holmAdjusted([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holmAdjusted([])).toEqual([]);
    expect(holmAdjusted([0.9, 0.8])).toEqual([1, 1]);
  });
});

group('effects', () => {
  // Welch's own kind of example, worked by hand: means 4 and 7, variances 2.5 and 10, n = 5 each.
  const first = [2, 3, 4, 5, 6];
  const second = [3, 5, 7, 9, 11];

  it('give difference, degrees of freedom and probability', () => {
    const test = welchTest(first, second);
    expect(test.difference).toBe(3);
    expect(test.standardError).toBeCloseTo(Math.sqrt(2.5), 14);
    // (0.5 + 2)^2 / (0.25/4 + 4/4) = 6.25 / 1.0625
    expect(test.degrees).toBeCloseTo(5.88235294, 7);
    expect(test.probability).toBeCloseTo(0.1079, 3);
    const interval = welchInterval(test, 0.95);
    expect(interval.lower).toBeLessThan(0);
    expect((interval.lower + interval.upper) / 2).toBeCloseTo(3, 12);
  });

  it('do not take identical members for infinite precision when a floor is known', () => {
    expect(welchTest([1, 1, 1], [1, 1, 1]).probability).toBe(1);
    expect(welchTest([1, 1, 1], [1.1, 1.1, 1.1]).probability).toBe(0);
    expect(welchTest([1, 1, 1], [1.1, 1.1, 1.1], 0.04).probability).toBeGreaterThan(0.4);
  });

  it('have a size without unit', () => {
    // 3 / sqrt(6.25) * (1 - 3/31)
    expect(hedgesG(first, second)).toBeCloseTo(1.2 * (1 - 3 / 31), 12);
    expect(hedgesG([1, 1], [2, 2])).toBeNull();
    expect(cliffsDelta([1, 2], [3, 4])).toBe(1);
    expect(cliffsDelta([1, 2], [1, 2])).toBe(0);
  });
});

group('random', () => {
  it('is uniform and differs by seed', () => {
    const random = seededRandom(1);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(random() * 10)]!++;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(27.9); // 0.1 % point with 9 degrees of freedom
    expect(seededRandom(1)()).not.toBe(seededRandom(2)());
  });
});
