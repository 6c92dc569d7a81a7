import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { diskError, leaveRoom, reasonOf } from './disk.js';
import { decodeEntry, encodeEntry, type JournalEntry, seal, unseal } from './entry-codec.js';
import { FolderLock } from './folder-lock.js';
import { checkJournalFile, requireJournalFile } from './journal-file.js';
import { FORMAT, identityFault, type JournalIdentity } from './journal-identity.js';
import {
  listWrite,
  nextGeneration,
  orphans,
  piecesOf,
  pieceWrite,
  readState,
  readStates,
  type StateFacts,
  type StateList,
  type StoredState,
  withNewest,
  withoutBeyond,
} from './kept-states.js';
import { StorageError, systemError } from './storage-error.js';
import { octetsOf, type Write } from './writes.js';

/** Where a journal was cut because an entry was torn or damaged. */
export interface JournalCut {
  /** Last good entry. */
  readonly index: number;
  /** Entries dropped behind it. */
  readonly dropped: number;
}

/** Pruned entries that go with one commit. */
const PRUNED_AT_ONCE = 256;

/**
 * The durable log of one node, in LMDB: entries by index, which are the charging records, the node's promise, and states of the application
 * (`kept-states.ts`): one that the log begins behind, and newer ones that make a start quick.
 *
 * Writes are gathered: while one commit is on its way to the disk the next one fills. {@link flushed} tells what is durable.
 */
export class Journal {
  readonly folder: string;
  /** Set when the end of the journal was torn or damaged. */
  readonly cut: JournalCut | null;
  readonly #lock: FolderLock | null;
  readonly #env: RootDatabase<Uint8Array, string>;
  readonly #entries: Database<Uint8Array, number>;
  readonly #meta: Database<Uint8Array, string>;
  #lastIndex: number;
  #waiting: Write[] = [];
  /** Writes taken and writes on the disk. */
  #written = 0;
  #durable = 0;
  #running: Promise<void> | null = null;
  #states: StateList;
  /** Counts the resets: a state that was to be kept when one came is no state of this log any more. */
  #resets = 0;
  #keeping: Promise<void> = Promise.resolve();
  #generation = 0;
  /** The state that comes in pieces, 0 without. */
  #staged = { generation: 0, pieces: 0, octets: 0 };
  #closed = false;
  #failure: StorageError | null = null;

  /**
   * @param identity what the folder must belong to; a new folder is given it
   * @throws StorageError for another's folder, one in use, and whatever the system refuses
   */
  static open(folder: string, identity: JournalIdentity): Journal {
    const lock = new FolderLock(folder);
    try {
      checkJournalFile(folder);
      return new Journal(folder, identity, lock);
    } catch (cause) {
      lock.release();
      throw cause;
    }
  }

  /** Opens a folder for reading, whoever uses it. @throws StorageError when there is no journal in it */
  static read(folder: string): Journal {
    requireJournalFile(folder);
    return new Journal(folder, null, null);
  }

  private constructor(folder: string, identity: JournalIdentity | null, lock: FolderLock | null) {
    this.folder = folder;
    this.#lock = lock;
    const readOnly = lock === null;
    try {
      this.#env = open({
        path: join(folder, 'journal'),
        encoding: 'binary',
        noSubdir: false,
        maxDbs: 4,
        readOnly,
        // A commit that waits for its own sync costs a quarter less CPU time than one with a sync behind it.
        overlappingSync: false,
      });
      this.#meta = this.#env.openDB({ name: 'meta', encoding: 'binary' });
      this.#entries = this.#env.openDB({ name: 'entries', encoding: 'binary' });
    } catch (cause) {
      throw systemError(folder, cause);
    }
    if (identity !== null) this.#claim(identity);
    const states = readStates(this.#meta);
    if (states === null) throw this.#stateDamaged();
    this.#states = states;
    this.#lastIndex = this.#lastKey();
    this.cut = this.#cutDamagedEnd(readOnly);
  }

  get identity(): JournalIdentity {
    const bytes = unseal(this.#meta.get('identity'));
    if (bytes === null) {
      throw new StorageError(
        'system',
        `${this.folder}: the journal's head is damaged; restore the folder, or start with an empty one`,
      );
    }
    return JSON.parse(new TextDecoder().decode(bytes)) as JournalIdentity;
  }

  /** Last entry written; that of the base when there is none. */
  get lastIndex(): number {
    return this.#lastIndex;
  }

  get promise(): Uint8Array | null {
    return unseal(this.#meta.get('promise'));
  }

  /** How answers were given out that did not wait for all they should, ever since the folder began; null: never. */
  get weakness(): string | null {
    const bytes = unseal(this.#meta.get('weakness'));
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }

  /** From now on the folder is no witness of what was promised. */
  setWeakness(reason: string): void {
    this.#add({ kind: 'fact', key: 'weakness', bytes: seal(new TextEncoder().encode(reason)) });
  }

  get states(): StateList {
    return this.#states;
  }

  /** Last entry that is not in the log any more, or never was; 0 when the log begins with entry 1. */
  get baseIndex(): number {
    return this.#states.base?.index ?? 0;
  }

  /** A state of {@link states}, null when it is damaged. */
  state(facts: StateFacts): StoredState | null {
    return readState(this.#meta, facts);
  }

  /**
   * The newest state at or below the entry `index` that is a state of this log; null: the log begins with entry 1.
   * @throws StorageError when the one that the log begins behind is damaged
   */
  stateUpTo(index: number): StoredState | null {
    const { base, middle, newest } = this.#states;
    for (const facts of [newest, middle, base]) {
      if (facts === null || facts.index > index) continue;
      if (facts.index > this.baseIndex && this.#entryAt(facts.index)?.epoch !== facts.epoch) continue;
      const found = this.state(facts);
      if (found !== null) return found;
    }
    if (base !== null) throw this.#stateDamaged();
    return null;
  }

  /** Entries from `first` on, in order. @throws StorageError when one is damaged */
  *entries(first: number): IterableIterator<JournalEntry> {
    let expected = first;
    for (const { key, value } of this.#entries.getRange({ start: first })) {
      const entry = key === expected ? decodeEntry(value, key) : null;
      if (entry === null) {
        throw new StorageError(
          'system',
          `${this.folder}: entry ${expected} of the journal is missing or damaged`,
        );
      }
      yield entry;
      expected += 1;
    }
  }

  /** Entries from the last one back, as far as they are whole. */
  *newestEntries(): IterableIterator<JournalEntry> {
    for (let index = this.#lastIndex; index > this.baseIndex; index--) {
      const entry = this.#entryAt(index);
      if (entry === null) return;
      yield entry;
    }
  }

  append(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      this.#add({ kind: 'entry', index: entry.index, bytes: encodeEntry(entry) });
      this.#lastIndex = entry.index;
    }
  }

  setPromise(bytes: Uint8Array): void {
    this.#add({ kind: 'fact', key: 'promise', bytes: seal(bytes) });
  }

  /** Puts a piece of a state beside the log; with the first one those of any other state go. The pieces come in order. */
  stage(piece: number, state: Uint8Array): void {
    if (piece === 0) this.#staged = { generation: this.#nextGeneration(), pieces: 0, octets: 0 };
    const { generation, octets } = this.#staged;
    this.#staged = { generation, pieces: piece + 1, octets: octets + state.length };
    this.#add({ kind: 'fact', ...pieceWrite(generation, piece, state) });
  }

  /** Drops everything and begins anew behind the state whose pieces were staged. */
  reset(stored: Omit<StoredState, 'state'>): void {
    this.#add({ kind: 'reset', facts: { ...stored, ...this.#staged } });
    this.#lastIndex = stored.index;
    this.#resets += 1;
  }

  /**
   * Keeps a state of the log, whose entry must have been appended before: a piece goes with each commit, so that nobody waits for it. Entries
   * are pruned when `recordsKept` records or more are left behind them; Infinity prunes none.
   * @throws StorageError when the disk refused it
   */
  keep(stored: StoredState, recordsKept: number): Promise<void> {
    this.#keeping = this.#keeping.catch(() => undefined).then(() => this.#keep(stored, recordsKept));
    return this.#keeping;
  }

  /** Resolves when everything written before the call is durable. @throws StorageError when the disk refused it; the journal is then unusable */
  async flushed(): Promise<void> {
    const wanted = this.#written;
    while (this.#durable < wanted && this.#failure === null) {
      this.#running ??= this.#commit().finally(() => {
        this.#running = null;
      });
      await this.#running;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Closes the folder after what was written is durable or has failed. */
  async close(): Promise<void> {
    this.#closed = true;
    try {
      await this.#keeping;
      await this.flushed();
    } catch {
      // Whoever wrote was told.
    }
    // After a failed commit LMDB waits in vain for it to end.
    if (this.#failure === null) await this.#env.close();
    this.#lock?.release();
  }

  async #commit(): Promise<void> {
    const writes = this.#take();
    try {
      leaveRoom(this.folder, octetsOf(writes));
      await Promise.all(writes.map((write) => this.#write(write)));
      await this.#env.flushed;
      this.#durable += writes.length;
    } catch (cause) {
      this.#failure = diskError(this.folder, await reasonOf(cause));
      throw this.#failure;
    }
  }

  #add(write: Write): void {
    this.#waiting.push(write);
    this.#written += 1;
  }

  async #keep(stored: StoredState, recordsKept: number): Promise<void> {
    const resets = this.#resets;
    const over = (): boolean => resets !== this.#resets || this.#failure !== null;
    const { facts, writes } = piecesOf(stored, this.#nextGeneration());
    for (const write of writes) {
      if (over()) return;
      this.#add({ kind: 'fact', ...write() });
      await this.flushed();
    }
    if (over()) return;
    this.#states = withNewest(this.#states, facts, recordsKept);
    this.#add({ kind: 'fact', ...listWrite(this.#states) });
    await this.flushed();
    if (over()) return;
    for (const write of orphans(this.#meta, this.#states, this.#staged.generation))
      this.#add({ kind: 'fact', ...write });
    await this.#prune(over);
  }

  /** Takes away the entries that the base stands for, some with each commit; what a killed process left of them goes the next time. */
  async #prune(over: () => boolean): Promise<void> {
    const [first = Number.POSITIVE_INFINITY] = this.#entries.getKeys({ limit: 1 });
    for (let index = first; index <= this.baseIndex && !this.#closed && !over(); ) {
      const end = Math.min(index + PRUNED_AT_ONCE, this.baseIndex + 1);
      for (; index < end; index++) this.#add({ kind: 'entry', index, bytes: null });
      await this.flushed();
    }
  }

  #entryAt(index: number): JournalEntry | null {
    const bytes = this.#entries.get(index);
    return bytes === undefined ? null : decodeEntry(bytes, index);
  }

  /** What goes into the next commit. A reset goes alone: LMDB does not keep the order of transactions and single writes. */
  #take(): Write[] {
    const writes = this.#waiting;
    const reset = writes.findIndex(({ kind }) => kind === 'reset');
    const count = reset < 0 ? writes.length : Math.max(reset, 1);
    this.#waiting = writes.slice(count);
    return writes.slice(0, count);
  }

  #write(write: Write): Promise<unknown> {
    switch (write.kind) {
      case 'entry':
        return write.bytes === null
          ? this.#entries.remove(write.index)
          : this.#entries.put(write.index, write.bytes);
      case 'fact':
        return write.bytes === null ? this.#meta.remove(write.key) : this.#meta.put(write.key, write.bytes);
      case 'reset':
        // That the state counts and the entries before it do not are one step; rare enough to wait for.
        return this.#env.transactionSync(() => this.#resetTo(write.facts));
    }
  }

  #resetTo(facts: StateFacts): Promise<unknown> {
    this.#states = { base: facts, middle: facts, newest: facts };
    this.#entries.clearSync();
    const list = [listWrite(this.#states), ...orphans(this.#meta, this.#states, this.#staged.generation)];
    return Promise.all(list.map((write) => this.#write({ kind: 'fact', ...write })));
  }

  #nextGeneration(): number {
    this.#generation = Math.max(this.#generation + 1, nextGeneration(this.#states));
    return this.#generation;
  }

  #claim(identity: JournalIdentity): void {
    if (this.#meta.get('identity') === undefined) {
      const bytes = seal(new TextEncoder().encode(JSON.stringify({ ...identity, format: FORMAT })));
      try {
        this.#meta.putSync('identity', bytes);
      } catch (cause) {
        throw diskError(this.folder, cause);
      }
      return;
    }
    const fault = identityFault(this.identity, identity);
    if (fault !== null) throw new StorageError('usage', `${this.folder}: ${fault}`);
  }

  #lastKey(): number {
    for (const key of this.#entries.getKeys({ reverse: true, limit: 1 })) return key;
    return this.baseIndex;
  }

  /** The last entries are looked at from the end back: behind the first damaged one of them everything goes. */
  #cutDamagedEnd(readOnly: boolean): JournalCut | null {
    const { baseIndex } = this;
    let good = this.#lastIndex;
    for (let index = this.#lastIndex; index > Math.max(baseIndex, this.#lastIndex - TAIL_ENTRIES); index--) {
      if (this.#entryAt(index) === null) good = index - 1;
    }
    if (good === this.#lastIndex) return null;
    const dropped = this.#lastIndex - good;
    this.#states = withoutBeyond(this.#states, good);
    if (!readOnly) {
      for (let index = good + 1; index <= this.#lastIndex; index++) this.#entries.removeSync(index);
      const { key, bytes } = listWrite(this.#states);
      this.#meta.putSync(key, bytes!);
    }
    this.#lastIndex = good;
    return { index: good, dropped };
  }

  #stateDamaged(): StorageError {
    return new StorageError(
      'system',
      `${this.folder}: the state that the journal begins behind is damaged; restore the folder, or empty it and let the other node fill it`,
    );
  }
}

/** Entries from the end that are checked at every opening; all of them are when they are read. */
const TAIL_ENTRIES = 4096;
