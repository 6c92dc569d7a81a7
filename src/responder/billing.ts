import { DIALOGUE, type DialogueTable } from './dialogues.js';
import type { DuplicateWindow } from './duplicates.js';
import type { Ledger } from './ledger.js';
import { NO_SUBSCRIBER, packWhat, RECORD, RECORD_KIND, type RecordBatch, type RecordKind } from './record.js';
import type { TariffTable } from './tariffs.js';

/** What the application answers; kept in records and in the duplicate window, so the values never change. */
export const ANSWER = {
  /** Nothing is sent. */
  none: 0,
  /** TC-END with Continue: the one-leg request was charged. */
  endContinue: 1,
  /** TC-END with ReleaseCall: refused, `cause` says why (Q.850). */
  endRelease: 2,
  /** TC-CONTINUE with RequestReportBCSMEvent, ApplyCharging and Continue: the call may go on. */
  continueCall: 3,
  /** TC-END without components: the call was settled. */
  endCall: 4,
  /** P-Abort, `cause` is the P-Abort cause (Q.773). */
  abort: 5,
  /** Reject of an invoke, in a TC-END; `cause` is the invoke problem (Q.773). */
  reject: 6,
  /** Reject with a general problem, in a TC-END; `cause` is the problem. */
  rejectGeneral: 7,
  /** The application context is not supported: Abort with AARE. */
  refuseContext: 8,
} as const;

/** Q.850 causes of a refusal. */
export const REFUSAL_CAUSE = {
  /** 21, call rejected: not enough credit. */
  noCredit: 21,
  /** 50, requested facility not subscribed: a number that is no subscriber of ours. */
  unknownSubscriber: 50,
} as const;

/** Totals since the start, by name. */
export interface BillingCounters {
  charged: number;
  reserved: number;
  settled: number;
  refusedNoCredit: number;
  refusedUnknownSubscriber: number;
  /** Dialogues ended by their timer, their reservations given back. */
  reservationsReleased: number;
  /** Calls longer than their grant; the charge was held to the reservation. */
  overruns: number;
  duplicates: number;
}

export interface BillingParts {
  readonly ledger: Ledger;
  readonly tariffs: TariffTable;
  readonly duplicates: DuplicateWindow;
  readonly dialogues: DialogueTable;
  readonly records: RecordBatch;
  /** Unix time in ms of nanosecond 0. */
  readonly epochUnixMs: number;
}

/**
 * Rating on one node: decides, writes the decision as a record, and applies the record. A replica that applies the same records in
 * the same order reaches the same state; nothing else changes it.
 *
 * The decision is left in {@link answer}, {@link cause}, {@link ownTransaction} and {@link repeated} until the next call.
 */
export class Billing {
  readonly ledger: Ledger;
  readonly tariffs: TariffTable;
  readonly duplicates: DuplicateWindow;
  readonly dialogues: DialogueTable;
  readonly records: RecordBatch;
  readonly counters: BillingCounters = {
    charged: 0,
    reserved: 0,
    settled: 0,
    refusedNoCredit: 0,
    refusedUnknownSubscriber: 0,
    reservationsReleased: 0,
    overruns: 0,
    duplicates: 0,
  };
  answer: number = ANSWER.none;
  cause = 0;
  /** Own transaction id of the answer, 0 when it carries none. */
  ownTransaction = 0;
  /** The decision was made for an earlier transmission of the same request. */
  repeated = false;
  /** Number of the last record applied. */
  lastNumber = 0;
  readonly #epochUnixMs: number;

  constructor(parts: BillingParts) {
    this.ledger = parts.ledger;
    this.tariffs = parts.tariffs;
    this.duplicates = parts.duplicates;
    this.dialogues = parts.dialogues;
    this.records = parts.records;
    this.#epochUnixMs = parts.epochUnixMs;
  }

  /**
   * An InitialDP whose identity is staged in {@link records} (`stageIdentity`). The batch must not be full.
   * @param subscriber index in the ledger, -1 for a stranger
   */
  initialDp(serviceKey: number, subscriber: number, peerTransaction: number, nowNs: number): void {
    const { words, staged } = this.records;
    const known = this.duplicates.find(words, staged);
    if (known >= 0) {
      const what = this.duplicates.whatOf(known);
      this.#decided((what >>> 8) & 0xff, (what >>> 16) & 0xff, this.duplicates.ownTransactionOf(known), true);
      this.counters.duplicates += 1;
      return;
    }
    const tariff = this.tariffs.find(serviceKey);
    words[staged + RECORD.serviceKey] = serviceKey;
    words[staged + RECORD.peerTransaction] = peerTransaction;
    words[staged + RECORD.durationMs] = 0;
    if (subscriber < 0) {
      this.counters.refusedUnknownSubscriber += 1;
      this.#refuse(NO_SUBSCRIBER, REFUSAL_CAUSE.unknownSubscriber, nowNs);
    } else if (this.tariffs.isEvent(tariff)) {
      this.#chargeEvent(subscriber, this.tariffs.at(tariff).pricePerEvent, nowNs);
    } else {
      this.#beginCall(subscriber, this.tariffs.reservation(tariff), nowNs);
    }
  }

  /**
   * The report that ends a call: charges its duration against the reservation.
   *
   * A repeat of it after the end gets the stored answer again; a dialogue that is not known gets `unrecognizedTransactionID`.
   * @param requester hash of the calling address, `hashAddress`
   */
  applyChargingReport(transaction: number, requester: number, durationMs: number, nowNs: number): void {
    const { dialogues } = this;
    const slot = this.#slotOf(transaction, requester);
    if (slot < 0) return;
    if (dialogues.state[slot] === DIALOGUE.ended) {
      this.counters.duplicates += 1;
      this.#decided(ANSWER.endCall, 0, 0, true);
      return;
    }
    const reserved = dialogues.reserved[slot]!;
    const serviceKey = dialogues.serviceKey[slot]!;
    let amount = this.tariffs.charge(this.tariffs.find(serviceKey), durationMs);
    if (amount > reserved) {
      amount = reserved;
      this.counters.overruns += 1;
    }
    this.#stageDialogue(slot, durationMs);
    this.counters.settled += 1;
    this.#decided(ANSWER.endCall, 0, 0, false);
    this.#record(RECORD_KIND.settle, dialogues.subscriber[slot]!, amount, reserved, nowNs);
  }

  /** A message of an open dialogue that settles nothing: its timer starts anew. @returns whether the dialogue is open */
  touch(transaction: number, requester: number, nowNs: number): boolean {
    const slot = this.#slotOf(transaction, requester);
    if (slot < 0) return false;
    this.#decided(ANSWER.none, 0, 0, false);
    this.dialogues.touch(slot, nowNs);
    return this.dialogues.state[slot] === DIALOGUE.open;
  }

  /** The requester aborted the dialogue: nothing is charged, the reservation is given back, nothing is answered. */
  aborted(transaction: number, requester: number, nowNs: number): void {
    const slot = this.#slotOf(transaction, requester);
    this.#decided(ANSWER.none, 0, 0, false);
    if (slot >= 0 && this.dialogues.state[slot] === DIALOGUE.open) this.#release(slot, nowNs);
  }

  /** When {@link expire} has work next, Infinity without open dialogues. */
  get nextDeadlineNs(): number {
    return this.dialogues.nextDeadlineNs;
  }

  /**
   * Ends dialogues whose timer ran out and gives their reservations back, as many as the record batch takes.
   *
   * NOTE: deviates from Q.774 §3.2 in that the peer gets no abort: the dialogue ends locally, and a later Continue is answered with
   * P-Abort unrecognizedTransactionID, because a requester that was silent for so long mostly is not there.
   */
  expire(nowNs: number): void {
    while (!this.records.full) {
      const slot = this.dialogues.expired(nowNs);
      if (slot < 0) return;
      this.#release(slot, nowNs);
      this.counters.reservationsReleased += 1;
    }
  }

  /**
   * Applies a record of another node or of a journal to the state.
   * @param at first word of the record in `words`; `floats` is the float64 view of the same buffer
   */
  apply(words: Uint32Array, floats: Float64Array, at: number, nowNs: number): void {
    const kind = words[at]! & 0xff;
    const subscriber = words[at + RECORD.subscriber]!;
    const half = at >>> 1;
    const amount = floats[half + RECORD.amount]!;
    const reserved = floats[half + RECORD.reserved]!;
    switch (kind) {
      case RECORD_KIND.charge:
        this.ledger.charge(subscriber, amount);
        this.duplicates.insert(words, at);
        break;
      case RECORD_KIND.reserve:
        this.ledger.reserve(subscriber, reserved);
        this.#openDialogue(words, at, subscriber, reserved, nowNs);
        this.duplicates.insert(words, at);
        break;
      case RECORD_KIND.settle:
      case RECORD_KIND.release: {
        this.ledger.charge(subscriber, amount);
        this.ledger.reserve(subscriber, -reserved);
        const slot = this.dialogues.find(words[at + RECORD.ownTransaction]!);
        if (slot >= 0) this.dialogues.end(slot);
        break;
      }
      case RECORD_KIND.refuse:
        this.duplicates.insert(words, at);
        break;
      default:
        throw new Error(`charging record ${floats[half + RECORD.number]}: unknown kind ${kind}`);
    }
    this.lastNumber = floats[half + RECORD.number]!;
  }

  #chargeEvent(subscriber: number, price: number, nowNs: number): void {
    if (this.ledger.available(subscriber) < price) {
      this.counters.refusedNoCredit += 1;
      this.#refuse(subscriber, REFUSAL_CAUSE.noCredit, nowNs);
      return;
    }
    this.counters.charged += 1;
    this.#stageOwn(0);
    this.#decided(ANSWER.endContinue, 0, 0, false);
    this.#record(RECORD_KIND.charge, subscriber, price, 0, nowNs);
  }

  #beginCall(subscriber: number, reservation: number, nowNs: number): void {
    if (this.ledger.available(subscriber) < reservation) {
      this.counters.refusedNoCredit += 1;
      this.#refuse(subscriber, REFUSAL_CAUSE.noCredit, nowNs);
      return;
    }
    const own = this.dialogues.nextTransaction();
    if (own < 0) {
      this.#decided(ANSWER.abort, P_ABORT.resourceLimitation, 0, false);
      return;
    }
    this.counters.reserved += 1;
    this.#stageOwn(own);
    this.#decided(ANSWER.continueCall, 0, own, false);
    this.#record(RECORD_KIND.reserve, subscriber, 0, reservation, nowNs);
  }

  #refuse(subscriber: number, cause: number, nowNs: number): void {
    this.#stageOwn(0);
    this.#decided(ANSWER.endRelease, cause, 0, false);
    this.#record(RECORD_KIND.refuse, subscriber, 0, 0, nowNs);
  }

  #release(slot: number, nowNs: number): void {
    const { dialogues } = this;
    this.#stageDialogue(slot, 0);
    this.#decided(ANSWER.none, 0, 0, false);
    this.#record(RECORD_KIND.release, dialogues.subscriber[slot]!, 0, dialogues.reserved[slot]!, nowNs);
  }

  /** Slot of a dialogue that belongs to the requester; otherwise decides on P-Abort and returns -1. */
  #slotOf(transaction: number, requester: number): number {
    const slot = this.dialogues.find(transaction);
    if (slot >= 0 && this.dialogues.requester[slot] === requester) return slot;
    this.#decided(ANSWER.abort, P_ABORT.unrecognizedTransactionId, 0, false);
    return -1;
  }

  #openDialogue(words: Uint32Array, at: number, subscriber: number, reserved: number, nowNs: number): void {
    const slot = this.dialogues.begin(words[at + RECORD.ownTransaction]!, nowNs);
    this.dialogues.peerTransaction[slot] = words[at + RECORD.peerTransaction]!;
    this.dialogues.requester[slot] = requesterOf(words, at);
    this.dialogues.subscriber[slot] = subscriber;
    this.dialogues.serviceKey[slot] = words[at + RECORD.serviceKey]!;
    this.dialogues.reserved[slot] = reserved;
  }

  #stageOwn(ownTransaction: number): void {
    this.records.words[this.records.staged + RECORD.ownTransaction] = ownTransaction;
  }

  /** Stages a record of a dialogue rather than of a request: it has no identity of its own. */
  #stageDialogue(slot: number, durationMs: number): void {
    const { words, staged } = this.records;
    words[staged + RECORD.serviceKey] = this.dialogues.serviceKey[slot]!;
    words[staged + RECORD.ownTransaction] = this.dialogues.ownTransaction[slot]!;
    words[staged + RECORD.peerTransaction] = this.dialogues.peerTransaction[slot]!;
    words[staged + RECORD.durationMs] = durationMs;
    words[staged + RECORD.lengths] = 0;
    words[staged + RECORD.hash] = 0;
  }

  #decided(answer: number, cause: number, ownTransaction: number, repeated: boolean): void {
    this.answer = answer;
    this.cause = cause;
    this.ownTransaction = ownTransaction;
    this.repeated = repeated;
  }

  #record(kind: RecordKind, subscriber: number, amount: number, reserved: number, nowNs: number): void {
    const { words, floats, staged } = this.records;
    const half = staged >>> 1;
    words[staged] = packWhat(kind, this.answer, this.cause);
    words[staged + RECORD.subscriber] = subscriber;
    floats[half + RECORD.amount] = amount;
    floats[half + RECORD.reserved] = reserved;
    floats[half + RECORD.timeUnixMs] = this.#epochUnixMs + nowNs / 1e6;
    floats[half + RECORD.number] = this.lastNumber + 1;
    this.records.commit();
    this.apply(words, floats, staged, nowNs);
  }
}

/** P-Abort causes that the application gives (Q.773 table 11). */
export const P_ABORT = {
  unrecognizedTransactionId: 1,
  badlyFormattedTransactionPortion: 2,
  incorrectTransactionPortion: 3,
  resourceLimitation: 4,
} as const;

/** Hash of a requester's SCCP address, for {@link Billing.applyChargingReport}. */
export function hashAddress(octets: Uint8Array, offset: number, length: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < length; i++) h = Math.imul(h ^ octets[offset + i]!, 0x01000193);
  return (h ^ (h >>> 15)) >>> 0;
}

/** The same hash out of the identity in a record. */
function requesterOf(words: Uint32Array, at: number): number {
  const length = words[at + RECORD.lengths]! & 0xff;
  let h = 0x811c9dc5;
  for (let i = 0; i < length; i++) {
    const word = words[at + RECORD.identity + (i >>> 2)]!;
    h = Math.imul(h ^ ((word >>> ((i & 3) * 8)) & 0xff), 0x01000193);
  }
  return (h ^ (h >>> 15)) >>> 0;
}
