import type { RateShape } from '../config/arrival.js';

/** A stretch of the run over which the rate is linear. */
export interface RateSegment {
  readonly durationNs: number;
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
}

/**
 * The rate of a run over time, and its integral.
 *
 * ```
 *  rate |        ________          count |            ___/
 *       |   ____/        \___            |        __/
 *       |__/                 \           |  ____/
 *       +---------------------> t        +/-------------> t
 * ```
 *
 * `count(t)` is how many requests the rate amounts to from 0 to t; {@link RateCursor} inverts it. Both work from the start of the segment,
 * never from the previous request, so that no rounding error adds up with the number of requests.
 */
export class RateProfile {
  readonly segments: number;
  readonly startNs: Float64Array;
  /** Count at the start of segment i; one entry more for the end. */
  readonly startCount: Float64Array;
  readonly fromPerNs: Float64Array;
  readonly toPerNs: Float64Array;

  /** Segments of no length are dropped. Rates are at least 0. */
  constructor(segments: readonly RateSegment[]) {
    const kept = segments.filter((segment) => segment.durationNs > 0);
    this.segments = kept.length;
    this.startNs = new Float64Array(kept.length + 1);
    this.startCount = new Float64Array(kept.length + 1);
    this.fromPerNs = new Float64Array(kept.length);
    this.toPerNs = new Float64Array(kept.length);
    for (const [i, segment] of kept.entries()) {
      // Before the division by 1e9, so that 1 500/s over 20 s is 30 000 and not a neighbour of it.
      const meanPerSecond = (segment.fromPerSecond + segment.toPerSecond) / 2;
      this.startNs[i + 1] = this.startNs[i]! + segment.durationNs;
      this.startCount[i + 1] = this.startCount[i]! + (meanPerSecond * segment.durationNs) / 1e9;
      this.fromPerNs[i] = segment.fromPerSecond / 1e9;
      this.toPerNs[i] = segment.toPerSecond / 1e9;
    }
  }

  get durationNs(): number {
    return this.startNs[this.segments]!;
  }

  /** Rate in force at a time from the start; the nearest end's outside the run. */
  ratePerSecondAt(timeNs: number): number {
    let i = 0;
    while (i < this.segments - 1 && timeNs >= this.startNs[i + 1]!) i++;
    const fromNs = this.startNs[i]!;
    const share = Math.min(1, Math.max(0, (timeNs - fromNs) / (this.startNs[i + 1]! - fromNs)));
    return (this.fromPerNs[i]! + (this.toPerNs[i]! - this.fromPerNs[i]!) * share) * 1e9;
  }

  /** Count over the whole run. */
  get total(): number {
    return this.startCount[this.segments]!;
  }

  /**
   * Requests at equal counts 0, 1, 2 ... below the total. A total that is a whole number but for rounding counts as that number.
   */
  get requests(): number {
    const slack = 1e-9 + this.total * 1e-14;
    return Math.max(0, Math.ceil(this.total - slack));
  }

  /** Requests that the rate amounts to from 0 to `atNs`. */
  count(atNs: number): number {
    if (atNs <= 0) return 0;
    let i = 0;
    while (i < this.segments && this.startNs[i + 1]! <= atNs) i++;
    if (i === this.segments) return this.total;
    const into = atNs - this.startNs[i]!;
    const lengthNs = this.startNs[i + 1]! - this.startNs[i]!;
    const rateAt = this.fromPerNs[i]! + ((this.toPerNs[i]! - this.fromPerNs[i]!) * into) / lengthNs;
    return this.startCount[i]! + ((this.fromPerNs[i]! + rateAt) / 2) * into;
  }

  /** Requests per second at `atNs`; 0 outside the run. */
  ratePerSecond(atNs: number): number {
    if (atNs < 0 || atNs >= this.durationNs) return 0;
    let i = 0;
    while (this.startNs[i + 1]! <= atNs) i++;
    const share = (atNs - this.startNs[i]!) / (this.startNs[i + 1]! - this.startNs[i]!);
    return (this.fromPerNs[i]! + (this.toPerNs[i]! - this.fromPerNs[i]!) * share) * 1e9;
  }
}

/** Indexes of {@link RateCursor.numbers}. */
export const CURSOR = { count: 0, atNs: 1 } as const;

/**
 * Inverts the count of a profile, for counts that never decrease. Numbers go in and out by memory, because V8 puts a fraction that is passed
 * between functions on the heap unless it inlines the call.
 */
export class RateCursor {
  /** The count to look for, and where {@link seek} found it, ns. */
  readonly numbers = new Float64Array(2);
  readonly #profile: RateProfile;
  #segment = 0;

  constructor(profile: RateProfile) {
    this.#profile = profile;
  }

  /** Finds the earliest time at which the profile has reached `numbers[CURSOR.count]`; Infinity at the total and beyond. */
  seek(): void {
    const profile = this.#profile;
    const { startCount } = profile;
    const { numbers } = this;
    const count = numbers[CURSOR.count]!;
    let i = this.#segment;
    while (i < profile.segments && count >= startCount[i + 1]!) i++;
    this.#segment = i;
    if (i === profile.segments) {
      numbers[CURSOR.atNs] = Number.POSITIVE_INFINITY;
      return;
    }
    const from = profile.fromPerNs[i]!;
    const into = Math.max(0, count - startCount[i]!);
    const startNs = profile.startNs[i]!;
    if (from === profile.toPerNs[i]!) {
      numbers[CURSOR.atNs] = into === 0 ? startNs : startNs + into / from;
      return;
    }
    // The root of a t + s t^2 / 2 = c, in the form that loses no digits: 2 c over the sum of the rates at both ends.
    const sum = from + rateReached(profile, i, count);
    const offsetNs = sum > 0 ? (2 * into) / sum : 0;
    numbers[CURSOR.atNs] = Math.min(profile.startNs[i + 1]!, startNs + offsetNs);
  }
}

/**
 * Rate, per ns, where the sloping segment `i` reaches `count`. It follows from the lower end of the slope, because the difference of two large
 * squares would lose a small one.
 */
function rateReached(profile: RateProfile, i: number, count: number): number {
  const from = profile.fromPerNs[i]!;
  const to = profile.toPerNs[i]!;
  const slope = (to - from) / (profile.startNs[i + 1]! - profile.startNs[i]!);
  const squared =
    slope > 0
      ? from * from + 2 * slope * (count - profile.startCount[i]!)
      : to * to - 2 * slope * (profile.startCount[i + 1]! - count);
  return Math.sqrt(Math.max(0, squared));
}

/** The shape of a run's rate as segments that cover exactly `durationNs`. */
export function segmentsOf(shape: RateShape, durationNs: number): RateSegment[] {
  switch (shape.kind) {
    case 'constant':
      return [flat(durationNs, shape.ratePerSecond)];
    case 'ramp':
      return rampSegments(shape.fromPerSecond, shape.toPerSecond, shape.overNs, durationNs);
    case 'step':
      return stepSegments(shape.steps, durationNs);
    case 'burst':
      return burstSegments(shape, durationNs);
  }
}

/** From `atNs` on, the planned rate is multiplied by `factor`, until the next change; 0 pauses the load. */
export interface RateChange {
  readonly atNs: number;
  readonly factor: number;
}

/**
 * A plan with the changes that were made while it was followed: still a pure function, and the same as before up to each change.
 *
 * ```
 *   plan    |-----------------------|        changed |------|      |------
 *           |                       |                |      |______|  x 0, then x 1.1
 *           +----------------------->                +------^------^------>
 * ```
 *
 * @param changes ascending in time; each holds until the next
 */
export function changedSegments(
  segments: readonly RateSegment[],
  changes: readonly RateChange[],
): RateSegment[] {
  const changed: RateSegment[] = [];
  let startNs = 0;
  for (const segment of segments) {
    const endNs = startNs + segment.durationNs;
    const inside = changes.filter(({ atNs }) => atNs > startNs && atNs < endNs);
    const before = changes.filter(({ atNs }) => atNs <= startNs).at(-1);
    const cuts = [{ atNs: startNs, factor: before?.factor ?? 1 }, ...inside];
    cuts.forEach(({ atNs, factor }, index) => {
      const untilNs = cuts[index + 1]?.atNs ?? endNs;
      changed.push({
        durationNs: untilNs - atNs,
        fromPerSecond: factor * rateWithin(segment, atNs - startNs),
        toPerSecond: factor * rateWithin(segment, untilNs - startNs),
      });
    });
    startNs = endNs;
  }
  return changed;
}

function rateWithin({ durationNs, fromPerSecond, toPerSecond }: RateSegment, intoNs: number): number {
  if (fromPerSecond === toPerSecond || durationNs === 0) return fromPerSecond;
  return fromPerSecond + ((toPerSecond - fromPerSecond) * intoNs) / durationNs;
}

function flat(durationNs: number, ratePerSecond: number): RateSegment {
  return { durationNs, fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond };
}

function rampSegments(from: number, to: number, overNs: number, durationNs: number): RateSegment[] {
  if (overNs <= durationNs) {
    return [{ durationNs: overNs, fromPerSecond: from, toPerSecond: to }, flat(durationNs - overNs, to)];
  }
  const reached = from + ((to - from) * durationNs) / overNs;
  return [{ durationNs, fromPerSecond: from, toPerSecond: reached }];
}

function stepSegments(
  steps: readonly { readonly ratePerSecond: number; readonly forNs: number }[],
  durationNs: number,
): RateSegment[] {
  const segments: RateSegment[] = [];
  let leftNs = durationNs;
  for (const [i, step] of steps.entries()) {
    const lastNs = i === steps.length - 1 ? leftNs : Math.min(leftNs, step.forNs);
    segments.push(flat(lastNs, step.ratePerSecond));
    leftNs -= lastNs;
  }
  return segments;
}

function burstSegments(shape: Extract<RateShape, { kind: 'burst' }>, durationNs: number): RateSegment[] {
  const segments: RateSegment[] = [];
  const bursting = shape.ratePerSecond * shape.factor;
  let atNs = 0;
  for (let burstNs = shape.atNs; burstNs < durationNs; burstNs += shape.everyNs ?? Number.POSITIVE_INFINITY) {
    const endNs = Math.min(durationNs, burstNs + shape.forNs);
    segments.push(flat(burstNs - atNs, shape.ratePerSecond), flat(endNs - burstNs, bursting));
    atNs = endNs;
  }
  segments.push(flat(durationNs - atNs, shape.ratePerSecond));
  return segments;
}
