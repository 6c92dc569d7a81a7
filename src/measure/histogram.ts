import { build, type Histogram, HistogramLogWriter } from 'hdr-histogram-js';
import { BUCKET_DIGITS, BUCKET_NS_MAX, BUCKET_UNIT_NS, bucketFloorNs, bucketOf } from './buckets.js';
import type { LatencyFigures } from './summary.js';

const NS_PER_MS = 1e6;
const PERCENTILES = { p50: 50, p90: 90, p99: 99, p999: 99.9, p9999: 99.99 } as const;

/** A histogram that is not empty as plain data; `buckets` holds the index of a bucket and its count in turn. */
export interface CompactHistogram {
  readonly count: number;
  readonly sumNs: number;
  readonly sumOfSquares: number;
  readonly minNs: number;
  readonly maxNs: number;
  readonly buckets: readonly number[];
}

/**
 * A histogram of durations in ns. The one place that touches `hdr-histogram-js`: values are clamped to its range, and
 * count, sum, minimum and maximum are kept exactly beside it.
 */
export class DurationHistogram {
  count = 0;
  sumNs = 0;
  sumOfSquares = 0;
  minNs = Number.POSITIVE_INFINITY;
  maxNs = Number.NEGATIVE_INFINITY;
  /** Made with the first value: an idle histogram costs nothing. */
  #buckets: Histogram | null = null;

  /** Counts `times` durations of `ns`; negative and NaN count as 0. */
  record(ns: number, times = 1): void {
    const value = ns > 0 ? ns : 0;
    this.#hdr().recordValueWithCount(clampNs(value), times);
    this.addExact(times, value * times, value * value * times, value, value);
  }

  /** Adds buckets counted elsewhere: `counts[from + i]` values in bucket `first + i`, up to bucket `last`. */
  addBuckets(counts: Uint32Array, from: number, first: number, last: number): void {
    const hdr = this.#hdr();
    for (let index = first; index <= last; index++) {
      const times = counts[from + index - first]!;
      if (times > 0) hdr.recordValueWithCount(bucketFloorNs(index), times);
    }
  }

  /** Adds the exact figures that belong to buckets added with {@link addBuckets}. */
  addExact(count: number, sumNs: number, sumOfSquares: number, minNs: number, maxNs: number): void {
    this.count += count;
    this.sumNs += sumNs;
    this.sumOfSquares += sumOfSquares;
    this.minNs = Math.min(this.minNs, minNs);
    this.maxNs = Math.max(this.maxNs, maxNs);
  }

  merge(other: DurationHistogram): void {
    if (other.count === 0) return;
    const from = other.#buckets;
    if (from !== null) this.#hdr().add(from);
    this.addExact(other.count, other.sumNs, other.sumOfSquares, other.minNs, other.maxNs);
  }

  /** The same as plain data, a few KB instead of the 200 of the buckets; null when empty. */
  compact(): CompactHistogram | null {
    if (this.count === 0) return null;
    const buckets: number[] = [];
    for (const { toNs, count } of recordedBuckets(this.#hdr())) buckets.push(bucketOf(toNs), count);
    const { count, sumNs, sumOfSquares, minNs, maxNs } = this;
    return { count, sumNs, sumOfSquares, minNs, maxNs, buckets };
  }

  /** Adds what {@link compact} gave. */
  addCompact(compact: CompactHistogram): void {
    const hdr = this.#hdr();
    const { count, sumNs, sumOfSquares, minNs, maxNs, buckets } = compact;
    for (let i = 0; i < buckets.length; i += 2) {
      hdr.recordValueWithCount(bucketFloorNs(buckets[i]!), buckets[i + 1]!);
    }
    this.addExact(count, sumNs, sumOfSquares, minNs, maxNs);
  }

  /** Smallest duration that `percentile` % of the values do not exceed (bucket's upper edge, never beyond the exact extremes); null when empty. */
  percentileNs(percentile: number): number | null {
    if (this.count === 0) return null;
    const value = this.#hdr().getValueAtPercentile(percentile);
    return Math.min(this.maxNs, Math.max(this.minNs, value));
  }

  /** How many values lie above `ns`; exact to the width of a bucket (1/1024 of the value). */
  countAbove(ns: number): number {
    if (this.count === 0 || ns >= this.maxNs) return 0;
    if (ns < this.minNs) return this.count;
    const hdr = this.#hdr();
    let above = 0;
    for (const bucket of recordedBuckets(hdr)) if (bucket.fromNs > ns) above += bucket.count;
    return above;
  }

  /** The figures of a summary, in ms; null where there is no sample. */
  figures(): LatencyFigures {
    const percentile = (name: keyof typeof PERCENTILES) => toMs(this.percentileNs(PERCENTILES[name]));
    const empty = this.count === 0;
    const meanNs = this.sumNs / this.count;
    const variance = Math.max(0, this.sumOfSquares / this.count - meanNs * meanNs);
    return {
      count: this.count,
      min: empty ? null : this.minNs / NS_PER_MS,
      mean: empty ? null : meanNs / NS_PER_MS,
      stdDev: empty ? null : Math.sqrt(variance) / NS_PER_MS,
      p50: percentile('p50'),
      p90: percentile('p90'),
      p99: percentile('p99'),
      p999: percentile('p999'),
      p9999: percentile('p9999'),
      max: empty ? null : this.maxNs / NS_PER_MS,
    };
  }

  /** Writes one line of a histogram log; times are seconds since the log's start time. */
  writeLog(writer: HistogramLogWriter, tag: string, startSeconds: number, endSeconds: number): void {
    const hdr = this.#hdr();
    hdr.tag = tag;
    writer.outputIntervalHistogram(hdr, startSeconds, endSeconds, NS_PER_MS);
  }

  #hdr(): Histogram {
    this.#buckets ??= build({
      bitBucketSize: 64,
      lowestDiscernibleValue: BUCKET_UNIT_NS,
      highestTrackableValue: BUCKET_NS_MAX,
      numberOfSignificantValueDigits: BUCKET_DIGITS,
      autoResize: false,
      useWebAssembly: false,
    });
    return this.#buckets;
  }
}

/** Merged copy of several histograms. */
export function mergeHistograms(parts: Iterable<DurationHistogram>): DurationHistogram {
  const merged = new DurationHistogram();
  for (const part of parts) merged.merge(part);
  return merged;
}

/**
 * The text of `latency.hlog` as HdrHistogram's log tools read it: values in ns, interval maxima in ms, one line per
 * interval and target, tagged with the target's name.
 */
export class HistogramLog {
  readonly #writer: HistogramLogWriter;

  /** @param write takes the text, line by line. @param startUnixMs Unix time that the stamps of the lines count from. */
  constructor(write: (text: string) => void, startUnixMs: number) {
    this.#writer = new HistogramLogWriter(write);
    this.#writer.outputComment('[Latency from the intended send time, answered requests; values in ns]');
    this.#writer.outputLogFormatVersion();
    const seconds = (startUnixMs / 1000).toFixed(3);
    this.#writer.outputComment(
      `[StartTime: ${seconds} (seconds since epoch), ${new Date(startUnixMs).toISOString()}]`,
    );
    this.#writer.outputLegend();
  }

  /** Adds one interval of one target; times are seconds since the start. */
  add(target: string, startSeconds: number, endSeconds: number, histogram: DurationHistogram): void {
    histogram.writeLog(this.#writer, logTag(target), startSeconds, endSeconds);
  }
}

/** A tag must not hold what separates the fields of a log line. */
function logTag(target: string): string {
  return target.replace(/[\s,]+/g, '_');
}

function clampNs(ns: number): number {
  return Math.min(Math.max(0, Math.floor(ns)), BUCKET_NS_MAX);
}

function toMs(ns: number | null): number | null {
  return ns === null ? null : ns / NS_PER_MS;
}

/** Buckets with at least one value, ascending: lower edge, highest value that counts in it, and the count. */
export function* recordedBuckets(hdr: Histogram): Generator<{ fromNs: number; toNs: number; count: number }> {
  // The public iterator of the package looks at every bucket by way of five calls; on its JavaScript class, which is what build() and decoding
  // return without WebAssembly, the counts can be read where they lie.
  const cells = hdr as unknown as {
    readonly countsArrayLength: number;
    getCountAtIndex(index: number): number;
    valueFromIndex(index: number): number;
    highestEquivalentValue(value: number): number;
  };
  for (let index = 0; index < cells.countsArrayLength; index++) {
    const count = cells.getCountAtIndex(index);
    if (count === 0) continue;
    const toNs = cells.highestEquivalentValue(cells.valueFromIndex(index));
    yield { fromNs: toNs - Math.max(BUCKET_UNIT_NS, toNs / 2048), toNs, count };
  }
}
