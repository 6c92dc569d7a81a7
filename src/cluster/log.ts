import type { Configuration, DurableState, Entry, LogBase, LogEnd } from './types.js';

/**
 * The log of one node as far as it is kept in memory, with the marks that decide what may be answered.
 *
 * ```
 *   base |  1   2   3   4   5   6   7   8  |
 *                   ^durable    ^journaled ^last
 *   durable <= journaled <= last;  peerDurable: how far the peer has it (for the node that leads)
 * ```
 */
export class ReplicatedLog<P> {
  /** Entry that the kept ones follow: index and epoch of the base. */
  baseIndex: number;
  baseEpoch: number;
  /** Newest configuration at or below the base. */
  #baseConfig: Configuration | null;
  #entries: Entry<P>[];
  /** Those of the entries that are configurations: asked for all the time, and few. */
  #configs: ConfigEntry[];
  /** Of the entries' payloads. */
  #octets = 0;
  /** Last entry handed to the journal, and last one that is durable. */
  journaled: number;
  durable: number;

  constructor(stored: Pick<DurableState<P>, 'base' | 'entries'>) {
    this.baseIndex = stored.base?.index ?? 0;
    this.baseEpoch = stored.base?.epoch ?? 0;
    this.#baseConfig = stored.base?.config ?? null;
    this.#entries = [...stored.entries];
    this.#configs = stored.entries.filter((entry) => entry.kind === 'config');
    for (const entry of stored.entries) this.#octets += octetsOf(entry);
    this.journaled = this.lastIndex;
    this.durable = this.lastIndex;
  }

  static behind<P>(base: LogBase): ReplicatedLog<P> {
    return new ReplicatedLog<P>({ base, entries: [] });
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
    this.#octets += octetsOf(entry);
    if (entry.kind === 'config') this.#configs.push(entry);
  }

  /** Epoch of the entry at `index`, or -1 when it is not kept. */
  epochAt(index: number): number {
    if (index === this.baseIndex) return this.baseEpoch;
    return this.#entries[index - this.baseIndex - 1]?.epoch ?? -1;
  }

  /** At most `count` entries from `from` on, as many as `octets` take and one at least; null when the first is no longer kept. */
  slice(from: number, count: number, octets = Number.POSITIVE_INFINITY): readonly Entry<P>[] | null {
    if (from <= this.baseIndex) return null;
    const first = from - this.baseIndex - 1;
    let end = first;
    for (
      let left = octets;
      end < first + count && end < this.#entries.length && (end === first || left > 0);
      end++
    )
      left -= octetsOf(this.#entries[end]!);
    return this.#entries.slice(first, end);
  }

  /** Octets of the entries from `from` to `to`, as far as they are kept. */
  octetsOf(from: number, to: number): number {
    let octets = 0;
    for (let index = Math.max(from, this.baseIndex + 1); index <= Math.min(to, this.lastIndex); index++) {
      octets += octetsOf(this.#entries[index - this.baseIndex - 1]!);
    }
    return octets;
  }

  /** Drops the entries above `index`. */
  truncate(index: number): void {
    for (const entry of this.#entries.splice(Math.max(0, index - this.baseIndex))) {
      this.#octets -= octetsOf(entry);
    }
    this.#configs = this.#configs.filter((entry) => entry.index <= index);
    this.journaled = Math.min(this.journaled, index);
    this.durable = Math.min(this.durable, index);
  }

  /**
   * Forgets entries up to `limit` of which the peer will hardly be in need; they stay in the journal. In strides, since dropping the front of an
   * array copies the rest: between one and two times the entries and octets given are kept.
   */
  trim(limit: number, { entriesKept, octetsKept }: LogBounds): void {
    if (limit - this.baseIndex <= 2 * entriesKept && this.#octets <= 2 * octetsKept) return;
    let octets = this.#octets;
    let index = this.baseIndex;
    while (index < limit && (limit - index > entriesKept || octets > octetsKept)) {
      octets -= octetsOf(this.#entries[index - this.baseIndex]!);
      index += 1;
    }
    if (index === this.baseIndex) return;
    this.#baseConfig = this.configUpTo(index);
    this.baseEpoch = this.epochAt(index);
    this.#entries = this.#entries.slice(index - this.baseIndex);
    this.#configs = this.#configs.filter((entry) => entry.index > index);
    this.baseIndex = index;
    this.#octets = octets;
  }

  /** The newest configuration among the entries up to `index`. */
  configUpTo(index: number): Configuration | null {
    return this.#configs.findLast((entry) => entry.index <= index)?.config ?? this.#baseConfig;
  }
}

type ConfigEntry = Extract<Entry<never>, { kind: 'config' }>;

/** How much of a log is kept in memory, for a peer that comes back. */
export interface LogBounds {
  readonly entriesKept: number;
  readonly octetsKept: number;
}

/** What an entry weighs: a payload is opaque here, but octets are octets. */
function octetsOf<P>(entry: Entry<P>): number {
  return entry.kind === 'data' && entry.payload instanceof Uint8Array ? entry.payload.length : 0;
}

/** Whether log `x` is further than log `y`: a newer epoch at its end, or the same and longer. */
export function compareEnds(x: LogEnd, y: LogEnd): number {
  return x.lastEpoch - y.lastEpoch || x.lastIndex - y.lastIndex;
}
