export type Distribution = 'split' | 'first' | 'active';

/** SLS values of an ITU network, and so the number of message orders that are kept apart (Q.704 §2.2.4). */
export const SLS_VALUES = 16;

/**
 * Which target a request goes to, and with which SLS. The runtime tells it which targets can take traffic; nothing is allocated per request.
 *
 * - `split`: request k goes to target k mod T, whatever becomes of that target, so that every target sees an even stream of its own and its
 *   outage is seen on its own.
 * - `first`: the first target in the list that can take traffic.
 * - `active`: the target named last by {@link setActive}; the first one that can take traffic until then, and while that one cannot.
 */
export class TargetSelector {
  readonly #distribution: Distribution;
  readonly #targets: number;
  readonly #usable: Uint8Array;
  readonly #sls: Uint8Array;
  #active = -1;
  /** What `first` and `active` come down to now; kept so that a request costs nothing. */
  #chosen = 0;

  constructor(distribution: Distribution, targets: number) {
    if (!(targets >= 1)) throw new RangeError(`at least one target is needed, got ${targets}`);
    this.#distribution = distribution;
    this.#targets = targets;
    this.#usable = new Uint8Array(targets);
    this.#sls = new Uint8Array(targets);
  }

  /** Tells whether a target can take traffic: an association is up and its ASP active. */
  setUsable(target: number, usable: boolean): void {
    this.#usable[target] = usable ? 1 : 0;
    this.#choose();
  }

  /** Tells which target serves now, for `active`. */
  setActive(target: number): void {
    this.#active = target;
    this.#choose();
  }

  isUsable(target: number): boolean {
    return this.#usable[target] === 1;
  }

  /** Target of the request with this sequence number. It may not be usable: then the request waits for it. */
  select(sequence: number): number {
    return this.#distribution === 'split' ? sequence % this.#targets : this.#chosen;
  }

  /** The next usable target after `target`, for a request sent elsewhere; -1 when there is no other. */
  alternative(target: number): number {
    for (let step = 1; step < this.#targets; step++) {
      const other = (target + step) % this.#targets;
      if (this.#usable[other] === 1) return other;
    }
    return -1;
  }

  /** SLS of the next request to `target`: all values in turn, for every target by itself. */
  nextSls(target: number): number {
    const sls = this.#sls[target]!;
    this.#sls[target] = (sls + 1) % SLS_VALUES;
    return sls;
  }

  #choose(): void {
    const active = this.#distribution === 'active' ? this.#active : -1;
    if (active >= 0 && this.#usable[active] === 1) {
      this.#chosen = active;
      return;
    }
    const first = this.#usable.indexOf(1);
    // With none usable the choice stays, and requests wait for the one that served last.
    if (first >= 0) this.#chosen = first;
  }
}
