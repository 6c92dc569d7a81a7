/** A sync that took less is never told of. */
const SLOW_NS_MIN = 20e6;
/** So many times the usual it must have taken: a disk that is always slow is not told of with every sync. */
const SLOW_FACTOR = 3;
/** Weight of the newest sync in what is usual. */
const WEIGHT = 1 / 64;

/** Tells slow syncs of a journal from usual ones. */
export class SlowSyncs {
  #usualNs = 0;

  /** A sync took so long. @returns true when that was slow */
  took(ns: number): boolean {
    const slow = ns >= Math.max(SLOW_NS_MIN, SLOW_FACTOR * this.#usualNs);
    this.#usualNs += (ns - this.#usualNs) * WEIGHT;
    return slow;
  }
}
