import { mean, sampleVariance } from './describe.js';
import { studentQuantile, studentTwoSided } from './student.js';

/** Difference of the means of two independent groups, second minus first, in the samples' unit. */
export interface WelchTest {
  readonly difference: number;
  readonly standardError: number;
  readonly degrees: number;
  /** Two-sided probability of a difference at least this large between groups of equal mean. */
  readonly probability: number;
}

/**
 * Welch's test of two groups that may differ in spread.
 * @param varianceFloor variance that a group has at the least, known from inside its members: a lucky draw of nearly equal
 *   members must not pass for precision. 0 for none.
 * @throws RangeError when a group has fewer than two members.
 */
export function welchTest(first: readonly number[], second: readonly number[], varianceFloor = 0): WelchTest {
  const share = (values: readonly number[]): number =>
    Math.max(sampleVariance(values), varianceFloor) / values.length;
  const a = share(first);
  const b = share(second);
  const difference = mean(second) - mean(first);
  const standardError = Math.sqrt(a + b);
  if (standardError === 0) {
    const degrees = first.length + second.length - 2;
    return { difference, standardError, degrees, probability: difference === 0 ? 1 : 0 };
  }
  const degrees = (a + b) ** 2 / (a ** 2 / (first.length - 1) + b ** 2 / (second.length - 1));
  const probability = studentTwoSided(difference / standardError, degrees);
  return { difference, standardError, degrees, probability };
}

/** Interval of a {@link WelchTest}'s difference at `level`. */
export function welchInterval(
  test: WelchTest,
  level: number,
): { readonly lower: number; readonly upper: number } {
  const half = studentQuantile(level, test.degrees) * test.standardError;
  return { lower: test.difference - half, upper: test.difference + half };
}

/**
 * Hedges' g: the difference of means in pooled standard deviations, corrected for small groups; null when neither group varies.
 */
export function hedgesG(first: readonly number[], second: readonly number[]): number | null {
  const degrees = first.length + second.length - 2;
  const pooled =
    (sampleVariance(first) * (first.length - 1) + sampleVariance(second) * (second.length - 1)) / degrees;
  if (pooled === 0) return null;
  return ((mean(second) - mean(first)) / Math.sqrt(pooled)) * (1 - 3 / (4 * degrees - 1));
}

/**
 * Cliff's delta, -1..1: how much more often a member of the second group exceeds one of the first than the reverse. Needs no
 * assumption about distributions.
 */
export function cliffsDelta(first: readonly number[], second: readonly number[]): number {
  let balance = 0;
  for (const a of first) for (const b of second) balance += Math.sign(b - a);
  return balance / (first.length * second.length);
}
