import type { DrawnInterval } from './interval.js';

/** A plot is some 1 000 pixels wide: of more intervals, neighbours are merged. Even, so that all can be merged in pairs. */
const COLUMNS_MAX = 2_000;
/** Of a column: start, then the sums, then what is the largest of several intervals. */
const SUMS_FROM = 1;
const LARGEST_FROM = 4;
const STRIDE = 11;

/**
 * What report.html draws of the closed intervals of a run: sums stay exact and of every figure the largest stays, however long the run becomes. All memory
 * is set aside at the start.
 *
 * ```
 *   intervals  | | | | | | | | |
 *   columns    |   |   |   |   |        one interval each until COLUMNS_MAX, then two, four, eight ...
 * ```
 */
export class IntervalPicture {
  readonly #figures = new Float64Array(COLUMNS_MAX * STRIDE);
  #columns = 0;
  /** Intervals that a column stands for, and how many the last one has. */
  #perColumn = 1;
  #inLast = 0;

  /** Takes the next interval of all targets together. */
  add(interval: DrawnInterval): void {
    const begins = this.#columns === 0 || this.#inLast === this.#perColumn;
    if (begins && this.#columns === COLUMNS_MAX) this.#halve();
    const figures = figuresOf(interval);
    if (begins) {
      this.#figures.set(figures, this.#columns * STRIDE);
      this.#columns += 1;
      this.#inLast = 1;
    } else {
      this.#merge(this.#columns - 1, figures);
      this.#inLast += 1;
    }
  }

  /** The columns so far, in order. */
  intervals(): DrawnInterval[] {
    return Array.from({ length: this.#columns }, (_, column) => intervalOf(this.#column(column)));
  }

  #column(index: number): Float64Array {
    return this.#figures.subarray(index * STRIDE, (index + 1) * STRIDE);
  }

  #halve(): void {
    for (let to = 0; to < COLUMNS_MAX / 2; to++) {
      this.#column(to).set(this.#column(2 * to));
      this.#merge(to, this.#column(2 * to + 1));
    }
    this.#columns = COLUMNS_MAX / 2;
    this.#perColumn *= 2;
  }

  #merge(into: number, from: ArrayLike<number>): void {
    const figures = this.#column(into);
    for (let at = SUMS_FROM; at < LARGEST_FROM; at++) figures[at]! += from[at]!;
    for (let at = LARGEST_FROM; at < STRIDE; at++) {
      // NaN, which stands for no sample, is larger than nothing.
      if (Number.isNaN(figures[at]) || from[at]! > figures[at]!) figures[at] = from[at]!;
    }
  }
}

function figuresOf(interval: DrawnInterval): number[] {
  const { elapsedSeconds, durationSeconds, due, answered } = interval;
  const { latencyAllMs, scheduleLagMs, transportWaitMs } = interval;
  const { p50, p90, p99, max } = latencyAllMs;
  const largest = [p50, p90, p99, max, scheduleLagMs.p99, scheduleLagMs.max, transportWaitMs.max];
  return [elapsedSeconds, durationSeconds, due, answered, ...largest.map((value) => value ?? Number.NaN)];
}

function intervalOf(figures: Float64Array): DrawnInterval {
  const at = (index: number): number => figures[index]!;
  const largest = (index: number): number | null => (Number.isNaN(at(index)) ? null : at(index));
  return {
    elapsedSeconds: at(0),
    durationSeconds: at(1),
    due: at(2),
    answered: at(3),
    latencyAllMs: { p50: largest(4), p90: largest(5), p99: largest(6), max: largest(7) },
    scheduleLagMs: { p99: largest(8), max: largest(9) },
    transportWaitMs: { max: largest(10) },
  };
}
