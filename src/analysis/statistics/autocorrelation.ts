import { compensatedSum, mean, PAPER_NORMAL_QUANTILE, sumOfSquares } from './describe.js';

/**
 * Correlation of a series with itself `lag` samples later, -1..1.
 * @returns null when the series is constant or not longer than the lag.
 */
export function autocorrelation(values: readonly number[], lag: number): number | null {
  if (lag < 1 || values.length <= lag) return null;
  const centre = mean(values);
  const total = sumOfSquares(values, centre);
  // Differences of equal decimals leave a residue of rounding that must not pass for a signal.
  if (total <= values.length * (Math.abs(centre) * 1e-14) ** 2) return null;
  const products = values.slice(lag).map((value, index) => (value - centre) * (values[index]! - centre));
  return compensatedSum(products) / total;
}

/** What successive samples have to do with each other, and what that does to a margin of error. */
export interface Dependence {
  readonly lag1: number | null;
  /** lag1 lies above what 95 % of independent series of this length show. */
  readonly correlated: boolean;
  /** Independent samples that would tell as much: N (1 - r) / (1 + r) of a first-order process, at most N. */
  readonly effectiveCount: number;
}

/** Judges whether the samples of a time series may be treated as independent. */
export function dependence(values: readonly number[]): Dependence {
  const lag1 = autocorrelation(values, 1);
  const count = values.length;
  if (lag1 === null || lag1 <= 0) return { lag1, correlated: false, effectiveCount: count };
  // An independent series has E[r1] = -1/N and a standard deviation near 1/sqrt(N) (Bartlett); the one-sided 5 % point is 1.645.
  const limit = 1.645 / Math.sqrt(count) - 1 / count;
  const effectiveCount = Math.max(1, (count * (1 - lag1)) / (1 + lag1));
  return { lag1, correlated: lag1 > limit, effectiveCount };
}

/** Margin of error of the mean with the count of independent samples in the place of N. */
export function dependentMargin(standardDeviation: number, effectiveCount: number): number {
  return (PAPER_NORMAL_QUANTILE * standardDeviation) / Math.sqrt(effectiveCount);
}
