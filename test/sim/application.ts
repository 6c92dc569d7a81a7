import type { Entry } from '../../src/cluster/types.js';

/** A request of the client, and the record that its charge is. */
export interface Charge {
  readonly id: number;
  readonly subscriber: number;
  readonly amount: number;
}

export const SUBSCRIBERS = 4;
export const BALANCE = 1_000_000;

interface Applied {
  readonly index: number;
  readonly charge: Charge;
}

/** The billing application reduced to what exactly-once is about: balances, and charges by identity. */
export class Application {
  readonly balances = new Array<number>(SUBSCRIBERS).fill(BALANCE);
  readonly #byId = new Map<number, number>();
  #applied: Applied[] = [];

  static from(state: readonly Applied[]): Application {
    const application = new Application();
    for (const { index, charge } of state) application.apply(index, charge);
    return application;
  }

  /** Log index of the charge of this request, -1 when there is none. */
  indexOf(id: number): number {
    return this.#byId.get(id) ?? -1;
  }

  apply(index: number, charge: Charge): void {
    this.#byId.set(charge.id, index);
    this.#applied.push({ index, charge });
    this.balances[charge.subscriber] = this.balances[charge.subscriber]! - charge.amount;
  }

  applyEntry(entry: Entry<Charge>): void {
    if (entry.kind === 'data') this.apply(entry.index, entry.payload);
  }

  /** Takes back everything above `index`. */
  rollback(index: number): void {
    while (this.#applied.length > 0 && this.#applied.at(-1)!.index > index) {
      const { charge } = this.#applied.pop()!;
      this.#byId.delete(charge.id);
      this.balances[charge.subscriber] = this.balances[charge.subscriber]! + charge.amount;
    }
  }

  state(): readonly Applied[] {
    return [...this.#applied];
  }

  get charges(): readonly Applied[] {
    return this.#applied;
  }
}

export type ApplicationState = readonly Applied[];
