/**
 * A queue of messages from one thread to one other, in shared memory.
 *
 * ```
 *   Int32   0 octets written   1 octets read   2 the reader sleeps   3 (unused)        both counts wrap at 2^32
 *   octets  | length | association | tag | 0 | time, float64 | message ... |  next, at a multiple of 8
 *            0        4             8     12  16              24
 * ```
 * A message never wraps: what is left at the end is skipped, marked by the length {@link SKIP}.
 */
const WORDS = 4;
const HEAD_OCTETS = 24;
const SKIP = 0xffffffff;

export class Ring {
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  /** Of the message that {@link next} found. */
  association = 0;
  tag = 0;
  timeNs = 0;
  offset = 0;
  length = 0;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #capacity: number;

  /** @param from the octets it holds, a power of two; or the buffer of the other side's */
  constructor(from: number | SharedArrayBuffer) {
    this.buffer = typeof from === 'number' ? new SharedArrayBuffer(WORDS * 4 + from) : from;
    this.#words = new Int32Array(this.buffer, 0, WORDS);
    this.bytes = new Uint8Array(this.buffer, WORDS * 4);
    this.#view = new DataView(this.buffer, WORDS * 4);
    this.#capacity = this.bytes.length;
    if ((this.#capacity & (this.#capacity - 1)) !== 0) throw new RangeError('ring: a power of two is needed');
  }

  /** Adds a message. @returns false when there is no room for it */
  write(
    association: number,
    tag: number,
    timeNs: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const written = Atomics.load(this.#words, 0) >>> 0;
    const used = (written - Atomics.load(this.#words, 1)) >>> 0;
    const size = (HEAD_OCTETS + length + 7) & ~7;
    const at = written & (this.#capacity - 1);
    const skipped = at + size > this.#capacity ? this.#capacity - at : 0;
    if (used + skipped + size > this.#capacity) return false;
    if (skipped > 0) this.#view.setUint32(at, SKIP, true);
    const start = skipped > 0 ? 0 : at;
    const view = this.#view;
    view.setUint32(start, length, true);
    view.setInt32(start + 4, association, true);
    view.setUint32(start + 8, tag, true);
    view.setFloat64(start + 16, timeNs, true);
    const to = start + HEAD_OCTETS;
    for (let i = 0; i < length; i++) this.bytes[to + i] = bytes[offset + i]!;
    Atomics.store(this.#words, 0, (written + skipped + size) | 0);
    return true;
  }

  /** Finds the next message; it stays in place until {@link done}. @returns false when there is none */
  next(): boolean {
    for (;;) {
      const read = Atomics.load(this.#words, 1);
      if (Atomics.load(this.#words, 0) === read) return false;
      const at = (read >>> 0) & (this.#capacity - 1);
      const length = this.#view.getUint32(at, true);
      if (length === SKIP) {
        Atomics.store(this.#words, 1, (read + this.#capacity - at) | 0);
        continue;
      }
      this.length = length;
      this.association = this.#view.getInt32(at + 4, true);
      this.tag = this.#view.getUint32(at + 8, true);
      this.timeNs = this.#view.getFloat64(at + 16, true);
      this.offset = at + HEAD_OCTETS;
      return true;
    }
  }

  /** The message that {@link next} found is no longer needed. */
  done(): void {
    const size = (HEAD_OCTETS + this.length + 7) & ~7;
    Atomics.store(this.#words, 1, (Atomics.load(this.#words, 1) + size) | 0);
  }

  /** The reader is about to sleep. @returns false when something has come meanwhile: it must not */
  sleep(): boolean {
    Atomics.store(this.#words, 2, 1);
    if (Atomics.load(this.#words, 0) === Atomics.load(this.#words, 1)) return true;
    Atomics.store(this.#words, 2, 0);
    return false;
  }

  /** For the writer, after it wrote: whether the reader sleeps and has to be woken; true once per sleep. */
  shouldWake(): boolean {
    return Atomics.load(this.#words, 2) === 1 && Atomics.exchange(this.#words, 2, 0) === 1;
  }
}
