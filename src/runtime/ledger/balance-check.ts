import { readSnapshot, type SnapshotView } from '../../responder/snapshot.js';
import type { Journal } from '../../storage/journal.js';
import type { StateFacts } from '../../storage/kept-states.js';
import type { Tally } from './tally.js';

/** Holds the states that a node kept to what its records come to. */
export class BalanceCheck {
  checked = 0;
  wrong = 0;
  readonly #journal: Journal;
  readonly #opening: SnapshotView | null;
  readonly #states: readonly StateFacts[];

  /** @param opening the state that the records continue; null: they begin with the first one */
  constructor(journal: Journal, opening: SnapshotView | null) {
    this.#journal = journal;
    this.#opening = opening;
    const { middle, newest } = journal.states;
    this.#states =
      middle?.index === newest?.index ? [newest].filter((facts) => facts !== null) : [middle!, newest!];
  }

  /** Every record up to the entry `index` has been given to `tally`. */
  at(index: number, tally: Tally): void {
    const facts = this.#states.find((state) => state.index === index);
    const stored = facts === undefined ? null : this.#journal.state(facts);
    if (stored !== null) this.#compare(readSnapshot(stored.state), tally);
  }

  #compare({ balances, reserved }: SnapshotView, { spent, reserved: calls }: Tally): void {
    const held = new Float64Array(reserved.length);
    for (const { subscriber, units } of calls.values()) held[subscriber]! += units;
    // All subscribers begin with the same credit.
    const initial = (balances[0] ?? 0) + (spent.get(0) ?? 0);
    for (let subscriber = 0; subscriber < balances.length; subscriber++) {
      const before = this.#opening?.balances[subscriber] ?? initial;
      const right =
        balances[subscriber] === before - (spent.get(subscriber) ?? 0) &&
        reserved[subscriber] === held[subscriber];
      this.checked += 1;
      if (!right) this.wrong += 1;
    }
  }
}
