/** 97.5 % point of the normal distribution as the papers round it (`bth-2013`, statistics section). */
export const PAPER_NORMAL_QUANTILE = 1.96;

/** Below this many samples a margin of error is not worth printing. */
export const SAMPLES_MIN_FOR_MARGIN = 30;

/** The papers' figures of one series of samples, all in the samples' own unit; null where there is nothing to compute from. */
export interface SampleStatistics {
  readonly count: number;
  readonly mean: number | null;
  /** Population variance, sum((x - mean)^2) / N. */
  readonly variance: number | null;
  readonly standardDeviation: number | null;
  /** 1.96 * sd / sqrt(N): half the width of the 95 % interval of the mean, if samples are independent. */
  readonly marginOfError: number | null;
}

/** A sum that does not lose small terms beside large ones (Neumaier's variant of Kahan's). */
export function compensatedSum(values: Iterable<number>): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Arithmetic mean. @throws RangeError on an empty series. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('mean of an empty series');
  return compensatedSum(values) / values.length;
}

/** Sum of squared distances from `centre`. */
export function sumOfSquares(values: readonly number[], centre: number): number {
  return compensatedSum(values.map((value) => (value - centre) ** 2));
}

/**
 * Mean, population variance, standard deviation and margin of error as `bth-2013` computes them.
 * @param values finite samples in one unit. @throws RangeError naming the index of a sample that is not finite.
 */
export function describe(values: readonly number[]): SampleStatistics {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new RangeError(`sample ${bad} is ${values[bad]}: only finite numbers can be described`);
  const count = values.length;
  if (count === 0) return { count, mean: null, variance: null, standardDeviation: null, marginOfError: null };
  const centre = mean(values);
  const variance = sumOfSquares(values, centre) / count;
  const standardDeviation = Math.sqrt(variance);
  const marginOfError = (PAPER_NORMAL_QUANTILE * standardDeviation) / Math.sqrt(count);
  return { count, mean: centre, variance, standardDeviation, marginOfError };
}

/** Sample variance with N - 1, for tests between runs. @throws RangeError below two samples. */
export function sampleVariance(values: readonly number[]): number {
  if (values.length < 2) throw new RangeError('a sample variance needs two samples');
  return sumOfSquares(values, mean(values)) / (values.length - 1);
}

/**
 * Percentile with linear interpolation between closest ranks (Hyndman and Fan's type 7).
 * @param sorted ascending samples, not empty. @param fraction 0..1.
 */
export function quantileSorted(sorted: ArrayLike<number>, fraction: number): number {
  if (sorted.length === 0) throw new RangeError('quantile of an empty series');
  const position = Math.min(1, Math.max(0, fraction)) * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** As {@link quantileSorted} for samples in any order. */
export function quantile(values: readonly number[], fraction: number): number {
  return quantileSorted(Float64Array.from(values).sort(), fraction);
}
