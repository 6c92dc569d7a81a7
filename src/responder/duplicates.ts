import { identityWords } from './identity.js';
import { RECORD } from './record.js';

/** Words of one entry of the window. */
const ENTRY = { words: 20, what: 0, ownTransaction: 1, lengths: 2, hash: 3, identity: 4 } as const;

export interface DuplicateWindowOptions {
  /** Identities remembered; a power of two. The oldest is forgotten when a further one comes. 88 octets each. */
  readonly entriesMax: number;
}

/**
 * The last `entriesMax` requests by identity, each with the answer it got, so that a repeat is answered again and not
 * charged again.
 *
 * ```
 *   entries   |  e4 | e5 | e1 | e2 | e3 |        a ring in order of arrival: `oldest` is overwritten next
 *                         ^ oldest
 *   index     | hash,e+1 | 0 | hash,e+1 | ..     open addressing with linear probing, at most half full; a removal
 *                                                moves later entries of its cluster back, so there are no tombstones
 * ```
 *
 * Entries are found by hash and then compared in full: two identities with one hash are two requests. Nothing is allocated per request.
 */
export class DuplicateWindow {
  readonly entriesMax: number;
  /** Identities forgotten to make room. */
  evicted = 0;
  /** Words of one entry of a snapshot. */
  readonly entryWords = ENTRY.words;
  /** Is told of an entry that is about to be overwritten. */
  beforeChange: ((entry: number) => void) | null = null;
  readonly #entries: Uint32Array;
  readonly #index: Uint32Array;
  readonly #mask: number;
  #oldest = 0;
  #count = 0;
  /** Entries of a snapshot that did not fit. */
  #skipped = 0;

  constructor(options: DuplicateWindowOptions) {
    const { entriesMax } = options;
    if (
      !Number.isInteger(entriesMax) ||
      entriesMax < 2 ||
      entriesMax > 2 ** 26 ||
      (entriesMax & (entriesMax - 1)) !== 0
    ) {
      throw new RangeError(
        `duplicate window: entriesMax must be a power of two from 2 to 2^26, got ${entriesMax}`,
      );
    }
    this.entriesMax = entriesMax;
    this.#entries = new Uint32Array(entriesMax * ENTRY.words);
    this.#index = new Uint32Array(entriesMax * 4);
    this.#mask = entriesMax * 2 - 1;
  }

  /** Identities remembered now. */
  get count(): number {
    return this.#count;
  }

  /** Entry with the identity of the record at word `at`, or -1. */
  find(words: Uint32Array, at: number): number {
    const index = this.#index;
    const hash = words[at + RECORD.hash]!;
    let slot = hash & this.#mask;
    for (;;) {
      const entry = index[slot * 2 + 1]!;
      if (entry === 0) return -1;
      if (index[slot * 2] === hash && this.#same(words, at, entry - 1)) return entry - 1;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Remembers the identity of the record at word `at`, which must not be known yet, with the record's answer. */
  insert(words: Uint32Array, at: number): void {
    let entry: number;
    if (this.#count === this.entriesMax) {
      entry = this.#oldest;
      this.beforeChange?.(entry);
      this.#unlink(entry);
      this.#oldest = (entry + 1) & (this.entriesMax - 1);
      this.evicted += 1;
    } else {
      entry = (this.#oldest + this.#count) & (this.entriesMax - 1);
      this.#count += 1;
    }
    const entries = this.#entries;
    const base = entry * ENTRY.words;
    entries[base + ENTRY.what] = words[at + RECORD.what]!;
    entries[base + ENTRY.ownTransaction] = words[at + RECORD.ownTransaction]!;
    const lengths = words[at + RECORD.lengths]!;
    entries[base + ENTRY.lengths] = lengths;
    entries[base + ENTRY.hash] = words[at + RECORD.hash]!;
    const used = identityWords(lengths);
    for (let i = 0; i < used; i++) {
      entries[base + ENTRY.identity + i] = words[at + RECORD.identity + i]!;
    }
    this.#link(entry);
  }

  /** `what` word of the record that made the entry: kind, answer, cause. */
  whatOf(entry: number): number {
    return this.#entries[entry * ENTRY.words + ENTRY.what]!;
  }

  /** Own transaction id that the stored answer carries, 0 when none. */
  ownTransactionOf(entry: number): number {
    return this.#entries[entry * ENTRY.words + ENTRY.ownTransaction]!;
  }

  /** The oldest entry: a snapshot begins with it. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Words of a snapshot: every entry, oldest first. */
  get snapshotWords(): number {
    return this.#count * ENTRY.words;
  }

  /** Copies `count` entries from place `first` of the ring on. */
  copyEntries(first: number, count: number, to: Uint32Array, at: number): void {
    const from = first & (this.entriesMax - 1);
    const untilEnd = Math.min(count, this.entriesMax - from);
    const entries = this.#entries;
    to.set(entries.subarray(from * ENTRY.words, (from + untilEnd) * ENTRY.words), at);
    to.set(entries.subarray(0, (count - untilEnd) * ENTRY.words), at + untilEnd * ENTRY.words);
  }

  /**
   * Takes the next entries of a snapshot into a window that had none before; of one larger than this window the newest are kept.
   * @param words holds them between the words `from` and `to`
   * @param total entries of the snapshot
   */
  take(words: Uint32Array, from: number, to: number, total: number): void {
    for (let at = from; at < to; at += ENTRY.words) {
      const older = this.#skipped < total - this.entriesMax;
      if (older) {
        this.#skipped += 1;
        continue;
      }
      this.#entries.set(words.subarray(at, at + ENTRY.words), this.#count * ENTRY.words);
      this.#link(this.#count);
      this.#count += 1;
    }
  }

  #same(words: Uint32Array, at: number, entry: number): boolean {
    const entries = this.#entries;
    const base = entry * ENTRY.words;
    const lengths = words[at + RECORD.lengths]!;
    if (entries[base + ENTRY.lengths] !== lengths) return false;
    const used = identityWords(lengths);
    for (let i = 0; i < used; i++) {
      if (entries[base + ENTRY.identity + i] !== words[at + RECORD.identity + i]) return false;
    }
    return true;
  }

  #link(entry: number): void {
    const index = this.#index;
    const hash = this.#entries[entry * ENTRY.words + ENTRY.hash]!;
    let slot = hash & this.#mask;
    while (index[slot * 2 + 1] !== 0) slot = (slot + 1) & this.#mask;
    index[slot * 2] = hash;
    index[slot * 2 + 1] = entry + 1;
  }

  #unlink(entry: number): void {
    const index = this.#index;
    const mask = this.#mask;
    let hole = this.#entries[entry * ENTRY.words + ENTRY.hash]! & mask;
    while (index[hole * 2 + 1] !== entry + 1) hole = (hole + 1) & mask;
    let slot = hole;
    for (;;) {
      slot = (slot + 1) & mask;
      const moved = index[slot * 2 + 1]!;
      if (moved === 0) break;
      // An entry may fill the hole unless its home lies cyclically between the hole (exclusive) and its slot.
      const home = index[slot * 2]! & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        index[hole * 2] = index[slot * 2]!;
        index[hole * 2 + 1] = moved;
        hole = slot;
      }
    }
    index[hole * 2] = 0;
    index[hole * 2 + 1] = 0;
  }
}

/**
 * Gives the identities of a window's snapshot to `take`, oldest first.
 * @param take gets the words, where its identity begins, the lengths of its parts, the `what` word and the own transaction id of the answer
 */
export function eachRemembered(
  snapshot: Uint32Array,
  take: (words: Uint32Array, identityAt: number, lengths: number, what: number, own: number) => void,
): void {
  for (let at = 0; at < snapshot.length; at += ENTRY.words) {
    const { identity, lengths, what, ownTransaction } = ENTRY;
    take(
      snapshot,
      at + identity,
      snapshot[at + lengths]!,
      snapshot[at + what]!,
      snapshot[at + ownTransaction]!,
    );
  }
}
