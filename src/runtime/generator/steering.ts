import { changedSegments, type RateChange, RateProfile, type RateSegment } from '../../load/rate-profile.js';

/** What the user may ask of a run that goes on. `pause` goes on again when the load is paused. */
export const STEER_ACTIONS = ['faster', 'slower', 'pause', 'mark'] as const;
export type SteerAction = (typeof STEER_ACTIONS)[number];

/** The rate never goes above this factor of what was planned: memory is set aside for as much. */
export const STEER_FACTOR_MAX = 2;
const FACTOR_MIN = 0.1;
const FACTOR_STEP = 1.1;
const ASKED_MAX = 64;

export interface Asked {
  readonly action: SteerAction;
  readonly unixMs: number;
}

/** Where keys and buttons leave what they ask for; the run looks ten times a second. */
export class Steering {
  readonly #asked: Asked[] = [];

  ask(action: SteerAction): void {
    if (this.#asked.length < ASKED_MAX) this.#asked.push({ action, unixMs: Date.now() });
  }

  /** What was asked since the last call. */
  take(): Asked[] {
    return this.#asked.splice(0);
  }
}

/** The planned rate of a run and the changes made to it. Each change begins in the near future, so that all workers know it in time. */
export class SteeredRate {
  readonly #plan: readonly RateSegment[];
  readonly #changes: RateChange[] = [];
  #factor = 1;
  #paused = false;
  profile: RateProfile;

  constructor(plan: readonly RateSegment[]) {
    this.#plan = plan;
    this.profile = new RateProfile(plan);
  }

  get paused(): boolean {
    return this.#paused;
  }

  get segments(): RateSegment[] {
    return changedSegments(this.#plan, this.#changes);
  }

  /** @param atNs from the start of the schedule, later than every earlier change. @returns null when nothing changes */
  change(action: Exclude<SteerAction, 'mark'>, atNs: number): 'rate' | 'pause' | 'resume' | null {
    const before = this.#factor;
    if (action === 'pause') this.#paused = !this.#paused;
    else {
      const wanted = action === 'faster' ? before * FACTOR_STEP : before / FACTOR_STEP;
      this.#factor = Math.min(STEER_FACTOR_MAX, Math.max(FACTOR_MIN, Number(wanted.toPrecision(12))));
      if (this.#factor === before) return null;
      // It counts from the moment at which the load goes on.
      if (this.#paused) return null;
    }
    this.#changes.push({ atNs, factor: this.#paused ? 0 : this.#factor });
    this.profile = new RateProfile(this.segments);
    if (action !== 'pause') return 'rate';
    return this.#paused ? 'pause' : 'resume';
  }
}
