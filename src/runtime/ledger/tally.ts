import { DIALOGUE } from '../../responder/dialogues.js';
import { eachRemembered } from '../../responder/duplicates.js';
import { RECORD, RECORD_KIND } from '../../responder/record.js';
import type { SnapshotView } from '../../responder/snapshot.js';
import type { AuditHead } from '../audit.js';
import { eachRecord } from './billing-decider.js';

/** A run's audit while ledgers are read. */
export interface Audit {
  readonly head: AuditHead;
  /** Per sequence number: what the generator saw. */
  readonly seen: Uint8Array;
  /** Per sequence number: charges or reservations, settlements; the most that any of the folders holds. */
  readonly charged: Uint8Array;
  readonly settled: Uint8Array;
}

interface OpenCall {
  readonly units: number;
  readonly subscriber: number;
  /** Of the audited run, or -1. */
  readonly sequence: number;
}

/** Adds up the records of one journal, by other means than the application does. */
export class Tally {
  records = 0;
  /** Records that make an identity known: charges, reservations. */
  identities = 0;
  missing = 0;
  chargedUnits = 0;
  settledTwice = 0;
  /** By subscriber, of the records read. */
  readonly spent = new Map<number, number>();
  /** Calls that run, by own transaction id. */
  readonly reserved = new Map<number, OpenCall>();
  readonly #audit: Audit | null;
  readonly #charged: Uint8Array;
  readonly #settled: Uint8Array;
  #lastNumber: number;

  /** @param opening what the records continue; null: they begin with the first one */
  constructor(opening: SnapshotView | null, audit: Audit | null) {
    this.#audit = audit;
    this.#charged = new Uint8Array(audit?.seen.length ?? 0);
    this.#settled = new Uint8Array(audit?.seen.length ?? 0);
    this.#lastNumber = opening?.records ?? 0;
    if (opening !== null) this.#begin(opening);
  }

  take(payload: Uint8Array): void {
    eachRecord(payload, (words, floats, at, octets) => {
      this.records += 1;
      const half = at >>> 1;
      const amount = floats[half + RECORD.amount]!;
      const number = floats[half + RECORD.number]!;
      const subscriber = words[at + RECORD.subscriber]!;
      if (number !== this.#lastNumber + 1) this.missing += Math.max(1, number - this.#lastNumber - 1);
      this.#lastNumber = number;
      this.chargedUnits += amount;
      if (amount > 0) this.spent.set(subscriber, (this.spent.get(subscriber) ?? 0) + amount);
      const kind = words[at]! & 0xff;
      if (kind === RECORD_KIND.charge || kind === RECORD_KIND.reserve) {
        this.identities += 1;
        const firstOctet = octets.byteOffset + (at + RECORD.identity) * 4;
        const sequence = this.#charge(octets.buffer, firstOctet, words[at + RECORD.lengths]!);
        if (kind === RECORD_KIND.charge) return;
        const units = floats[half + RECORD.reserved]!;
        this.reserved.set(words[at + RECORD.ownTransaction]!, { units, subscriber, sequence });
      } else if (kind === RECORD_KIND.settle || kind === RECORD_KIND.release) {
        this.#endCall(words[at + RECORD.ownTransaction]!, kind === RECORD_KIND.settle);
      }
    });
  }

  /** Gives the audit what this journal holds, unless another one held more. */
  end(): void {
    if (this.#audit === null) return;
    const { charged, settled } = this.#audit;
    for (let i = 0; i < charged.length; i++) {
      charged[i] = Math.max(charged[i]!, this.#charged[i]!);
      settled[i] = Math.max(settled[i]!, this.#settled[i]!);
    }
  }

  /** Calls that ran when the records begin, and the last requests before them, which the state remembers. */
  #begin(opening: SnapshotView): void {
    const sequences = new Map<number, number>();
    eachRemembered(opening.window, (words, identityAt, lengths, what, own) => {
      const kind = what & 0xff;
      if (kind !== RECORD_KIND.charge && kind !== RECORD_KIND.reserve) return;
      const sequence = this.#charge(words.buffer, words.byteOffset + identityAt * 4, lengths);
      if (kind === RECORD_KIND.reserve) sequences.set(own, sequence);
    });
    for (const { state, ownTransaction, subscriber, reserved } of opening.dialogues) {
      if (state !== DIALOGUE.open) continue;
      const sequence = sequences.get(ownTransaction) ?? -1;
      sequences.delete(ownTransaction);
      this.reserved.set(ownTransaction, { units: reserved, subscriber, sequence });
    }
    for (const sequence of sequences.values()) if (sequence >= 0) this.#settled[sequence]! += 1;
  }

  /** @returns the sequence number of the audited run, -1 when the identity is not of that run */
  #charge(buffer: ArrayBufferLike, firstOctet: number, lengths: number): number {
    const reference = firstOctet + (lengths & 0xff) + ((lengths >>> 8) & 0xff);
    const sequence = this.#sequenceOf(buffer, reference, (lengths >>> 16) & 0xff);
    if (sequence >= 0) this.#charged[sequence]! += 1;
    return sequence;
  }

  #endCall(transaction: number, settled: boolean): void {
    const call = this.reserved.get(transaction);
    if (call === undefined) {
      this.settledTwice += 1;
      return;
    }
    this.reserved.delete(transaction);
    if (settled && call.sequence >= 0) this.#settled[call.sequence]! += 1;
  }

  /** The generator writes 32 bits of its run and 32 bits of the sequence number into the callReferenceNumber; -1 for another run's. */
  #sequenceOf(buffer: ArrayBufferLike, at: number, length: number): number {
    if (this.#audit === null || length !== 8) return -1;
    const view = new DataView(buffer, at, 8);
    if (view.getUint32(0) !== this.#audit.head.runBits) return -1;
    const sequence = view.getUint32(4);
    return sequence < this.#charged.length ? sequence : -1;
  }
}
