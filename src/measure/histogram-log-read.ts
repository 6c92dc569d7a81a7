import { build, decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { BUCKET_DIGITS, BUCKET_NS_MAX, BUCKET_UNIT_NS } from './buckets.js';
import { recordedBuckets } from './histogram.js';

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
 * @returns null for a comment, the head of the log or an empty line
 * @throws RangeError when the line holds no histogram
 */
export function readLogLine(line: string): LoggedInterval | null {
  const text = line.trim();
  if (text === '' || text.startsWith('#') || text.startsWith('"')) return null;
  const fields = /^Tag=([^,]*),([^,]*),([^,]*),[^,]*,(.+)$/.exec(text);
  if (fields === null) throw new RangeError('no line of a histogram log');
  const [, tag, from, length, encoded] = fields;
  const fromSeconds = Number(from);
  try {
    const histogram = decodeFromCompressedBase64(encoded!, 64, false);
    return { tag: tag!, fromSeconds, toSeconds: fromSeconds + Number(length), histogram };
  } catch (cause) {
    throw new RangeError(`no histogram: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** What a log holds, in its order. @throws RangeError naming the line that holds no histogram */
export function* loggedIntervals(log: string): IterableIterator<LoggedInterval> {
  for (const [index, line] of log.split('\n').entries()) {
    let logged: LoggedInterval | null;
    try {
      logged = readLogLine(line);
    } catch (cause) {
      if (cause instanceof RangeError) throw new RangeError(`line ${index + 1}: ${cause.message}`);
      throw cause;
    }
    if (logged !== null) yield logged;
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
