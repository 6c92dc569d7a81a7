import { PAPER_NORMAL_QUANTILE } from '../statistics/describe.js';
import type { Published, PublishedCell } from './published.js';

/** What a printed number may have been before it was rounded. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Bounds of a printed number: half a unit of its last decimal on either side, not below 0. */
export function roundingBounds(number: Published): Bounds {
  const half = 0.5 * 10 ** -number.decimals;
  return { low: Math.max(0, number.value - half), high: number.value + half };
}

/** What a cell of a statistics table says of itself. */
export interface CellVerdict {
  /** sd^2 and the variance can come from one value before rounding. */
  readonly consistent: boolean;
  readonly zeroVariance: boolean;
  /** Counts of samples that the margin 1.96 sd / sqrt(N) can come from; null for a cell without variance. */
  readonly impliedCount: Bounds | null;
}

/** Checks one cell against the formulas it was printed from, within the rounding of its figures. */
export function judgeCell(cell: PublishedCell): CellVerdict {
  const variance = roundingBounds(cell.variance);
  const deviation = roundingBounds(cell.standardDeviation);
  const margin = roundingBounds(cell.marginOfError);
  const consistent = deviation.low ** 2 <= variance.high && variance.low <= deviation.high ** 2;
  const zeroVariance = cell.variance.value === 0;
  if (zeroVariance) return { consistent, zeroVariance, impliedCount: null };
  return {
    consistent,
    zeroVariance,
    impliedCount: {
      low: ((PAPER_NORMAL_QUANTILE * deviation.low) / margin.high) ** 2,
      high: ((PAPER_NORMAL_QUANTILE * deviation.high) / margin.low) ** 2,
    },
  };
}

/** @returns the whole numbers within [low, high]. */
function wholeNumbers({ low, high }: Bounds): number[] {
  const first = Math.ceil(low);
  return Array.from({ length: Math.max(0, Math.floor(high) - first + 1) }, (_, index) => first + index);
}

/** What the squared distances are divided by: N (the formula that `bth-2013` states) or N - 1. */
export type VarianceDivisor = 'N' | 'N-1';

/**
 * Counts of samples from which a cell of *whole-number* samples can come: N whole, and a sum and a sum of squares that are whole and both
 * even or both odd (x and x^2 are) within the rounding of mean and variance. This asks more than sd^2 = variance does: it tells which
 * formula a table was computed with, and exposes cells whose figures cannot belong together.
 *
 * The response times of `bth-2013` are whole milliseconds. With N - 1 every cell but one comes out, most with exactly one N; with the stated
 * population formula none does. The tables were printed with the sample variance, then, whatever the text says; at N = 100
 * that makes a deviation 0.5 % larger.
 * @returns null for a cell without variance.
 */
export function wholeSampleCounts(cell: PublishedCell, divisor: VarianceDivisor): number[] | null {
  const { impliedCount } = judgeCell(cell);
  if (impliedCount === null) return null;
  const mean = roundingBounds(cell.mean);
  const variance = roundingBounds(cell.variance);
  return wholeNumbers(impliedCount).filter((count) =>
    wholeNumbers({ low: mean.low * count, high: mean.high * count }).some((sum) => {
      const squareOfSum = (sum * sum) / count;
      const weight = divisor === 'N' ? count : count - 1;
      const low = variance.low * weight + squareOfSum;
      const high = variance.high * weight + squareOfSum;
      return wholeNumbers({ low, high }).some((sumOfSquares) => (sumOfSquares - sum) % 2 === 0);
    }),
  );
}
