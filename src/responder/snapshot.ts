import type { Billing } from './billing.js';
import { DIALOGUE } from './dialogues.js';

/** First word of a snapshot: `BHS1`. */
const MAGIC = 0x31534842;
const HEADER_WORDS = 8;
/** Words of one open or ended dialogue. */
const DIALOGUE_WORDS = 8;

/**
 * The whole state of {@link Billing} as octets: what a node that was away needs before it can follow the records again.
 *
 * ```
 *   magic | subscribers | dialogues | window words | last record number (f64) | charged in all (f64)
 *   balances f64 * subscribers | reserved f64 * subscribers
 *   dialogues: state, own TID, peer TID, requester, subscriber, service key, reserved f64
 *   duplicate window
 * ```
 * Numbers are in the byte order of the host. The copy is taken at once: nothing of it changes afterwards.
 */
export function takeSnapshot(billing: Billing): Uint8Array {
  const { ledger, dialogues, duplicates } = billing;
  const { count } = ledger.subscribers;
  const slots: number[] = [];
  for (let slot = 0; slot < dialogues.slotsMax; slot++) {
    if (dialogues.state[slot] !== DIALOGUE.free) slots.push(slot);
  }
  const window = duplicates.snapshot();
  const total = HEADER_WORDS + 4 * count + DIALOGUE_WORDS * slots.length + window.length;
  // Whole float64s, so that both views fit.
  const words = new Uint32Array(total + (total & 1));
  const floats = new Float64Array(words.buffer);
  words.set([MAGIC, count, slots.length, window.length]);
  floats[2] = billing.lastNumber;
  floats[3] = ledger.chargedTotal;
  floats.set(ledger.balances, HEADER_WORDS / 2);
  floats.set(ledger.reserved, HEADER_WORDS / 2 + count);
  let at = HEADER_WORDS + 4 * count;
  for (const slot of slots) {
    words[at] = dialogues.state[slot]!;
    words[at + 1] = dialogues.ownTransaction[slot]!;
    words[at + 2] = dialogues.peerTransaction[slot]!;
    words[at + 3] = dialogues.requester[slot]!;
    words[at + 4] = dialogues.subscriber[slot]!;
    words[at + 5] = dialogues.serviceKey[slot]!;
    floats[at / 2 + 3] = dialogues.reserved[slot]!;
    at += DIALOGUE_WORDS;
  }
  words.set(window, at);
  return new Uint8Array(words.buffer, 0, total * 4);
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
  const [magic, count = 0, slots = 0, windowWords = 0] = words;
  if (magic !== MAGIC) throw new RangeError('ledger snapshot: it does not begin like one');
  const dialoguesAt = HEADER_WORDS + 4 * count;
  const windowAt = dialoguesAt + DIALOGUE_WORDS * slots;
  if (octets.length !== (windowAt + windowWords) * 4) {
    throw new RangeError(
      `ledger snapshot: ${octets.length} octets, ${(windowAt + windowWords) * 4} announced`,
    );
  }
  const dialogues: SnapshotDialogue[] = [];
  for (let at = dialoguesAt; at < windowAt; at += DIALOGUE_WORDS) {
    dialogues.push({
      state: words[at]!,
      ownTransaction: words[at + 1]!,
      peerTransaction: words[at + 2]!,
      requester: words[at + 3]!,
      subscriber: words[at + 4]!,
      serviceKey: words[at + 5]!,
      reserved: floats[at / 2 + 3]!,
    });
  }
  return {
    records: floats[2]!,
    charged: floats[3]!,
    balances: floats.subarray(HEADER_WORDS / 2, HEADER_WORDS / 2 + count),
    reserved: floats.subarray(HEADER_WORDS / 2 + count, HEADER_WORDS / 2 + 2 * count),
    dialogues,
    window: words.subarray(windowAt, windowAt + windowWords),
  };
}

/**
 * Replaces the state by a snapshot of a node with the same subscribers. The timers of open dialogues start anew.
 *
 * @throws RangeError when the octets are no snapshot or of a ledger of another size
 */
export function restoreSnapshot(billing: Billing, octets: Uint8Array, nowNs: number): void {
  const { ledger, dialogues, duplicates } = billing;
  const view = readSnapshot(octets);
  if (view.balances.length !== ledger.subscribers.count) {
    throw new RangeError(
      `ledger snapshot: it has ${view.balances.length} subscribers, this node has ${ledger.subscribers.count}`,
    );
  }
  billing.lastNumber = view.records;
  ledger.chargedTotal = view.charged;
  ledger.balances.set(view.balances);
  ledger.reserved.set(view.reserved);
  ledger.reservedTotal = ledger.reserved.reduce((sum, amount) => sum + amount, 0);
  dialogues.clear();
  for (const dialogue of view.dialogues) {
    const slot = dialogues.begin(dialogue.ownTransaction, nowNs);
    dialogues.peerTransaction[slot] = dialogue.peerTransaction;
    dialogues.requester[slot] = dialogue.requester;
    dialogues.subscriber[slot] = dialogue.subscriber;
    dialogues.serviceKey[slot] = dialogue.serviceKey;
    dialogues.reserved[slot] = dialogue.reserved;
    if (dialogue.state === DIALOGUE.ended) dialogues.end(slot);
  }
  dialogues.rebuildFree();
  duplicates.restore(view.window);
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
