/** How much of a paced work is due, and what was left out. */
export interface Due {
  readonly amount: number;
  readonly missed: number;
}

/**
 * Spreads work over time at a constant rate. A pause (of the thread, or of the whole VM) is not made good by a burst afterwards: what came due
 * more than `backlogMs` ago is left out and counted, since a burst would be another load than the one asked for.
 *
 * Pure: time comes in as an argument.
 */
export class Pacer {
  private readonly perMs: number;
  private readonly backlogMs: number;
  private creditedTo: number;
  private credit = 0;

  /** @param perSecond work a second, > 0. @param startMs monotonic time at which work begins. */
  constructor(perSecond: number, startMs: number, backlogMs: number) {
    this.perMs = perSecond / 1000;
    this.backlogMs = backlogMs;
    this.creditedTo = startMs;
  }

  /** Whole units of work due at `nowMs`. */
  take(nowMs: number, unit: number): Due {
    const elapsed = Math.max(0, nowMs - this.creditedTo);
    this.creditedTo = Math.max(this.creditedTo, nowMs);
    const credited = Math.min(elapsed, this.backlogMs);
    this.credit += credited * this.perMs;
    const amount = Math.floor(this.credit / unit) * unit;
    this.credit -= amount;
    return { amount, missed: (elapsed - credited) * this.perMs };
  }
}
