/** State of a slot of the dialogue table. */
export const DIALOGUE = {
  /** Never used, or its tombstone was dropped. */
  free: 0,
  /** A call runs: credit is reserved, a Continue is expected. */
  open: 1,
  /** The call ended; kept so that a repeated last message gets its answer again. */
  ended: 2,
} as const;

export interface DialogueTableOptions {
  /** Calls open at a time; a power of two. A further one is refused. 52 octets each. */
  readonly slotsMax: number;
  /** An open dialogue without a message for so long is ended by the responder. */
  readonly idleTimeoutNs: number;
  /**
   * The upper bits of every transaction id of this table: id = prefix << (32 - prefixBits) | round << slotBits | slot. Workers of one node
   * get different prefixes; the nodes of a cluster share the table's content and thus the prefix.
   */
  readonly prefix: number;
  readonly prefixBits: number;
}

/**
 * Open dialogues of the `call` scenario, by own transaction id.
 *
 * ```
 *   transaction id  | prefix | round | slot |     slot is the place in the arrays; round tells its uses apart
 *   free slots      first in, first out, so that a tombstone lives as long as possible
 *   open slots      a list in order of the last message: its head is the next to time out
 * ```
 */
export class DialogueTable {
  readonly slotsMax: number;
  readonly idleTimeoutNs: number;
  readonly state: Uint8Array;
  readonly ownTransaction: Uint32Array;
  readonly peerTransaction: Uint32Array;
  /** Hash of the requester's address: a Continue from elsewhere does not belong to the dialogue. */
  readonly requester: Uint32Array;
  readonly subscriber: Uint32Array;
  readonly serviceKey: Uint32Array;
  /** Units set aside for the call. */
  readonly reserved: Float64Array;
  readonly lastMessageNs: Float64Array;
  /** Is told of a slot that is about to begin or end a dialogue. */
  beforeChange: ((slot: number) => void) | null = null;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #free: Int32Array;
  readonly #slotBits: number;
  readonly #prefixWord: number;
  readonly #roundMask: number;
  #freeHead = 0;
  #freeCount = 0;
  #head = -1;
  #tail = -1;
  #open = 0;

  constructor(options: DialogueTableOptions) {
    const { slotsMax, prefix, prefixBits, idleTimeoutNs } = options;
    if (
      !Number.isInteger(slotsMax) ||
      slotsMax < 1 ||
      slotsMax > 2 ** 24 ||
      (slotsMax & (slotsMax - 1)) !== 0
    ) {
      throw new RangeError(`dialogue table: slotsMax must be a power of two up to 2^24, got ${slotsMax}`);
    }
    const slotBits = 31 - Math.clz32(slotsMax);
    if (!Number.isInteger(prefixBits) || prefixBits < 0 || prefixBits + slotBits > 30) {
      throw new RangeError(
        `dialogue table: ${prefixBits} prefix bits and ${slotBits} slot bits leave no room for a round`,
      );
    }
    if (!Number.isInteger(prefix) || prefix < 0 || prefix >= 2 ** prefixBits) {
      throw new RangeError(`dialogue table: prefix ${prefix} does not fit ${prefixBits} bits`);
    }
    this.slotsMax = slotsMax;
    this.idleTimeoutNs = idleTimeoutNs;
    this.#slotBits = slotBits;
    this.#prefixWord = prefixBits === 0 ? 0 : (prefix << (32 - prefixBits)) >>> 0;
    this.#roundMask = 2 ** (32 - prefixBits - slotBits) - 1;
    this.state = new Uint8Array(slotsMax);
    this.ownTransaction = new Uint32Array(slotsMax);
    this.peerTransaction = new Uint32Array(slotsMax);
    this.requester = new Uint32Array(slotsMax);
    this.subscriber = new Uint32Array(slotsMax);
    this.serviceKey = new Uint32Array(slotsMax);
    this.reserved = new Float64Array(slotsMax);
    this.lastMessageNs = new Float64Array(slotsMax);
    this.#next = new Int32Array(slotsMax).fill(-1);
    this.#previous = new Int32Array(slotsMax).fill(-1);
    this.#free = new Int32Array(slotsMax);
    this.rebuildFree();
  }

  /** Dialogues open now. */
  get open(): number {
    return this.#open;
  }

  /** Own transaction id that the next {@link begin} should use, or -1 when every slot is taken. */
  nextTransaction(): number {
    // A slot that a replicated record occupied is still in the queue: skip it.
    while (this.#freeCount > 0) {
      const slot = this.#free[this.#freeHead]!;
      if (this.state[slot] !== DIALOGUE.open) return this.#transactionOf(slot);
      this.#dropFree();
    }
    return -1;
  }

  /** Slot of an own transaction id, open or ended; -1 when the id is not, or no longer, known. */
  find(transaction: number): number {
    const slot = transaction & (this.slotsMax - 1);
    if (this.state[slot] === DIALOGUE.free) return -1;
    return this.ownTransaction[slot] === transaction >>> 0 ? slot : -1;
  }

  /** Opens the dialogue with own transaction id `transaction`, from {@link nextTransaction} or from a record of the other node. */
  begin(transaction: number, nowNs: number): number {
    const slot = transaction & (this.slotsMax - 1);
    this.beforeChange?.(slot);
    if (this.#freeCount > 0 && this.#free[this.#freeHead] === slot) this.#dropFree();
    if (this.state[slot] === DIALOGUE.open) this.#unlink(slot);
    this.state[slot] = DIALOGUE.open;
    this.ownTransaction[slot] = transaction;
    this.lastMessageNs[slot] = nowNs;
    this.#append(slot);
    return slot;
  }

  /** A message of the dialogue came: its timer starts anew. */
  touch(slot: number, nowNs: number): void {
    if (this.state[slot] !== DIALOGUE.open) return;
    this.#unlink(slot);
    this.lastMessageNs[slot] = nowNs;
    this.#append(slot);
  }

  /** Ends an open dialogue; its tombstone stays until the slot is needed. */
  end(slot: number): void {
    if (this.state[slot] !== DIALOGUE.open) return;
    this.beforeChange?.(slot);
    this.#unlink(slot);
    this.state[slot] = DIALOGUE.ended;
    if (this.#freeCount < this.slotsMax) {
      this.#free[(this.#freeHead + this.#freeCount) & (this.slotsMax - 1)] = slot;
      this.#freeCount += 1;
    }
  }

  /** When the next dialogue times out, Infinity without one. */
  get nextDeadlineNs(): number {
    return this.#head < 0 ? Number.POSITIVE_INFINITY : this.lastMessageNs[this.#head]! + this.idleTimeoutNs;
  }

  /** Slot of a dialogue whose timer has run out at `nowNs`, or -1. The caller ends it. */
  expired(nowNs: number): number {
    return nowNs >= this.nextDeadlineNs ? this.#head : -1;
  }

  /** The timers of all open dialogues begin anew. */
  restartTimers(nowNs: number): void {
    for (let slot = this.#head; slot >= 0; slot = this.#next[slot]!) this.lastMessageNs[slot] = nowNs;
  }

  /** How many slots before each block of `size` are not free, and how many in all. */
  usedBefore(size: number): Uint32Array {
    const { state, slotsMax } = this;
    const before = new Uint32Array(Math.ceil(slotsMax / size) + 1);
    let used = 0;
    for (let slot = 0, block = 1; slot < slotsMax; block++) {
      for (const end = Math.min(slot + size, slotsMax); slot < end; slot++)
        if (state[slot] !== DIALOGUE.free) used += 1;
      before[block] = used;
    }
    return before;
  }

  /** Makes the queue of free slots fit the states, after the content was restored or replicated. */
  rebuildFree(): void {
    this.#freeHead = 0;
    this.#freeCount = 0;
    for (let slot = 0; slot < this.slotsMax; slot++) {
      if (this.state[slot] !== DIALOGUE.open) this.#free[this.#freeCount++] = slot;
    }
  }

  #transactionOf(slot: number): number {
    const round = ((this.ownTransaction[slot]! >>> this.#slotBits) + 1) & this.#roundMask;
    return (this.#prefixWord | (round << this.#slotBits) | slot) >>> 0;
  }

  #dropFree(): void {
    this.#freeHead = (this.#freeHead + 1) & (this.slotsMax - 1);
    this.#freeCount -= 1;
  }

  #append(slot: number): void {
    this.#previous[slot] = this.#tail;
    this.#next[slot] = -1;
    if (this.#tail >= 0) this.#next[this.#tail] = slot;
    else this.#head = slot;
    this.#tail = slot;
    this.#open += 1;
  }

  #unlink(slot: number): void {
    const previous = this.#previous[slot]!;
    const next = this.#next[slot]!;
    if (previous >= 0) this.#next[previous] = next;
    else this.#head = next;
    if (next >= 0) this.#previous[next] = previous;
    else this.#tail = previous;
    this.#open -= 1;
  }
}
