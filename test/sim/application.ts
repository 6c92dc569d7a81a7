import type { StatePieces } from '../../src/cluster/types.js';
import type { Decider } from '../../src/runtime/ledger/decider.js';

export const SUBSCRIBERS = 4;
export const BALANCE = 1_000_000;
/** Charges of one batch. */
const BATCH_MAX = 6;
/** So that a state takes many pieces. */
const PIECE_OCTETS = 32;

/** What a request is charged, which follows from its number. */
export function chargeOf(id: number): { readonly subscriber: number; readonly amount: number } {
  return { subscriber: id % SUBSCRIBERS, amount: 1 + (id % 7) };
}

/** Requests, answers, records and states are numbers of requests. */
export function octetsOf(ids: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(ids).buffer);
}

export function idsOf(octets: Uint8Array): number[] {
  return [...new Uint32Array(new Uint8Array(octets).buffer)];
}

/** The billing application reduced to what exactly-once is about: balances, and charges by identity. */
export class Application implements Decider {
  readonly sls = 0;
  readonly balances = new Array<number>(SUBSCRIBERS).fill(BALANCE);
  /** Requests charged, in the order of their records. */
  readonly charges: number[] = [];
  readonly #known = new Set<number>();
  #fresh: number[] = [];
  #answer = 0;

  static from(state: Uint8Array): Application {
    const application = new Application();
    application.apply(state);
    return application;
  }

  get full(): boolean {
    return this.#fresh.length >= BATCH_MAX;
  }

  get records(): number {
    return this.charges.length;
  }

  decide(request: Uint8Array): boolean {
    const [id] = idsOf(request) as [number];
    this.#answer = id;
    if (!this.#known.has(id)) {
      this.#charge(id);
      this.#fresh.push(id);
    }
    return true;
  }

  writeAnswer(to: Uint8Array): number {
    to.set(octetsOf([this.#answer]));
    return 4;
  }

  takeRecords(): Uint8Array | null {
    if (this.#fresh.length === 0) return null;
    const records = octetsOf(this.#fresh);
    this.#fresh = [];
    return records;
  }

  apply(records: Uint8Array): void {
    for (const id of idsOf(records)) this.#charge(id);
  }

  snapshot(): Uint8Array {
    return octetsOf(this.charges);
  }

  snapshotPieces(): StatePieces<Uint8Array> {
    const state = this.snapshot();
    const count = Math.ceil((state.length + 1) / PIECE_OCTETS);
    const at = (piece: number) => state.slice(piece * PIECE_OCTETS, (piece + 1) * PIECE_OCTETS);
    return { count, at, release: () => undefined };
  }

  expire(): void {
    // Nothing waits here.
  }

  restartTimers(): void {
    // There are none.
  }

  responded(): void {
    // Nobody counts.
  }

  #charge(id: number): void {
    const { subscriber, amount } = chargeOf(id);
    this.charges.push(id);
    this.#known.add(id);
    this.balances[subscriber] = this.balances[subscriber]! - amount;
  }
}
