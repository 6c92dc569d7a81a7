/**
 * The charging record: one fixed block of 32 words per decision of the application. It is at once the line of the charging log, the entry
 * that a cluster replicates, and all that a replica needs to reach the same state ({@link BillingState.apply}).
 *
 * ```
 *  word  0        1           2           3         4          5          6..7      8..9        10..11     12..13   14       15    16..31
 *       +--------+-----------+-----------+---------+----------+----------+---------+-----------+----------+--------+--------+------+----------+
 *       | what   | subscriber| serviceKey| own TID | peer TID | duration | amount  | reserved  | time     | number | lengths| hash | identity |
 *       |        | index     |           | or 0    |          | ms       | float64 | float64   | Unix ms  | 1,2,.. |        |      | 64 octets|
 *       +--------+-----------+-----------+---------+----------+----------+---------+-----------+----------+--------+--------+------+----------+
 *        `what`: octet 0 kind, octet 1 answer, octet 2 release cause, octet 3 zero
 *        `lengths`: octet 0 calling address, octet 1 OTID, octet 2 callReferenceNumber, octet 3 mscAddress
 * ```
 *
 * NOTE: words are in the byte order of the host, little-endian on every host that Node 20 runs on except s390x; the journal
 * names its byte order in its header.
 */
export const RECORD = {
  words: 32,
  octets: 128,
  what: 0,
  subscriber: 1,
  serviceKey: 2,
  ownTransaction: 3,
  peerTransaction: 4,
  durationMs: 5,
  /** Index into the float64 view: word / 2. */
  amount: 3,
  reserved: 4,
  timeUnixMs: 5,
  number: 6,
  lengths: 14,
  hash: 15,
  identity: 16,
  identityOctetsMax: 64,
} as const;

/** What a record says has happened. */
export const RECORD_KIND = {
  /** One charge for one request (tariff mode `event`). */
  charge: 1,
  /** Credit set aside for a call that begins. */
  reserve: 2,
  /** A call ended: `amount` charged, the whole reservation given back. */
  settle: 3,
  /** The dialogue timer ended a call: the reservation given back, nothing charged. */
  release: 4,
  /** A request refused, for lack of credit or an unknown subscriber: nothing charged, remembered for repeats. */
  refuse: 5,
} as const;

export type RecordKind = (typeof RECORD_KIND)[keyof typeof RECORD_KIND];

/** Subscriber index of a record that concerns nobody we know. */
export const NO_SUBSCRIBER = 0xffffffff;

/**
 * Records of one batch, written front to back and drained by whoever stores or replicates them. Bounded: the application
 * takes no request while it is full.
 */
export class RecordBatch {
  readonly capacity: number;
  readonly words: Uint32Array;
  readonly floats: Float64Array;
  readonly octets: Uint8Array;
  /** Records written since the last {@link clear}. */
  count = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`record batch: capacity must be a positive integer, got ${capacity}`);
    }
    this.capacity = capacity;
    // One record more than can be committed: the place where a request's identity is staged.
    this.words = new Uint32Array((capacity + 1) * RECORD.words);
    this.floats = new Float64Array(this.words.buffer);
    this.octets = new Uint8Array(this.words.buffer);
  }

  get full(): boolean {
    return this.count >= this.capacity;
  }

  /** First word of the record that {@link commit} will add; always inside the array. */
  get staged(): number {
    return this.count * RECORD.words;
  }

  commit(): void {
    this.count += 1;
  }

  /** Forgets the records; their octets stay until overwritten. */
  clear(): void {
    this.count = 0;
  }
}

/** Kind of the record whose first word is `at`. */
export function recordKind(words: Uint32Array, at: number): number {
  return words[at]! & 0xff;
}

export function packWhat(kind: RecordKind, answer: number, cause: number): number {
  return kind | (answer << 8) | (cause << 16);
}
