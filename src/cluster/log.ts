import type { Configuration, DurableState, Entry, LogEnd, Snapshot } from './types.js';

/**
 * The log of one node as far as it is kept in memory, with the marks that decide what may be answered.
 *
 * ```
 *   base |  1   2   3   4   5   6   7   8  |
 *                   ^durable    ^journaled ^last
 *   durable <= journaled <= last;  peerDurable: how far the peer has it (for the node that leads)
 * ```
 */
export class ReplicatedLog<P, S> {
  /** Entry that the kept ones follow: index and epoch of the base. */
  baseIndex: number;
  baseEpoch: number;
  /** Newest configuration at or below the base. */
  #baseConfig: Configuration | null;
  #entries: Entry<P>[];
  /** Last entry handed to the journal, and last one that is durable. */
  journaled: number;
  durable: number;

  constructor(stored: Pick<DurableState<P, S>, 'base' | 'entries'>) {
    this.baseIndex = stored.base?.index ?? 0;
    this.baseEpoch = stored.base?.epoch ?? 0;
    this.#baseConfig = stored.base?.config ?? null;
    this.#entries = [...stored.entries];
    this.journaled = this.lastIndex;
    this.durable = this.lastIndex;
  }

  static behind<P, S>(snapshot: Snapshot<S>): ReplicatedLog<P, S> {
    return new ReplicatedLog<P, S>({ base: snapshot, entries: [] });
  }

  get lastIndex(): number {
    return this.baseIndex + this.#entries.length;
  }

  get lastEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? this.baseEpoch;
  }

  get end(): LogEnd {
    return { lastIndex: this.lastIndex, lastEpoch: this.lastEpoch };
  }

  append(entry: Entry<P>): void {
    if (entry.index !== this.lastIndex + 1) {
      throw new Error(`cluster log: entry ${entry.index} cannot follow ${this.lastIndex}`);
    }
    this.#entries.push(entry);
  }

  /** Epoch of the entry at `index`, or -1 when it is not kept. */
  epochAt(index: number): number {
    if (index === this.baseIndex) return this.baseEpoch;
    return this.#entries[index - this.baseIndex - 1]?.epoch ?? -1;
  }

  /** At most `count` entries from `from` on; null when the first is no longer kept. */
  slice(from: number, count: number): readonly Entry<P>[] | null {
    if (from <= this.baseIndex) return null;
    const first = from - this.baseIndex - 1;
    return this.#entries.slice(first, first + count);
  }

  /** Drops the entries above `index`. */
  truncate(index: number): void {
    this.#entries.length = Math.max(0, index - this.baseIndex);
    this.journaled = Math.min(this.journaled, index);
    this.durable = Math.min(this.durable, index);
  }

  /** Forgets entries up to `index`; they stay in the journal. */
  forget(index: number): void {
    if (index <= this.baseIndex) return;
    const dropped = Math.min(index - this.baseIndex, this.#entries.length);
    this.#baseConfig = this.configUpTo(this.baseIndex + dropped);
    this.baseEpoch = this.epochAt(this.baseIndex + dropped);
    this.baseIndex += dropped;
    this.#entries = this.#entries.slice(dropped);
  }

  /** The newest configuration among the entries up to `index`. */
  configUpTo(index: number): Configuration | null {
    for (let i = Math.min(index - this.baseIndex, this.#entries.length) - 1; i >= 0; i--) {
      const entry = this.#entries[i]!;
      if (entry.kind === 'config') return entry.config;
    }
    return this.#baseConfig;
  }
}

/** Whether log `x` is further than log `y`: a newer epoch at its end, or the same and longer. */
export function compareEnds(x: LogEnd, y: LogEnd): number {
  return x.lastEpoch - y.lastEpoch || x.lastIndex - y.lastIndex;
}
