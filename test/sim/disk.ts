import type {
  Entry,
  JournalWrite,
  LogBase,
  NodeId,
  Promised,
  SnapshotHead,
} from '../../src/cluster/types.js';
import type { Capture } from '../../src/runtime/ledger/conductor.js';
import { Application, idsOf } from './application.js';

export type SimWrite = JournalWrite<Uint8Array, Uint8Array>;
export type StatePiece = Extract<SimWrite, { kind: 'piece' }>;

/** The state of a snapshot. @throws Error when a piece of it is missing, or another one's is among them */
export function join(snapshot: SnapshotHead, pieces: readonly StatePiece[]): Uint8Array {
  const fit = pieces.every((piece, at) => piece.piece === at && piece.snapshot.index === snapshot.index);
  if (!fit || pieces.length !== snapshot.pieces) throw new Error(`a state is put together of wrong pieces`);
  return new Uint8Array(Buffer.concat(pieces.map(({ state }) => state)));
}

/** Disk of one node: survives its process. Writes are durable some milliseconds after they were handed over, in order. */
export class Disk {
  promised: Promised;
  base: (LogBase & { readonly state: Uint8Array }) | null = null;
  entries: Entry<Uint8Array>[] = [];
  /** Counts the resets: a state that was on its way then is none of the log that is here now. */
  resets = 0;
  #kept: Capture | null = null;
  #charged = new Set<number>();
  #staged: StatePiece[] = [];

  constructor(node: NodeId) {
    this.promised = { epoch: 0, to: node };
  }

  apply(write: SimWrite): void {
    if (write.kind === 'promise') this.promised = write.promised;
    else if (write.kind === 'append') {
      this.entries.push(...write.entries);
      for (const entry of write.entries) if (entry.kind === 'data') this.#charge(entry.payload);
    } else if (write.kind === 'piece') {
      if (write.piece === 0) this.#staged = [];
      this.#staged.push(write);
    } else {
      const state = join(write.snapshot, this.#staged);
      this.base = { ...write.snapshot, state };
      this.entries = [];
      this.resets += 1;
      this.#kept = null;
      this.#charged = new Set();
      this.#charge(state);
    }
  }

  keep(capture: Capture): void {
    this.#kept = capture;
  }

  get lastIndex(): number {
    return (this.base?.index ?? 0) + this.entries.length;
  }

  /** The application after the entry `index`, by the kept state if there is one that fits. */
  restore(index = this.lastIndex): Application {
    const kept = this.#kept;
    const fits = kept !== null && kept.index <= index && this.#entryAt(kept.index)?.epoch === kept.epoch;
    const from = fits ? kept : this.base;
    const application = Application.from(from?.state ?? new Uint8Array(0));
    for (const entry of this.entries) {
      if (entry.index > (from?.index ?? 0) && entry.index <= index && entry.kind === 'data')
        application.apply(entry.payload);
    }
    return application;
  }

  /** Whether this very entry is durable here. */
  holds(entry: Entry<Uint8Array>): boolean {
    const known = this.#entryAt(entry.index);
    if (known !== undefined) return known.epoch === entry.epoch;
    return entry.kind === 'data' && idsOf(entry.payload).every((id) => this.has(id));
  }

  /** Whether the charge is durable here. */
  has(id: number): boolean {
    return this.#charged.has(id);
  }

  #entryAt(index: number): Entry<Uint8Array> | undefined {
    return this.entries[index - (this.base?.index ?? 0) - 1];
  }

  #charge(records: Uint8Array): void {
    for (const id of idsOf(records)) this.#charged.add(id);
  }
}
