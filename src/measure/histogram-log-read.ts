import { build, HistogramLogReader } from 'hdr-histogram-js';
import { BUCKET_DIGITS, BUCKET_NS_MAX, BUCKET_UNIT_NS } from './buckets.js';

const NS_PER_MS = 1e6;
/** Lines per halving of the distance to 100 %: what HdrHistogram's own tools print. */
const TICKS_PER_HALF_DISTANCE = 5;

/**
 * The percentile distribution (`.hgrm`) of a histogram log, all intervals and targets merged, as HdrHistogram's plotters read it.
 *
 * @param log text of a `latency.hlog`
 * @returns lines `Value Percentile TotalCount 1/(1-Percentile)`, values in ms, and the comments that follow them
 * @throws RangeError when a line of the log does not hold a histogram
 */
export function percentileDistribution(log: string): string {
  const merged = build({
    bitBucketSize: 64,
    lowestDiscernibleValue: BUCKET_UNIT_NS,
    highestTrackableValue: BUCKET_NS_MAX,
    numberOfSignificantValueDigits: BUCKET_DIGITS,
    autoResize: true,
    useWebAssembly: false,
  });
  const reader = new HistogramLogReader(log, 64, false);
  let read = 0;
  try {
    for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
      merged.add(next);
      read += 1;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`histogram ${read + 1} of the log cannot be read: ${why}`);
  }
  return merged.outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, NS_PER_MS);
}
