import { build, decodeFromCompressedBase64, type Histogram, HistogramLogReader } from 'hdr-histogram-js';
import { BUCKET_DIGITS, BUCKET_NS_MAX, BUCKET_UNIT_NS } from './buckets.js';
import { recordedBuckets } from './histogram.js';

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
  const merged = emptyLogHistogram();
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

/** A histogram to which those of a log can be added. */
export function emptyLogHistogram(): Histogram {
  return build({
    bitBucketSize: 64,
    lowestDiscernibleValue: BUCKET_UNIT_NS,
    highestTrackableValue: BUCKET_NS_MAX,
    numberOfSignificantValueDigits: BUCKET_DIGITS,
    autoResize: true,
    useWebAssembly: false,
  });
}

/** One interval of one target, as a log holds it; values in ns. */
export interface LoggedInterval {
  readonly tag: string;
  /** From the start of the log. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly histogram: Histogram;
}

/**
 * One line of a histogram log.
 * @returns null for a comment or the head of the log
 * @throws RangeError when the line holds no histogram
 */
export function readLogLine(line: string): LoggedInterval | null {
  const fields = /^Tag=([^,]*),([^,]*),([^,]*),[^,]*,(.+)$/.exec(line.trim());
  if (fields === null) return null;
  const [, tag, from, length, encoded] = fields;
  const fromSeconds = Number(from);
  try {
    const histogram = decodeFromCompressedBase64(encoded!, 64, false);
    return { tag: tag!, fromSeconds, toSeconds: fromSeconds + Number(length), histogram };
  } catch (cause) {
    throw new RangeError(`no histogram: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
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
  const logged = readLogLine(line);
  if (logged === null) return null;
  const atMost = boundsNs.map(() => 0);
  for (const { toNs, count } of recordedBuckets(logged.histogram)) {
    boundsNs.forEach((bound, index) => {
      if (toNs <= bound) atMost[index]! += count;
    });
  }
  return { tag: logged.tag, atMost };
}
