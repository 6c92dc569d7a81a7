/**
 * The log-linear buckets in which workers count durations: the array layout of an HdrHistogram with a unit of 64 ns, 3
 * significant digits and a range of 1 h, so that counts move into `hdr-histogram-js` index by index.
 *
 * ```
 *   index      0 ......... 2047 | 2048 ... 3071 | 3072 ... 4095 | ...            27647
 *   width      64 ns            | 128 ns        | 256 ns        | doubles
 *   from       0                | 131 us        | 262 us        | ...            1 h
 * ```
 *
 * A bucket is never wider than 1/1024 of its values.
 */

/** Width of the narrowest bucket. */
export const BUCKET_UNIT_NS = 64;
export const BUCKET_DIGITS = 3;
/** Longest duration that has a bucket of its own; a longer one counts here (its exact value is kept beside). */
export const BUCKET_NS_MAX = 3_600e9;
export const BUCKET_COUNT = 27_648;

const HALF_BITS = 10;
const PER_UNIT = 1 / BUCKET_UNIT_NS;
/** From here on the number of units does not fit 31 bits. */
const WIDE_NS = 2 ** 31 * BUCKET_UNIT_NS;
const WIDE_BITS = 16;

/** Index of the bucket of a duration; negative durations and NaN count as 0, longer ones than the range as its end. */
export function bucketOf(ns: number): number {
  return bucketIn(Float64Array.of(ns));
}

/** The same for the duration that stands in memory: passed to a call that is not inlined it would be an object on the heap. */
export function bucketIn(duration: Float64Array): number {
  const ns = duration[0]!;
  if (ns >= WIDE_NS) return wideBucketOf(ns);
  const units = ns > 0 ? (ns * PER_UNIT) | 0 : 0;
  const shift = 21 - Math.clz32(units);
  return shift > 0 ? (shift << HALF_BITS) + (units >>> shift) : units;
}

function wideBucketOf(ns: number): number {
  const units = (Math.min(ns, BUCKET_NS_MAX) * (PER_UNIT / 2 ** WIDE_BITS)) | 0;
  const shift = 21 - Math.clz32(units);
  return ((shift + WIDE_BITS) << HALF_BITS) + (units >>> shift);
}

/** Smallest duration that counts in a bucket. */
export function bucketFloorNs(index: number): number {
  const shift = Math.max(0, (index >> HALF_BITS) - 1);
  return (index - (shift << HALF_BITS)) * 2 ** shift * BUCKET_UNIT_NS;
}
