import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { crc32c } from './checksum.js';
import { decodeEntry, encodeEntry, type JournalEntry, seal, unseal } from './entry-codec.js';
import { FolderLock } from './folder-lock.js';
import { StorageError, systemError } from './storage-error.js';

/** Whose journal it is; a folder never changes hands. */
export interface JournalIdentity {
  readonly cluster: string;
  readonly node: string;
  /** What a record means depends on these (subscribers, prices); another value is another ledger. */
  readonly ledger: string;
}

/** State of the application after the entry `index`. */
export interface StoredState {
  readonly index: number;
  readonly epoch: number;
  /** A few facts for the writer. */
  readonly head: string;
  readonly state: Uint8Array;
}

/** Where a journal was cut because an entry was torn or damaged. */
export interface JournalCut {
  /** Last good entry. */
  readonly index: number;
  /** Entries dropped behind it. */
  readonly dropped: number;
}

const FORMAT = 1;
/** Free space that is left alone: a commit copies pages before it frees old ones. */
const RESERVE_OCTETS = 2 * 1024 * 1024;
const CHUNK_OCTETS = 4 * 1024 * 1024;
const SLOTS = { base: 'base', checkpoint: 'checkpoint' } as const;
type Slot = (typeof SLOTS)[keyof typeof SLOTS];

/** What waits for the next commit. */
type Write =
  | { readonly kind: 'entry'; readonly index: number; readonly bytes: Uint8Array }
  | { readonly kind: 'fact'; readonly key: string; readonly bytes: Uint8Array }
  | { readonly kind: 'state'; readonly slot: Slot; readonly stored: StoredState };

/**
 * The durable log of one node, in LMDB: entries by index, the node's promise, the state that the log begins with, and now and then a checkpoint
 * that makes a start quick.
 *
 * ```
 *   base | 1  2  3  4  5  6  7 ...     entries are never dropped: they are the charging records
 *               ^ checkpoint           a state to start from; derived, never needed for correctness
 * ```
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
  #failure: StorageError | null = null;

  /**
   * @param identity what the folder must belong to; a new folder is given it
   * @throws StorageError for another's folder, one in use, and whatever the system refuses
   */
  static open(folder: string, identity: JournalIdentity): Journal {
    const lock = new FolderLock(folder);
    try {
      return new Journal(folder, identity, lock);
    } catch (cause) {
      lock.release();
      throw cause;
    }
  }

  /** Opens a folder for reading, whoever uses it. @throws StorageError when there is no journal in it */
  static read(folder: string): Journal {
    if (!existsSync(join(folder, 'journal', 'data.mdb'))) {
      throw new StorageError(
        'usage',
        `${folder}: holds no journal of a responder; name the folder given to --data`,
      );
    }
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
      });
      this.#meta = this.#env.openDB({ name: 'meta', encoding: 'binary' });
      this.#entries = this.#env.openDB({ name: 'entries', encoding: 'binary' });
    } catch (cause) {
      throw systemError(folder, cause);
    }
    if (identity !== null) this.#claim(identity);
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

  /** State that the log begins with; null when it begins with entry 1. */
  get base(): StoredState | null {
    return this.#readState(SLOTS.base);
  }

  /** Newest state that a start can begin with. */
  get checkpoint(): StoredState | null {
    const found = this.#readState(SLOTS.checkpoint);
    return found !== null && found.index <= this.#lastIndex ? found : null;
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

  append(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      this.#add({ kind: 'entry', index: entry.index, bytes: encodeEntry(entry) });
      this.#lastIndex = entry.index;
    }
  }

  setPromise(bytes: Uint8Array): void {
    this.#add({ kind: 'fact', key: 'promise', bytes: seal(bytes) });
  }

  /** Drops everything and begins anew behind `stored`. */
  reset(stored: StoredState): void {
    this.#add({ kind: 'state', slot: SLOTS.base, stored });
    this.#lastIndex = stored.index;
  }

  /** Keeps a state of the middle of the log. */
  setCheckpoint(stored: StoredState): void {
    this.#add({ kind: 'state', slot: SLOTS.checkpoint, stored });
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
    try {
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
      await leaveRoom(this.folder, writes);
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

  /** What goes into the next commit. A state goes alone: LMDB does not keep the order of transactions and single writes. */
  #take(): Write[] {
    const writes = this.#waiting;
    const state = writes.findIndex(({ kind }) => kind === 'state');
    const count = state < 0 ? writes.length : Math.max(state, 1);
    this.#waiting = writes.slice(count);
    return writes.slice(0, count);
  }

  #write(write: Write): Promise<unknown> {
    switch (write.kind) {
      case 'entry':
        return this.#entries.put(write.index, write.bytes);
      case 'fact':
        return this.#meta.put(write.key, write.bytes);
      case 'state':
        if (write.slot === SLOTS.checkpoint) return this.#putState(write.slot, write.stored);
        // A base and the end of the entries before it are one step; rare enough to wait for.
        return this.#env.transactionSync(() => {
          this.#entries.clearSync();
          this.#meta.removeSync(SLOTS.checkpoint);
          return this.#putState(write.slot, write.stored);
        });
    }
  }

  #putState(slot: Slot, { index, epoch, head, state }: StoredState): Promise<unknown> {
    const chunks = Math.ceil(state.length / CHUNK_OCTETS);
    const writes: Promise<boolean>[] = [];
    for (let chunk = 0; chunk < chunks; chunk++) {
      const part = state.subarray(chunk * CHUNK_OCTETS, (chunk + 1) * CHUNK_OCTETS);
      writes.push(this.#meta.put(`${slot}.${chunk}`, seal(part)));
    }
    const facts = JSON.stringify({ index, epoch, head, chunks, octets: state.length, crc: crc32c(state) });
    writes.push(this.#meta.put(slot, seal(new TextEncoder().encode(facts))));
    return Promise.all(writes);
  }

  #readState(slot: Slot): StoredState | null {
    const facts = unseal(this.#meta.get(slot));
    if (facts === null) return null;
    const { index, epoch, head, chunks, octets, crc } = JSON.parse(new TextDecoder().decode(facts)) as Omit<
      StoredState,
      'state'
    > & { readonly chunks: number; readonly octets: number; readonly crc: number };
    const state = new Uint8Array(octets);
    for (let chunk = 0; chunk < chunks; chunk++) {
      const part = unseal(this.#meta.get(`${slot}.${chunk}`));
      if (part !== null) state.set(part, chunk * CHUNK_OCTETS);
    }
    if (crc32c(state) === crc) return { index, epoch, head, state };
    // A checkpoint that was half overwritten: the entries say the same.
    if (slot === SLOTS.checkpoint) return null;
    throw new StorageError('system', `${this.folder}: the state that the journal begins with is damaged`);
  }

  #claim(identity: JournalIdentity): void {
    if (this.#meta.get('identity') === undefined) {
      const bytes = seal(new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...identity })));
      try {
        this.#meta.putSync('identity', bytes);
      } catch (cause) {
        throw diskError(this.folder, cause);
      }
      return;
    }
    const found = this.identity;
    for (const key of ['cluster', 'node', 'ledger'] as const) {
      if (found[key] === identity[key]) continue;
      const whose = key === 'ledger' ? 'was made with' : 'belongs to';
      throw new StorageError(
        'usage',
        `${this.folder}: ${whose} ${key} ${JSON.stringify(found[key])}, not ${JSON.stringify(identity[key])}; name the right folder with --data`,
      );
    }
  }

  #lastKey(): number {
    for (const key of this.#entries.getKeys({ reverse: true, limit: 1 })) return key;
    return this.base?.index ?? 0;
  }

  /** The last entries are looked at from the end back: behind the first damaged one of them everything goes. */
  #cutDamagedEnd(readOnly: boolean): JournalCut | null {
    const baseIndex = this.base?.index ?? 0;
    let good = this.#lastIndex;
    for (let index = this.#lastIndex; index > Math.max(baseIndex, this.#lastIndex - TAIL_ENTRIES); index--) {
      const bytes = this.#entries.get(index);
      if (bytes === undefined || decodeEntry(bytes, index) === null) good = index - 1;
    }
    if (good === this.#lastIndex) return null;
    const dropped = this.#lastIndex - good;
    if (!readOnly) {
      for (let index = good + 1; index <= this.#lastIndex; index++) this.#entries.removeSync(index);
    }
    this.#lastIndex = good;
    return { index: good, dropped };
  }
}

/** Entries from the end that are checked at every opening; all of them are when they are read. */
const TAIL_ENTRIES = 4096;

/**
 * Gives up before the disk is full: after a commit that fails half-way LMDB (3.5.6) rejects promises that nobody can catch, and may abort the process.
 * @throws an ENOSPC error
 */
async function leaveRoom(folder: string, writes: readonly Write[]): Promise<void> {
  const octets = writes.reduce(
    (sum, write) => sum + (write.kind === 'state' ? write.stored.state.length : write.bytes.length),
    0,
  );
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < RESERVE_OCTETS + 4 * octets)
    throw Object.assign(new Error('disk full'), { code: 'ENOSPC' });
}

/** LMDB rejects every write of a failed commit with an error that promises the reason. */
async function reasonOf(cause: unknown): Promise<unknown> {
  try {
    await (cause as { readonly commitError?: Promise<never> }).commitError;
    return cause;
  } catch (reason) {
    return reason;
  }
}

/** LMDB says "Input/output error" for a full disk. */
function diskError(folder: string, cause: unknown): StorageError {
  const error = cause as NodeJS.ErrnoException;
  if (typeof error.code === 'string') return systemError(folder, error);
  return new StorageError(
    'system',
    `${folder}: the journal could not be written (${error.message}): is the disk full? What was answered is kept; free space and start again`,
  );
}
