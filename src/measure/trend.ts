/** A point of a series; `at` rises. */
export interface TrendPoint {
  readonly at: number;
  readonly value: number;
}

/** A robust line through a series: no single stall or spike moves it. */
export interface TrendLine {
  /** Median of the slopes of all pairs of points (Theil 1950, Sen 1968). */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** Value of the line at a time. */
  readonly valueAt: (at: number) => number;
}

/** Half the width of a 99 % interval in standard deviations. */
const DEVIATIONS = 2.5758;

/** Slopes of all pairs of points at different times, in rising order. */
export function pairSlopes(points: readonly TrendPoint[]): Float64Array {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let count = 0;
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const apart = points[j]!.at - points[i]!.at;
      if (apart !== 0) slopes[count++] = (points[j]!.value - points[i]!.value) / apart;
    }
  }
  return slopes.subarray(0, count).sort();
}

/** Middle of sorted values, or the mean of the two in the middle; NaN without any. */
export function medianOfSorted(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? Number.NaN : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The line through a series, with a 99 % interval of its slope by the distribution of Kendall's S (Sen 1968, without ties). Neighbours that depend on
 * each other make that interval too narrow: its variance is multiplied by (1 + r) / (1 - r), r being the correlation of neighbouring residuals.
 *
 * @returns null with fewer than 10 points
 */
export function trendOf(points: readonly TrendPoint[]): TrendLine | null {
  const count = points.length;
  if (count < 10) return null;
  const slopes = pairSlopes(points);
  if (slopes.length === 0) return null;
  const slope = medianOfSorted(slopes);
  const offsets = Float64Array.from(points, ({ at, value }) => value - slope * at);
  const offset = medianOfSorted(Float64Array.from(offsets).sort());
  const dependence = neighbourCorrelation(offsets);
  const variance = (count * (count - 1) * (2 * count + 5)) / 18;
  const spread = DEVIATIONS * Math.sqrt((variance * (1 + dependence)) / (1 - dependence));
  const at = (rank: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))]!;
  return {
    slope,
    low: at((slopes.length - spread) / 2 - 1),
    high: at((slopes.length + spread) / 2),
    valueAt: (time) => offset + slope * time,
  };
}

/** Correlation of each value with the one before it, 0 to 0.95. */
function neighbourCorrelation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let product = 0;
  let square = 0;
  values.forEach((value, i) => {
    square += (value - mean) ** 2;
    if (i > 0) product += (value - mean) * (values[i - 1]! - mean);
  });
  return square === 0 ? 0 : Math.min(0.95, Math.max(0, product / square));
}
