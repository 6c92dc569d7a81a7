/** Where a transaction stands. */
export const LEG = {
  free: 0,
  /** Due, and waiting to be offered to the binding. */
  queued: 1,
  /** Offered; its answer is awaited. */
  sent: 2,
  /** `call` scenario: answered, and waiting for its second leg. */
  held: 3,
  /** The report of the second leg waits to be offered. */
  reportQueued: 4,
  /** The report is offered; its answer is awaited. */
  reportSent: 5,
} as const;

/** What {@link TransactionSlab.lookup} says of an id that no live transaction has; all below 0. */
export const LOOKUP = {
  /** It ended without an answer before, and this is its first. */
  late: -1,
  /** It had its answer before. */
  duplicate: -2,
  /** Never issued, or so long ago that nothing is known of it. */
  unknown: -3,
} as const;

export interface SlabOptions {
  /** A power of two: how many transactions can be alive at a time. */
  readonly slots: number;
  /** 0 to `workers` - 1; gives this slab its share of the ids. */
  readonly worker: number;
  readonly workers: number;
  /** Any number: where in its share the ids begin, so that those of two runs differ. */
  readonly idOffset: number;
  /** 2 keeps the fields of the second leg too. */
  readonly legs: 1 | 2;
  /** Memory for the fields, zeroed; for instance a SharedArrayBuffer. By default an ArrayBuffer. */
  readonly allocate?: (bytes: number) => ArrayBufferLike;
}

/** Bits of a transaction id. One less than an OTID of four octets has, so that ids are small integers for V8. */
const ID_BITS = 31;
/** The fate of this many times the slots' number of past ids is remembered. */
const MEMORY_FACTOR = 4;

/**
 * The transactions of one worker: a ring of slots, one array per field, nothing allocated after construction.
 *
 * ```
 *   id    0 | worker + 1 | counter                       31 bits
 *   slot                        id & (slots - 1)
 *
 *   slots  . . f f A f A A A A A A . . . .               A alive, f free again
 *              ^ oldest           ^ next id
 * ```
 * Ids are issued in the order in which requests are due, so a constant time-out ends them in that order and the slot of a new id is the one
 * that has rested longest. {@link AgeWalk} goes through them by age. The fields named `tokens` to `count` are the
 * `TransmissionLog` of the binding, which writes them: the token of a message is its transaction id.
 *
 * A slot takes 63 bytes, 76 with two legs; the fate of past ids takes half a byte more.
 */
export class TransactionSlab {
  readonly slots: number;
  readonly tokens: Uint32Array;
  readonly firstNs: Float64Array;
  readonly lastNs: Float64Array;
  readonly previousNs: Float64Array;
  readonly count: Uint16Array;
  /** Due time, ns; like all times in the clock of the caller. */
  readonly dueNs: Float64Array;
  /** Offered to the binding first; 0 until then. */
  readonly offeredNs: Float64Array;
  readonly association: Int32Array;
  readonly target: Uint8Array;
  readonly sls: Uint8Array;
  /** A value of {@link LEG}; 0 ends the transaction, but only by {@link end}. */
  readonly leg: Uint8Array;
  /** How often the request was offered again. */
  readonly repeats: Uint8Array;
  /** 0; 1 when the request went to another target too, 2 when it had not even left for its own by then. */
  readonly rerouted: Uint8Array;
  /** Links of {@link SlotQueue}: slot + 1, 0 for none. */
  readonly nextLink: Uint32Array;
  readonly previousLink: Uint32Array;
  /** Second leg: when its report is due, and the transaction id that the peer gave. Empty with one leg. */
  readonly reportDueNs: Float64Array;
  readonly peerId: Uint32Array;
  readonly peerIdSize: Uint8Array;
  /** Bytes of all fields. */
  readonly bytes: number;

  #inFlight = 0;
  #refused = 0;
  /** Ids issued so far; a double, exact to 2^53. */
  #issued = 0;
  #counter: number;
  readonly #firstCounter: number;
  readonly #mask: number;
  readonly #counterMask: number;
  readonly #prefix: number;
  /** One bit for each of the last ids: it ended without an answer. */
  readonly #unanswered: Uint32Array;
  readonly #memoryMask: number;
  readonly #worker: number;
  readonly #workers: number;

  constructor(options: SlabOptions) {
    const { slots, worker, workers } = options;
    if (slots < 32 || slots > 2 ** 24 || (slots & (slots - 1)) !== 0) {
      throw new RangeError(`slots must be a power of two from 32 to 2^24, got ${slots}`);
    }
    const counterBits = ID_BITS - Math.ceil(Math.log2(workers + 1));
    if (worker < 0 || worker >= workers || 2 ** counterBits < 2 * slots) {
      throw new RangeError(`worker ${worker} of ${workers} has no share of the ids for ${slots} slots`);
    }
    this.slots = slots;
    this.#mask = slots - 1;
    this.#counterMask = 2 ** counterBits - 1;
    this.#prefix = (worker + 1) * 2 ** counterBits;
    // A multiple of 32, so that the memory of past ids is cleared by whole words.
    this.#firstCounter = ((Math.trunc(options.idOffset) * 32) % 2 ** counterBits) & ~31;
    this.#counter = this.#firstCounter;
    this.#worker = worker;
    this.#workers = workers;
    const memory = Math.min(slots * MEMORY_FACTOR, 2 ** counterBits);
    this.#memoryMask = memory - 1;
    const field = new Fields(slots, memory, options);
    this.firstNs = field.f64(slots);
    this.lastNs = field.f64(slots);
    this.previousNs = field.f64(slots);
    this.dueNs = field.f64(slots);
    this.offeredNs = field.f64(slots);
    const second = options.legs === 2 ? slots : 0;
    this.reportDueNs = field.f64(second);
    this.tokens = field.u32(slots);
    this.association = field.i32(slots);
    this.nextLink = field.u32(slots);
    this.previousLink = field.u32(slots);
    this.peerId = field.u32(second);
    this.#unanswered = field.u32(memory / 32);
    this.count = field.u16(slots);
    this.target = field.u8(slots);
    this.sls = field.u8(slots);
    this.leg = field.u8(slots);
    this.repeats = field.u8(slots);
    this.rerouted = field.u8(slots);
    this.peerIdSize = field.u8(second);
    this.bytes = field.bytes;
  }

  /** Transactions alive. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests that found their slot taken. */
  get refused(): number {
    return this.#refused;
  }

  /** Ids issued so far, the refused ones included. */
  get issued(): number {
    return this.#issued;
  }

  /**
   * Begins the transaction of the next request, in leg `queued`. Returns its slot, or -1 when that is still taken; either way the request's
   * number is used up, so that {@link sequence} stays true. A caller that must not allocate passes nothing and sets `dueNs` itself: V8 may put
   * an argument that is a fraction on the heap.
   */
  begin(dueNs = 0): number {
    const counter = this.#counter;
    const id = this.#prefix + counter;
    const slot = id & this.#mask;
    if ((counter & 31) === 0) this.#unanswered[(counter & this.#memoryMask) >>> 5] = 0;
    this.#counter = (counter + 1) & this.#counterMask;
    this.#issued++;
    if (this.leg[slot] !== LEG.free) {
      this.#refused++;
      return -1;
    }
    this.firstNs[slot] = 0;
    this.lastNs[slot] = 0;
    this.previousNs[slot] = 0;
    this.count[slot] = 0;
    this.dueNs[slot] = dueNs;
    this.offeredNs[slot] = 0;
    this.association[slot] = 0;
    this.repeats[slot] = 0;
    this.rerouted[slot] = 0;
    this.leg[slot] = LEG.queued;
    this.tokens[slot] = id;
    this.#inFlight++;
    return slot;
  }

  /** Slot of the live transaction with this id, or a value of {@link LOOKUP}. A late answer is told once; the next is a duplicate. */
  lookup(id: number): number {
    const slot = id & this.#mask;
    if (this.tokens[slot] === id && this.leg[slot] !== LEG.free) return slot;
    return this.#fate(id);
  }

  #fate(id: number): number {
    const counter = id - this.#prefix;
    if (counter < 0 || counter > this.#counterMask) return LOOKUP.unknown;
    // 1 is the id issued last.
    const age = (this.#counter - counter) & this.#counterMask;
    // The last word of the memory holds ids of this lap and of the one before it, hence the 32.
    if (age === 0 || age > this.#issued || age > this.#memoryMask - 31) return LOOKUP.unknown;
    const word = (counter & this.#memoryMask) >>> 5;
    const bit = 1 << (counter & 31);
    if ((this.#unanswered[word]! & bit) === 0) return LOOKUP.duplicate;
    this.#unanswered[word]! &= ~bit;
    return LOOKUP.late;
  }

  /**
   * Ends the transaction in `slot`; it must be in no {@link SlotQueue}. `answered` false makes a later answer a late one.
   */
  end(slot: number, answered: boolean): void {
    this.leg[slot] = LEG.free;
    this.#inFlight--;
    if (answered) return;
    const counter = this.tokens[slot]! & this.#counterMask;
    this.#unanswered[(counter & this.#memoryMask) >>> 5]! |= 1 << (counter & 31);
  }

  /** Sequence number of the request in `slot`: the one that its schedule gave when {@link begin} was called for it. */
  sequence(slot: number): number {
    const counter = this.tokens[slot]! - this.#prefix;
    const age = (this.#counter - counter) & this.#counterMask;
    return this.#worker + (this.#issued - age) * this.#workers;
  }

  /** The id issued as the `index`-th, 0 being the first. */
  idAt(index: number): number {
    return this.#prefix + ((this.#firstCounter + index) & this.#counterMask);
  }

  /** Slot of the live transaction with this id, or -1; tells nothing of past ones and changes nothing. */
  find(id: number): number {
    const slot = id & this.#mask;
    return this.tokens[slot] === id && this.leg[slot] !== LEG.free ? slot : -1;
  }
}

/**
 * Goes through live transactions in the order of their due times, and returns each once when it has reached an age: for time-outs, for
 * sending again, for sending elsewhere. Constant time a request; nothing is allocated.
 */
export class AgeWalk {
  readonly ageNs: number;
  readonly #slab: TransactionSlab;
  #index = 0;

  constructor(slab: TransactionSlab, ageNs: number) {
    this.#slab = slab;
    this.ageNs = ageNs;
  }

  /** Slot of the next transaction that is alive and `ageNs` or more past its due time at `nowNs`; -1 when there is none now. */
  next(nowNs: number): number {
    const slot = this.peek();
    if (slot < 0 || this.#slab.dueNs[slot]! + this.ageNs > nowNs) return -1;
    this.#index++;
    return slot;
  }

  /** Slot of the transaction that {@link next} will return next, at its due time + `ageNs`; -1 when nothing is alive. Skips what has ended, and what was refused. */
  peek(): number {
    const slab = this.#slab;
    const issued = slab.issued;
    let index = this.#index;
    let slot = -1;
    while (index < issued) {
      slot = slab.find(slab.idAt(index));
      if (slot >= 0) break;
      index++;
    }
    this.#index = index;
    return slot;
  }
}

/** First in, first out, through the link fields of a slab; a slot is in one queue at most. Removing from the middle is as cheap as from the end. */
export class SlotQueue {
  readonly #next: Uint32Array;
  readonly #previous: Uint32Array;
  #head = 0;
  #tail = 0;
  #length = 0;

  constructor(slab: TransactionSlab) {
    this.#next = slab.nextLink;
    this.#previous = slab.previousLink;
  }

  get length(): number {
    return this.#length;
  }

  /** Slot that came first; -1 when empty. */
  get head(): number {
    return this.#head - 1;
  }

  /** Slot that came last; -1 when empty. {@link TransactionSlab.previousLink} leads on towards the head. */
  get tail(): number {
    return this.#tail - 1;
  }

  push(slot: number): void {
    const link = slot + 1;
    this.#next[slot] = 0;
    this.#previous[slot] = this.#tail;
    if (this.#tail === 0) this.#head = link;
    else this.#next[this.#tail - 1] = link;
    this.#tail = link;
    this.#length++;
  }

  /** Takes out the slot that came first; -1 when empty. */
  shift(): number {
    const slot = this.#head - 1;
    if (slot >= 0) this.remove(slot);
    return slot;
  }

  /** Takes out `slot`, which must be in this queue. */
  remove(slot: number): void {
    const next = this.#next[slot]!;
    const previous = this.#previous[slot]!;
    if (previous === 0) this.#head = next;
    else this.#next[previous - 1] = next;
    if (next === 0) this.#tail = previous;
    else this.#previous[next - 1] = previous;
    this.#length--;
  }
}

/** Carves the fields out of one piece of memory, widest first, so that all are aligned. */
class Fields {
  readonly bytes: number;
  readonly #buffer: ArrayBufferLike;
  #at = 0;

  constructor(slots: number, memory: number, options: SlabOptions) {
    this.bytes = slots * (options.legs === 2 ? 76 : 63) + memory / 8;
    this.#buffer = (options.allocate ?? ((bytes) => new ArrayBuffer(bytes)))(this.bytes);
  }

  f64(length: number): Float64Array {
    return new Float64Array(this.#buffer, this.#take(length * 8), length);
  }

  u32(length: number): Uint32Array {
    return new Uint32Array(this.#buffer, this.#take(length * 4), length);
  }

  i32(length: number): Int32Array {
    return new Int32Array(this.#buffer, this.#take(length * 4), length);
  }

  u16(length: number): Uint16Array {
    return new Uint16Array(this.#buffer, this.#take(length * 2), length);
  }

  u8(length: number): Uint8Array {
    return new Uint8Array(this.#buffer, this.#take(length), length);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
