import type { DriftSummary, Trend } from './summary.js';
import { medianOfSorted, type TrendPoint, trendOf } from './trend.js';

/** What is looked at of one interval; null: no sample. */
export interface DriftSample {
  /** Since the start of the run. */
  readonly seconds: number;
  readonly generatorMemory: number;
  readonly latencyP50: number | null;
  readonly latencyP99: number | null;
}

/** Samples kept; beyond it neighbours are joined, so that a run of years is one of as many samples. */
const SAMPLES_MAX = 2_000;
/** Fewer intervals say nothing. */
const INTERVALS_MIN = 30;
/** Points that a line is drawn through, each the median of the samples in its share of the time. */
const POINTS_MAX = 200;
/** Share of a run, and longest time, that is left out at its beginning. */
const SKIPPED_SHARE = 0.1;
const SKIPPED_SECONDS_MAX = 1_800;

/** Follows the figures that leaks and drifts show in; memory does not grow with the length of the run. */
export class DriftSeries {
  samples: DriftSample[] = [];
  /** Intervals seen. */
  intervals = 0;

  /** Goes on from {@link samples} and {@link intervals} of another. */
  carry(earlier: { readonly samples: readonly DriftSample[]; readonly intervals: number }): void {
    this.samples = [...earlier.samples];
    this.intervals = earlier.intervals;
  }

  add(sample: DriftSample): void {
    this.samples.push(sample);
    this.intervals += 1;
    if (this.samples.length < SAMPLES_MAX) return;
    this.samples = this.samples.flatMap((one, index) => {
      const next = this.samples[index + 1];
      return index % 2 === 1 ? [] : [next === undefined ? one : joined(one, next)];
    });
  }

  /** Null with fewer than 30 intervals. */
  summary(): DriftSummary | null {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || this.intervals < INTERVALS_MIN) return null;
    const skippedSeconds = Math.min(SKIPPED_SECONDS_MAX, SKIPPED_SHARE * (last.seconds - first.seconds));
    const kept = this.samples.filter(({ seconds }) => seconds >= first.seconds + skippedSeconds);
    const trends = [
      trend('generatorMemory', 'MB', kept),
      trend('latencyP50', 'ms', kept),
      trend('latencyP99', 'ms', kept),
    ].filter((one) => one !== null);
    return { skippedSeconds, intervals: this.intervals, trends };
  }
}

/** The larger of two: what rises must not be thinned away. */
function joined(a: DriftSample, b: DriftSample): DriftSample {
  const larger = (x: number | null, y: number | null): number | null =>
    x === null || y === null ? (x ?? y) : Math.max(x, y);
  return {
    seconds: a.seconds,
    generatorMemory: Math.max(a.generatorMemory, b.generatorMemory),
    latencyP50: larger(a.latencyP50, b.latencyP50),
    latencyP99: larger(a.latencyP99, b.latencyP99),
  };
}

function trend(name: Trend['name'], unit: Trend['unit'], samples: readonly DriftSample[]): Trend | null {
  const points = samples.flatMap((sample): TrendPoint[] => {
    const value = sample[name];
    return value === null ? [] : [{ at: sample.seconds / 3600, value }];
  });
  const blocks = inBlocks(points);
  const line = trendOf(blocks);
  if (line === null) return null;
  const { slope, low, high, valueAt } = line;
  return {
    ...{ name, unit, perHour: slope, lowPerHour: low, highPerHour: high },
    from: valueAt(blocks[0]!.at),
    to: valueAt(blocks.at(-1)!.at),
    verdict: low > 0 ? 'rising' : high < 0 ? 'falling' : 'steady',
  };
}

/** Medians of equally long runs of points. */
function inBlocks(points: readonly TrendPoint[]): TrendPoint[] {
  const size = Math.ceil(points.length / POINTS_MAX);
  const blocks: TrendPoint[] = [];
  for (let at = 0; at < points.length; at += size) {
    const block = points.slice(at, at + size);
    const median = (pick: (point: TrendPoint) => number): number =>
      medianOfSorted(Float64Array.from(block, pick).sort());
    blocks.push({ at: median((point) => point.at), value: median((point) => point.value) });
  }
  return blocks;
}
