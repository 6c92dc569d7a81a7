import type { Arrival } from '../config/arrival.js';
import { Random } from './random.js';
import { CURSOR, RateCursor, RateProfile, segmentsOf } from './rate-profile.js';

/**
 * When the requests of one worker are due. A pure function of its arguments: nothing that happens while the run goes on changes it.
 *
 * Request j of worker w of W has the sequence number w + W j; the sequence numbers of all workers are 0, 1, 2 ... without a hole while arrivals are even.
 */
export interface Schedule {
  /** Sequence number of the request that the last {@link advance} or {@link next} came to; -1 before the first. */
  readonly sequence: number;
  /** Due time of that request, ns from the start of the run; Infinity behind the last. */
  readonly dueNs: number;
  /** Goes on to the next request. Due times never decrease. Allocates nothing. */
  advance(): void;
  /**
   * Goes on by another rate over time. Both profiles must agree up to a time that no request has passed: then the requests from there on are due
   * as if the new profile had been followed from the start. The request that the last {@link advance} came to has not been begun yet; it is due
   * anew.
   */
  revise(profile: RateProfile): void;
  /** {@link advance}, then `dueNs`. V8 may put the returned number on the heap; a loop that must not allocate reads `dueNs`. */
  next(): number;
  /** Goes to just before the first request that is due at `timeNs` or later, so that {@link advance} comes to it. Only forwards. */
  skipTo(timeNs: number): void;
}

export interface ScheduleOptions {
  readonly arrival: Arrival;
  readonly durationNs: number;
  readonly workers: number;
  /** 0 to `workers` - 1. */
  readonly worker: number;
  readonly seed: number;
}

/** The schedule of one worker. */
export function createSchedule(options: ScheduleOptions): Schedule {
  const profile = new RateProfile(segmentsOf(options.arrival.shape, options.durationNs));
  const split = { workers: options.workers, worker: options.worker };
  return options.arrival.spacing === 'even'
    ? new EvenSchedule(profile, split)
    : new PoissonSchedule(profile, split, new Random(options.seed, options.worker));
}

interface Split {
  readonly workers: number;
  readonly worker: number;
}

/** Request k of all is due where the profile has reached k: every worker takes each W-th, and together they are the schedule of a single worker. */
class EvenSchedule implements Schedule {
  sequence = -1;
  #profile: RateProfile;
  readonly #workers: number;
  #cursor: RateCursor;
  #numbers: Float64Array;
  #requests: number;
  #upcoming: number;

  constructor(profile: RateProfile, split: Split) {
    this.#profile = profile;
    this.#cursor = new RateCursor(profile);
    this.#numbers = this.#cursor.numbers;
    this.#workers = split.workers;
    this.#requests = profile.requests;
    this.#upcoming = split.worker;
  }

  get dueNs(): number {
    return this.#numbers[CURSOR.atNs]!;
  }

  advance(): void {
    const sequence = this.#upcoming;
    if (sequence >= this.#requests) {
      this.#numbers[CURSOR.atNs] = Number.POSITIVE_INFINITY;
      return;
    }
    this.sequence = sequence;
    this.#upcoming = sequence + this.#workers;
    this.#numbers[CURSOR.count] = sequence;
    this.#cursor.seek();
  }

  revise(profile: RateProfile): void {
    const ended = this.dueNs === Number.POSITIVE_INFINITY;
    this.#profile = profile;
    this.#cursor = new RateCursor(profile);
    this.#numbers = this.#cursor.numbers;
    this.#requests = profile.requests;
    // What stands at the end was not begun: it may lie within the new profile. Anything else is looked for again.
    if (!ended) this.#upcoming = this.sequence;
    this.advance();
  }

  next(): number {
    this.advance();
    return this.dueNs;
  }

  skipTo(timeNs: number): void {
    const before = Math.floor(this.#profile.count(timeNs)) - 2 * this.#workers;
    const turns = Math.floor((before - this.#upcoming) / this.#workers);
    if (turns > 0) this.#upcoming += turns * this.#workers;
    while (this.#upcoming < this.#requests) {
      this.#numbers[CURSOR.count] = this.#upcoming;
      this.#cursor.seek();
      if (this.dueNs >= timeNs) break;
      this.#upcoming += this.#workers;
    }
    // The cursor only goes forwards, and stands at the very request that comes next.
  }
}

/**
 * A Poisson process with the profile as its rate, by time change: the counts at which requests are due are sums of exponentials. W independent workers
 * with a W-th of the rate each add up to one process with the whole rate.
 *
 * The sum is kept as a whole part and a fraction below 1, so that its last digits do not fade as it grows.
 */
class PoissonSchedule implements Schedule {
  sequence = -1;
  readonly #random: Random;
  readonly #workers: number;
  #cursor: RateCursor;
  #numbers: Float64Array;
  #upcoming: number;
  /** Whole part and fraction of the sum. */
  readonly #sum = new Float64Array(2);
  /** The request at which the cursor stands comes next: it was looked at already. */
  #peeked = false;

  constructor(profile: RateProfile, split: Split, random: Random) {
    this.#cursor = new RateCursor(profile);
    this.#numbers = this.#cursor.numbers;
    this.#random = random;
    this.#workers = split.workers;
    this.#upcoming = split.worker;
  }

  get dueNs(): number {
    return this.#numbers[CURSOR.atNs]!;
  }

  advance(): void {
    if (this.#peeked) this.#peeked = false;
    else this.#draw();
    if (this.dueNs === Number.POSITIVE_INFINITY) return;
    this.sequence = this.#upcoming;
    this.#upcoming += this.#workers;
  }

  /** Moves the cursor to the next arrival. */
  #draw(): void {
    const sum = this.#sum;
    const fraction = sum[1]! + this.#random.exponential();
    const whole = Math.floor(fraction);
    sum[0] = sum[0]! + whole;
    sum[1] = fraction - whole;
    this.#find();
  }

  revise(profile: RateProfile): void {
    if (this.dueNs !== Number.POSITIVE_INFINITY) this.#upcoming = this.sequence;
    this.#cursor = new RateCursor(profile);
    this.#numbers = this.#cursor.numbers;
    // The same sum as before: no random number is drawn again, so that the change leaves the process before it as it was.
    this.#find();
    this.#peeked = true;
    this.advance();
  }

  /** Where the profile reaches the sum. */
  #find(): void {
    this.#numbers[CURSOR.count] = (this.#sum[0]! + this.#sum[1]!) * this.#workers;
    this.#cursor.seek();
  }

  next(): number {
    this.advance();
    return this.dueNs;
  }

  skipTo(timeNs: number): void {
    // Every arrival depends on those before it: they are drawn again, some 20 million a second.
    while (!this.#peeked || this.dueNs < timeNs) {
      if (this.#peeked) this.advance();
      this.#draw();
      this.#peeked = true;
      if (this.dueNs === Number.POSITIVE_INFINITY) return;
    }
  }
}
