import { type BillingApplication, HANDLED } from '../../responder/application.js';
import { RECORD } from '../../responder/record.js';
import { StateCopy, takeSnapshot } from '../../responder/state-copy.js';
import { STATE_PIECE_OCTETS } from '../../storage/kept-states.js';
import type { Decider } from './decider.js';

/** The billing application as a {@link Decider}. */
export class BillingDecider implements Decider {
  readonly application: BillingApplication;

  constructor(application: BillingApplication) {
    this.application = application;
  }

  get sls(): number {
    return this.application.sls;
  }

  get full(): boolean {
    return this.application.billing.records.full;
  }

  get records(): number {
    return this.application.billing.lastNumber;
  }

  decide(request: Uint8Array, nowNs: number): boolean {
    return this.application.handle(request, 0, request.length, nowNs) === HANDLED.answered;
  }

  writeAnswer(to: Uint8Array): number {
    return this.application.writeAnswer(to, 0);
  }

  expire(nowNs: number): void {
    this.application.billing.expire(nowNs);
  }

  takeRecords(): Uint8Array | null {
    const { records } = this.application.billing;
    if (records.count === 0) return null;
    const payload = records.octets.slice(0, records.count * RECORD.octets);
    records.clear();
    return payload;
  }

  apply(records: Uint8Array, nowNs: number): void {
    const { billing } = this.application;
    eachRecord(records, (words, floats, at) => billing.apply(words, floats, at, nowNs));
  }

  snapshot(): Uint8Array {
    return takeSnapshot(this.application.billing);
  }

  snapshotPieces(): StateCopy {
    return new StateCopy(this.application.billing, STATE_PIECE_OCTETS).follow();
  }

  restartTimers(nowNs: number): void {
    this.application.billing.dialogues.restartTimers(nowNs);
  }

  responded(elapsedNs: number): void {
    this.application.statistics.responded(elapsedNs);
  }
}

/** Gives every record of an entry to `take`, as the first of its words in views of one buffer. */
export function eachRecord(
  payload: Uint8Array,
  take: (words: Uint32Array, floats: Float64Array, at: number, octets: Uint8Array) => void,
): void {
  // Records are read as float64 too, which a view at any other place than a multiple of 8 cannot.
  const octets = payload.byteOffset % 8 === 0 ? payload : new Uint8Array(payload);
  const words = new Uint32Array(octets.buffer, octets.byteOffset, octets.length >>> 2);
  const floats = new Float64Array(octets.buffer, octets.byteOffset, octets.length >>> 3);
  for (let at = 0; at < words.length; at += RECORD.words) take(words, floats, at, octets);
}
