import type { Histogram } from 'hdr-histogram-js';
import { recordedBuckets } from './histogram.js';
import { emptyLogHistogram, type LoggedInterval, readLogLine } from './histogram-log-read.js';

/** Rows of the heat map a factor of ten of latency: each is 1.21 times the one below it. */
const ROWS_PER_DECADE = 12;
/** Lower edge of the lowest row; what is shorter counts there. */
const FLOOR_MS = 0.01;
/** Up to 1000 s; what is longer counts in the highest row. */
const ROWS = 8 * ROWS_PER_DECADE;
/** A plot is some 1 000 pixels wide: of more intervals, neighbours are merged. */
const COLUMNS_MAX = 400;
/** Points for each halving of the share that is slower: what HdrHistogram's own tools print. */
const POINTS_PER_HALF = 5;
const NS_PER_MS = 1e6;

/** As 1 / (1 - percentile): even steps, and between them the percentiles that people name. */
const PERCENTILES: readonly number[] = [
  ...Array.from({ length: 45 * POINTS_PER_HALF }, (_, step) => 2 ** (step / POINTS_PER_HALF)),
  ...[20, ...Array.from({ length: 12 }, (_, nines) => 10 ** (nines + 1))],
].sort((a, b) => a - b);

/** How many answers took how long, in one stretch of time. */
export interface HeatColumn {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Row of the first count; rows beyond both ends are empty. */
  readonly firstRow: number;
  readonly counts: readonly number[];
}

/**
 * Latency over time as counts. Row r holds latencies from `floorMs` x 10^(r / rowsPerDecade) to the same with r + 1.
 *
 * ```
 *   row |        . #      counts of one column and row
 *       |  . . . # # .
 *       +-------------> columns, from the start of the schedule
 * ```
 */
export interface HeatMap {
  readonly floorMs: number;
  readonly rowsPerDecade: number;
  readonly columns: readonly HeatColumn[];
}

/** Latency by percentile, of one target or of all together. */
export interface Spectrum {
  /** Null for all targets together. */
  readonly target: string | null;
  readonly count: number;
  /** Ascending. `oneIn` is 1 / (1 - percentile): 100 stands for p99, `count` for the maximum. */
  readonly points: readonly { readonly oneIn: number; readonly ms: number }[];
}

/** What report.html draws of a `latency.hlog`: answered requests, from the intended send time. */
export interface LatencyDrawing {
  readonly heat: HeatMap | null;
  /** All targets together first, then each target where there are several. */
  readonly spectra: readonly Spectrum[];
}

interface Column {
  readonly fromSeconds: number;
  toSeconds: number;
  readonly counts: Float64Array;
}

/** Reads a `latency.hlog` line by line, while it is written or afterwards. Its memory does not grow with the length of the run. */
export class LatencyPicture {
  readonly #byTarget = new Map<string, Histogram>();
  #columns: Column[] = [];
  /** Intervals that a column stands for, and how many the last one has. */
  #perColumn = 1;
  #inLast = 0;
  /** Start of the latest interval: the lines of several targets share it. */
  #latestSeconds = Number.NaN;

  /** Takes one line; comments and the head of the log are passed over. @throws RangeError when the line holds no histogram */
  line(text: string): void {
    const logged = readLogLine(text);
    if (logged !== null) this.add(logged);
  }

  add({ tag, fromSeconds, toSeconds, histogram }: LoggedInterval): void {
    const known = this.#byTarget.get(tag) ?? emptyLogHistogram();
    known.add(histogram);
    this.#byTarget.set(tag, known);
    const column = this.#columnAt(fromSeconds);
    column.toSeconds = Math.max(column.toSeconds, toSeconds);
    for (const { toNs, count } of recordedBuckets(histogram))
      column.counts[rowOf(toNs / NS_PER_MS)]! += count;
  }

  /** The drawing of what has been read so far. */
  drawing(): LatencyDrawing {
    const all = emptyLogHistogram();
    for (const histogram of this.#byTarget.values()) all.add(histogram);
    const each = [...this.#byTarget].map(([target, histogram]) => spectrumOf(target, histogram));
    const spectra = [spectrumOf(null, all), ...(each.length > 1 ? each : [])];
    return {
      heat: all.totalCount === 0 ? null : this.#heat(),
      spectra: spectra.filter(({ count }) => count > 0),
    };
  }

  #columnAt(fromSeconds: number): Column {
    const last = this.#columns.at(-1);
    if (last !== undefined && fromSeconds === this.#latestSeconds) return last;
    this.#latestSeconds = fromSeconds;
    this.#inLast += 1;
    if (last !== undefined && this.#inLast <= this.#perColumn) return last;
    if (this.#columns.length >= COLUMNS_MAX) this.#halve();
    const column = { fromSeconds, toSeconds: fromSeconds, counts: new Float64Array(ROWS) };
    this.#columns.push(column);
    this.#inLast = 1;
    return column;
  }

  #halve(): void {
    this.#perColumn *= 2;
    this.#columns = this.#columns.flatMap((column, index, columns) => {
      if (index % 2 === 1) return [];
      const next = columns[index + 1];
      if (next === undefined) return [column];
      next.counts.forEach((count, row) => {
        column.counts[row]! += count;
      });
      return [{ ...column, toSeconds: next.toSeconds }];
    });
  }

  #heat(): HeatMap {
    const columns = this.#columns.map(({ fromSeconds, toSeconds, counts }): HeatColumn => {
      const first = counts.findIndex((count) => count > 0);
      if (first < 0) return { fromSeconds, toSeconds, firstRow: 0, counts: [] };
      let last = ROWS - 1;
      while (counts[last] === 0) last -= 1;
      return { fromSeconds, toSeconds, firstRow: first, counts: [...counts.subarray(first, last + 1)] };
    });
    return { floorMs: FLOOR_MS, rowsPerDecade: ROWS_PER_DECADE, columns };
  }
}

function rowOf(ms: number): number {
  const row = Math.floor(Math.log10(Math.max(ms, FLOOR_MS) / FLOOR_MS) * ROWS_PER_DECADE);
  return Math.min(ROWS - 1, Math.max(0, row));
}

function spectrumOf(target: string | null, histogram: Histogram): Spectrum {
  const count = histogram.totalCount;
  const points: { oneIn: number; ms: number }[] = [];
  for (const oneIn of PERCENTILES) {
    if (oneIn >= count) break;
    points.push({ oneIn, ms: histogram.getValueAtPercentile(100 * (1 - 1 / oneIn)) / NS_PER_MS });
  }
  if (count > 0) points.push({ oneIn: count, ms: histogram.maxValue / NS_PER_MS });
  return { target, count, points };
}
