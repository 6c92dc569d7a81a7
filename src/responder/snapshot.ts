import type { Billing } from './billing.js';
import { DIALOGUE, type DialogueTable } from './dialogues.js';

/** First word of a snapshot: `BHS1`. */
const MAGIC = 0x31534842;
export const HEADER_WORDS = 8;
/** Words of one open or ended dialogue. */
export const DIALOGUE_WORDS = 8;

/*
 * The whole state of a `Billing` as octets: what a node that was away needs before it can follow the records again. `state-copy.ts` writes it.
 *
 *   magic | subscribers | dialogues | window words | last record number (f64) | charged in all (f64)
 *   balances f64 * subscribers | reserved f64 * subscribers
 *   dialogues: state, own TID, peer TID, requester, subscriber, service key, reserved f64
 *   duplicate window
 *
 * Numbers are in the byte order of the host.
 */

export function writeHeader(
  words: Uint32Array,
  floats: Float64Array,
  { ledger, lastNumber }: Billing,
  dialogues: number,
  windowWords: number,
): void {
  words.set([MAGIC, ledger.subscribers.count, dialogues, windowWords]);
  floats[2] = lastNumber;
  floats[3] = ledger.chargedTotal;
}

/** What a snapshot says, as views of its octets. */
export interface SnapshotView {
  /** Number of the last record that it rests on. */
  readonly records: number;
  readonly charged: number;
  /** By subscriber. */
  readonly balances: Float64Array;
  readonly reserved: Float64Array;
  readonly dialogues: readonly SnapshotDialogue[];
  /** Of a {@link DuplicateWindow}. */
  readonly window: Uint32Array;
}

export interface SnapshotDialogue {
  readonly state: number;
  readonly ownTransaction: number;
  readonly peerTransaction: number;
  readonly requester: number;
  readonly subscriber: number;
  readonly serviceKey: number;
  readonly reserved: number;
}

/** @throws RangeError when the octets are no snapshot */
export function readSnapshot(octets: Uint8Array): SnapshotView {
  const words = wordsOf(octets);
  const floats = new Float64Array(words.buffer);
  const { count, dialoguesAt, windowAt, end } = layoutOf(words);
  if (octets.length !== end * 4) {
    throw new RangeError(`ledger snapshot: ${octets.length} octets, ${end * 4} announced`);
  }
  const dialogues: SnapshotDialogue[] = [];
  for (let at = dialoguesAt; at < windowAt; at += DIALOGUE_WORDS)
    dialogues.push(dialogueAt(words, floats, at));
  return {
    records: floats[2]!,
    charged: floats[3]!,
    balances: floats.subarray(HEADER_WORDS / 2, HEADER_WORDS / 2 + count),
    reserved: floats.subarray(HEADER_WORDS / 2 + count, HEADER_WORDS / 2 + 2 * count),
    dialogues,
    window: words.subarray(windowAt, end),
  };
}

/** Fills a fresh `Billing` with the snapshot of a node with the same subscribers, piece by piece. */
export class StateIntake {
  readonly #billing: Billing;
  readonly #nowNs: number;
  #words = new Uint32Array(0);
  #floats = new Float64Array(0);
  #layout: Layout | null = null;
  /** Octets that came, and words that are in the tables. */
  #octets = 0;
  #taken = HEADER_WORDS;

  /** @param nowNs the timers of open dialogues begin then */
  constructor(billing: Billing, nowNs: number) {
    this.#billing = billing;
    this.#nowNs = nowNs;
  }

  /**
   * The next octets of the snapshot; the first ones hold its header.
   * @throws RangeError when they are no snapshot or of a ledger of another size
   */
  take(octets: Uint8Array): void {
    const { end } = this.#layout ?? this.#begin(octets);
    if (this.#octets + octets.length > end * 4) {
      throw new RangeError(`ledger snapshot: more than the ${end * 4} octets announced`);
    }
    new Uint8Array(this.#words.buffer).set(octets, this.#octets);
    this.#octets += octets.length;
    this.#fill(Math.floor(this.#octets / 4));
  }

  /** @throws RangeError when octets are missing */
  end(): Billing {
    const billing = this.#billing;
    if (this.#layout === null || this.#octets !== this.#layout.end * 4) {
      throw new RangeError(
        `ledger snapshot: ${this.#octets} octets, ${(this.#layout?.end ?? HEADER_WORDS) * 4} announced`,
      );
    }
    if (this.#taken !== this.#layout.end) throw new RangeError('ledger snapshot: it ends within an entry');
    billing.dialogues.rebuildFree();
    return billing;
  }

  #begin(octets: Uint8Array): Layout {
    const head = wordsOf(octets.subarray(0, HEADER_WORDS * 4));
    const layout = layoutOf(head);
    const { ledger } = this.#billing;
    if (layout.count !== ledger.subscribers.count) {
      throw new RangeError(
        `ledger snapshot: it has ${layout.count} subscribers, this node has ${ledger.subscribers.count}`,
      );
    }
    this.#words = new Uint32Array(layout.end + (layout.end & 1));
    this.#floats = new Float64Array(this.#words.buffer);
    this.#layout = layout;
    const floats = new Float64Array(head.buffer);
    this.#billing.lastNumber = floats[2]!;
    ledger.chargedTotal = floats[3]!;
    return layout;
  }

  /** Takes every row that is whole up to the word `filled`. */
  #fill(filled: number): void {
    const { count, reservedAt, dialoguesAt, windowAt, end } = this.#layout!;
    const { ledger, dialogues, duplicates } = this.#billing;
    const [words, floats] = [this.#words, this.#floats];
    for (; this.#taken < reservedAt && this.#taken + 2 <= filled; this.#taken += 2)
      ledger.balances[(this.#taken - HEADER_WORDS) / 2] = floats[this.#taken / 2]!;
    for (; this.#taken < dialoguesAt && this.#taken + 2 <= filled; this.#taken += 2) {
      const subscriber = (this.#taken - HEADER_WORDS) / 2 - count;
      ledger.reserve(subscriber, floats[this.#taken / 2]!);
    }
    for (; this.#taken < windowAt && this.#taken + DIALOGUE_WORDS <= filled; this.#taken += DIALOGUE_WORDS)
      if (this.#taken >= dialoguesAt)
        restoreDialogue(dialogues, dialogueAt(words, floats, this.#taken), this.#nowNs);
    if (this.#taken < windowAt) return;
    const whole =
      Math.floor((Math.min(filled, end) - this.#taken) / duplicates.entryWords) * duplicates.entryWords;
    duplicates.take(words, this.#taken, this.#taken + whole, (end - windowAt) / duplicates.entryWords);
    this.#taken += whole;
  }
}

/** Fills a fresh `Billing`. @throws RangeError when the octets are no snapshot or of a ledger of another size */
export function restoreSnapshot(billing: Billing, octets: Uint8Array, nowNs: number): void {
  const intake = new StateIntake(billing, nowNs);
  intake.take(octets);
  intake.end();
}

interface Layout {
  readonly count: number;
  /** Words. */
  readonly reservedAt: number;
  readonly dialoguesAt: number;
  readonly windowAt: number;
  readonly end: number;
}

/** @throws RangeError when the words do not begin like a snapshot */
function layoutOf([magic, count = 0, slots = 0, windowWords = 0]: Uint32Array): Layout {
  if (magic !== MAGIC) throw new RangeError('ledger snapshot: it does not begin like one');
  const reservedAt = HEADER_WORDS + 2 * count;
  const dialoguesAt = reservedAt + 2 * count;
  const windowAt = dialoguesAt + DIALOGUE_WORDS * slots;
  return { count, reservedAt, dialoguesAt, windowAt, end: windowAt + windowWords };
}

function dialogueAt(words: Uint32Array, floats: Float64Array, at: number): SnapshotDialogue {
  return {
    state: words[at]!,
    ownTransaction: words[at + 1]!,
    peerTransaction: words[at + 2]!,
    requester: words[at + 3]!,
    subscriber: words[at + 4]!,
    serviceKey: words[at + 5]!,
    reserved: floats[at / 2 + 3]!,
  };
}

function restoreDialogue(dialogues: DialogueTable, dialogue: SnapshotDialogue, nowNs: number): void {
  const slot = dialogues.begin(dialogue.ownTransaction, nowNs);
  dialogues.peerTransaction[slot] = dialogue.peerTransaction;
  dialogues.requester[slot] = dialogue.requester;
  dialogues.subscriber[slot] = dialogue.subscriber;
  dialogues.serviceKey[slot] = dialogue.serviceKey;
  dialogues.reserved[slot] = dialogue.reserved;
  if (dialogue.state === DIALOGUE.ended) dialogues.end(slot);
}

/** The octets as words, copied to a place where both views fit. */
function wordsOf(octets: Uint8Array): Uint32Array {
  if (octets.length % 4 !== 0 || octets.length < HEADER_WORDS * 4) {
    throw new RangeError(`ledger snapshot: ${octets.length} octets are too few or no whole words`);
  }
  const words = new Uint32Array(Math.ceil(octets.length / 8) * 2);
  new Uint8Array(words.buffer).set(octets);
  return words;
}
