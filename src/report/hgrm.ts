import { emptyLogHistogram, loggedIntervals } from '../measure/histogram-log-read.js';

const NS_PER_MS = 1e6;
/** Lines per halving of the distance to 100 %: what HdrHistogram's own tools print. */
const TICKS_PER_HALF_DISTANCE = 5;

/** Latencies from the intended send time as a percentile distribution (`.hgrm`), as HdrHistogram's plotters read it: all intervals and targets merged. */
export class PercentileReport {
  readonly #merged = emptyLogHistogram();

  /** @param log text of a `latency.hlog`. @throws RangeError naming the line that holds no histogram */
  add(log: string): void {
    for (const { histogram } of loggedIntervals(log)) this.#merged.add(histogram);
  }

  /** Lines `Value Percentile TotalCount 1/(1-Percentile)`, values in ms, and the comments that follow them. */
  text(): string {
    return this.#merged.outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, NS_PER_MS);
  }
}
