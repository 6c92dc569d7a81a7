import { build, decodeFromCompressedBase64, type Histogram, HistogramLogReader } from 'hdr-histogram-js';
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

/**
 * Values of one line of a histogram log that do not exceed each bound, as a cumulative histogram wants them.
 *
 * @param boundsNs ascending
 * @returns the line's tag and a count a bound; null for a comment or the head of the log
 * @throws RangeError when the line holds no histogram
 */
export function bucketCounts(
  line: string,
  boundsNs: readonly number[],
): { readonly tag: string; readonly atMost: readonly number[] } | null {
  const fields = /^Tag=([^,]*),[^,]*,[^,]*,[^,]*,(.+)$/.exec(line.trim());
  if (fields === null) return null;
  const atMost = boundsNs.map(() => 0);
  let histogram: Histogram;
  try {
    histogram = decodeFromCompressedBase64(fields[2]!, 64, false);
  } catch (cause) {
    throw new RangeError(`no histogram: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  // The public iterator of the package is on its JavaScript class, which is what decoding without WebAssembly returns.
  const { recordedValuesIterator } = histogram as unknown as {
    recordedValuesIterator: {
      reset(): void;
      hasNext(): boolean;
      next(): { countAddedInThisIterationStep: number; valueIteratedTo: number };
    };
  };
  recordedValuesIterator.reset();
  while (recordedValuesIterator.hasNext()) {
    const { valueIteratedTo, countAddedInThisIterationStep } = recordedValuesIterator.next();
    boundsNs.forEach((bound, index) => {
      if (valueIteratedTo <= bound) atMost[index]! += countAddedInThisIterationStep;
    });
  }
  return { tag: fields[1]!, atMost };
}
