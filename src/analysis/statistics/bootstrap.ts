import { describe, quantileSorted } from './describe.js';
import { type Random, randomIndex } from './random.js';

/** An estimate with the interval that would hold it in `level` of repeated measurements. */
export interface Interval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly level: number;
}

export interface BootstrapOptions {
  /** Samples that stay together, so that their dependence survives resampling; default: {@link defaultBlockLength}. */
  readonly blockLength?: number;
  readonly resamples: number;
  /** For instance 0.95. */
  readonly level: number;
  readonly random: Random;
}

/** N^(1/3) rounded up: the rate at which blocks should grow for a statistic's variance (Hall, Horowitz and Jing 1995). */
export function defaultBlockLength(count: number): number {
  return Math.max(1, Math.ceil(Math.cbrt(count)));
}

/**
 * Fills `target` with blocks of `source` at random positions; the series is a ring, so that each sample is equally likely.
 *
 *     source   s0 s1 s2 s3 s4 s5 s6 s7 | s0 s1 ...
 *     target   [s6 s7 s0][s3 s4 s5][s1 s2]
 */
export function drawBlocks(
  source: ArrayLike<number>,
  target: Float64Array,
  blockLength: number,
  random: Random,
): void {
  let filled = 0;
  while (filled < target.length) {
    const start = randomIndex(random, source.length);
    const length = Math.min(blockLength, target.length - filled);
    for (let i = 0; i < length; i++) target[filled + i] = source[(start + i) % source.length]!;
    filled += length;
  }
}

/**
 * Percentile interval of a statistic of a time series by the circular block bootstrap.
 * @param values samples in time order, at least two.
 * @param statistic of a resampled series that it may reorder in place. Never a maximum or minimum: a resample cannot exceed what was seen,
 *   and the interval would be an invention.
 * @throws RangeError on fewer than two samples or on options out of range.
 */
export function blockBootstrap(
  values: readonly number[],
  statistic: (series: Float64Array) => number,
  options: BootstrapOptions,
): Interval {
  const blockLength = options.blockLength ?? defaultBlockLength(values.length);
  if (values.length < 2) throw new RangeError('a bootstrap needs at least two samples');
  if (!(blockLength >= 1) || !(options.resamples >= 100) || !(options.level > 0 && options.level < 1)) {
    throw new RangeError(
      'a bootstrap needs blocks of at least 1 sample, 100 resamples and a level between 0 and 1',
    );
  }
  const estimate = statistic(Float64Array.from(values));
  const drawn = new Float64Array(options.resamples);
  const series = new Float64Array(values.length);
  for (let i = 0; i < drawn.length; i++) {
    drawBlocks(values, series, blockLength, options.random);
    drawn[i] = statistic(series);
  }
  drawn.sort();
  const tail = (1 - options.level) / 2;
  return {
    estimate,
    lower: quantileSorted(drawn, tail),
    upper: quantileSorted(drawn, 1 - tail),
    level: options.level,
  };
}

/**
 * Interval of a percentile of a time series.
 * @param fraction strictly between 0 and 1; 0.99 for p99.
 * @returns null where fewer than 5 samples lie beyond the percentile on its scarcer side: no resampling can tell how far it may lie.
 */
export function percentileInterval(
  values: readonly number[],
  fraction: number,
  options: BootstrapOptions,
): Interval | null {
  if (!(fraction > 0 && fraction < 1))
    throw new RangeError('a percentile lies between 0 and 1; a maximum has no interval');
  if (Math.min(fraction, 1 - fraction) * values.length < 5) return null;
  return blockBootstrap(values, (series) => quantileSorted(series.sort(), fraction), options);
}

/** Variance of the mean of a time series, by the block bootstrap; 0 for fewer than two samples. */
export function varianceOfMean(values: readonly number[], options: Omit<BootstrapOptions, 'level'>): number {
  if (values.length < 2) return 0;
  const series = new Float64Array(values.length);
  const blockLength = options.blockLength ?? defaultBlockLength(values.length);
  const means: number[] = [];
  for (let i = 0; i < options.resamples; i++) {
    drawBlocks(values, series, blockLength, options.random);
    let sum = 0;
    for (const value of series) sum += value;
    means.push(sum / series.length);
  }
  return describe(means).variance ?? 0;
}
