import type { Arrival } from '../config/arrival.js';
import { Random } from './random.js';
import { RateCursor, RateProfile, segmentsOf } from './rate-profile.js';

/**
 * When the requests of one worker are due. A pure function of its arguments: nothing that happens while the run goes on changes it.
 *
 * Request j of worker w of W has the sequence number w + W j; the sequence numbers of all workers are 0, 1, 2 ... without a hole while arrivals are even.
 */
export interface Schedule {
  /** Sequence number of the request that the last {@link next} returned; -1 before the first. */
  readonly sequence: number;
  /** Due time of the next request, ns from the start of the run; Infinity when there is none. Never decreases. Allocates nothing. */
  next(): number;
}

export interface ScheduleOptions {
  readonly arrival: Arrival;
  readonly durationNs: number;
  readonly workers: number;
  /** 0 to workers - 1. */
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
  readonly #cursor: RateCursor;
  readonly #workers: number;
  readonly #requests: number;
  #upcoming: number;

  constructor(profile: RateProfile, split: Split) {
    this.#cursor = new RateCursor(profile);
    this.#workers = split.workers;
    this.#requests = profile.requests;
    this.#upcoming = split.worker;
  }

  next(): number {
    const sequence = this.#upcoming;
    if (sequence >= this.#requests) return Number.POSITIVE_INFINITY;
    this.sequence = sequence;
    this.#upcoming = sequence + this.#workers;
    return this.#cursor.inverse(sequence);
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
  readonly #cursor: RateCursor;
  readonly #random: Random;
  readonly #workers: number;
  #upcoming: number;
  #whole = 0;
  #fraction = 0;

  constructor(profile: RateProfile, split: Split, random: Random) {
    this.#cursor = new RateCursor(profile);
    this.#random = random;
    this.#workers = split.workers;
    this.#upcoming = split.worker;
  }

  next(): number {
    const fraction = this.#fraction + this.#random.exponential();
    const whole = Math.floor(fraction);
    this.#whole += whole;
    this.#fraction = fraction - whole;
    const dueNs = this.#cursor.inverse((this.#whole + this.#fraction) * this.#workers);
    if (dueNs === Number.POSITIVE_INFINITY) return dueNs;
    this.sequence = this.#upcoming;
    this.#upcoming += this.#workers;
    return dueNs;
  }
}
