import type { Billing } from '../../responder/billing.js';
import { DIALOGUE } from '../../responder/dialogues.js';
import { RECORD } from '../../responder/record.js';

/*
 * The state of a node's application as octets. Subscribers that are as they were at the start are left out.
 *
 *   float64  | last number | charged | reserved | subscribers | dialogues | words of the window |
 *   then     subscribers x (index, balance, reserved) | dialogues x 8 | window, uint32
 */
const HEAD = 6;
const SUBSCRIBER = 3;
const DIALOGUE_FIELDS = 7;

/** Everything that a replica needs to go on. */
export function encodeState(billing: Billing): Uint8Array {
  const { ledger, dialogues } = billing;
  const window = billing.duplicates.snapshot();
  const touched: number[] = [];
  for (let index = 0; index < ledger.balances.length; index++) {
    if (ledger.balances[index] !== ledger.initialBalance || ledger.reserved[index] !== 0) touched.push(index);
  }
  const slots: number[] = [];
  for (let slot = 0; slot < dialogues.slotsMax; slot++) {
    if (dialogues.state[slot] !== DIALOGUE.free) slots.push(slot);
  }
  // The table keeps its open dialogues in the order of their last messages.
  slots.sort((x, y) => dialogues.lastMessageNs[x]! - dialogues.lastMessageNs[y]!);
  const floats = HEAD + touched.length * SUBSCRIBER + slots.length * DIALOGUE_FIELDS;
  const numbers = new Float64Array(floats + Math.ceil(window.length / 2));
  numbers.set([
    billing.lastNumber,
    ledger.chargedTotal,
    ledger.reservedTotal,
    touched.length,
    slots.length,
    window.length,
  ]);
  let at = HEAD;
  for (const index of touched) {
    numbers.set([index, ledger.balances[index]!, ledger.reserved[index]!], at);
    at += SUBSCRIBER;
  }
  for (const slot of slots) {
    numbers.set(
      [
        dialogues.state[slot]!,
        dialogues.ownTransaction[slot]!,
        dialogues.peerTransaction[slot]!,
        dialogues.requester[slot]!,
        dialogues.subscriber[slot]!,
        dialogues.serviceKey[slot]!,
        dialogues.reserved[slot]!,
      ],
      at,
    );
    at += DIALOGUE_FIELDS;
  }
  new Uint32Array(numbers.buffer, at * 8, window.length).set(window);
  return new Uint8Array(numbers.buffer);
}

/**
 * Brings a fresh application to an encoded state. The timers of its dialogues start anew.
 * @param billing as it is after construction
 */
export function restoreState(billing: Billing, state: Uint8Array, nowNs: number): void {
  const numbers = new Float64Array(new Uint8Array(state).buffer);
  const { ledger, dialogues } = billing;
  const [lastNumber, charged, reserved, subscribers, open, words] = numbers as unknown as number[];
  billing.lastNumber = lastNumber!;
  ledger.chargedTotal = charged!;
  ledger.reservedTotal = reserved!;
  let at = HEAD;
  for (let count = 0; count < subscribers!; count++) {
    const index = numbers[at]!;
    ledger.balances[index] = numbers[at + 1]!;
    ledger.reserved[index] = numbers[at + 2]!;
    at += SUBSCRIBER;
  }
  for (let count = 0; count < open!; count++) {
    const slot = dialogues.begin(numbers[at + 1]!, nowNs);
    dialogues.peerTransaction[slot] = numbers[at + 2]!;
    dialogues.requester[slot] = numbers[at + 3]!;
    dialogues.subscriber[slot] = numbers[at + 4]!;
    dialogues.serviceKey[slot] = numbers[at + 5]!;
    dialogues.reserved[slot] = numbers[at + 6]!;
    if (numbers[at] === DIALOGUE.ended) dialogues.end(slot);
    at += DIALOGUE_FIELDS;
  }
  dialogues.rebuildFree();
  billing.duplicates.restore(new Uint32Array(numbers.buffer, at * 8, words!));
}

/** Applies the records of one entry of the log. */
export function applyRecords(billing: Billing, payload: Uint8Array, nowNs: number): void {
  const octets = new Uint8Array(payload);
  const words = new Uint32Array(octets.buffer);
  const floats = new Float64Array(octets.buffer);
  for (let at = 0; at < words.length; at += RECORD.words) billing.apply(words, floats, at, nowNs);
}
