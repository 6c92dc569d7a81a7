import { M3UA_PPID } from '../../../protocol/m3ua/codes.js';
import { dataStreamForSls } from '../../../protocol/m3ua/streams.js';
import { LEG, type TransactionSlab } from '../../load/slab.js';
import type { Recorder } from '../../measure/recorder.js';
import { HOST_TIME, type SctpHost, TX } from '../../transport/sctp.js';
import type { Link } from '../links.js';
import type { Target } from './target.js';

/** Writes the messages of a scenario; see `src/load/template.ts`. */
export interface Stamper {
  /** Octets of the longest message. */
  readonly messageBytesMax: number;
  /** Writes the request of the transaction in `slot` at `at` and returns its length. */
  request(bytes: Uint8Array, at: number, slot: number): number;
  /** Writes the report that begins its second leg. */
  report(bytes: Uint8Array, at: number, slot: number): number;
}

export interface SenderParts {
  readonly host: SctpHost;
  readonly slab: TransactionSlab;
  readonly stamper: Stamper;
  readonly recorder: Recorder;
  readonly targets: readonly Target[];
  /** A report was taken by the binding: it waits for its answer from now on. */
  readonly onReportSent: (slot: number) => void;
}

/** Messages handed over in one call of the binding; a longer queue takes several turns, with the clock read before each. */
const MESSAGES_PER_CALL = 256;
/** So many are always tried, however few were taken before. */
const MESSAGES_PER_CALL_MIN = 16;

/**
 * Takes requests from the queues of the targets to the binding. A request counts as offered when the binding was asked to take it, or
 * would have been, had its target not refused others before it: from then on waiting is the transport's doing, not the generator's.
 */
export class Sender {
  readonly #parts: SenderParts;
  readonly #perCallMax: number;
  /** Messages that the next call offers: what is refused was stamped in vain, so it follows what was taken of late. */
  #perCall: number;
  /** By slot: the target in whose queue it waits, which is another one than its own after a reroute. */
  readonly #queuedAt: Uint8Array;
  /** By target: how many in its queue have not been offered yet. They are the newest, but for repeats in between. */
  readonly #unoffered: Uint32Array;

  constructor(parts: SenderParts) {
    const { host, slab, stamper, recorder, targets, onReportSent } = parts;
    // Of one shape whoever calls, or the code that a rehearsal had compiled is thrown away at the first request.
    this.#parts = { host, slab, stamper, recorder, targets, onReportSent };
    this.#queuedAt = new Uint8Array(parts.slab.slots);
    this.#unoffered = new Uint32Array(parts.targets.length);
    const byBytes = Math.floor(parts.host.txBytes.length / parts.stamper.messageBytesMax);
    this.#perCallMax = Math.min(
      MESSAGES_PER_CALL,
      byBytes,
      Math.floor(parts.host.txRecords.length / TX.stride),
    );
    this.#perCall = this.#perCallMax;
  }

  /** Puts a transaction in line; it leaves with the next {@link drain}. */
  enqueue(target: Target, slot: number): void {
    target.queue.push(slot);
    this.#queuedAt[slot] = target.index;
    if (this.#parts.slab.offeredNs[slot] !== 0) return;
    if (target.blocked) this.#markOffered(slot, HOST_TIME.now);
    else this.#unoffered[target.index]!++;
  }

  /** Target that a transaction went to last, or waits for: another one than its own after a reroute. */
  placeOf(slot: number): number {
    return this.#queuedAt[slot]!;
  }

  /** Takes a transaction out of its line; it must be in one. */
  remove(slot: number): void {
    const target = this.#queuedAt[slot]!;
    this.#parts.targets[target]!.queue.remove(slot);
    if (this.#parts.slab.offeredNs[slot] === 0) this.#unoffered[target]!--;
  }

  /** Sends what waits for a target until its queue is empty or it takes no more. */
  drain(target: Target): void {
    while (target.queue.length > 0) {
      const link = target.nextLink();
      if (link === undefined) return;
      this.#offer(target, link);
    }
  }

  #offer(target: Target, link: Link): void {
    const { host, slab, recorder } = this.#parts;
    const { offeredNs } = slab;
    const count = this.#stamp(target, link);
    const result = host.send(0, count);
    const sentNs = host.times[HOST_TIME.sent]!;
    const taken = result < 0 ? 0 : result;
    for (let i = 0; i < taken; i++) {
      const slot = target.queue.shift();
      // Not a call with the time as its argument: V8 would put that on the heap for every request.
      if (offeredNs[slot] === 0) {
        offeredNs[slot] = sentNs;
        this.#unoffered[target.index]!--;
        recorder.offered(slot);
      }
      slab.association[slot] = link.association;
      if (slab.leg[slot] === LEG.queued) {
        slab.leg[slot] = LEG.sent;
      } else {
        slab.leg[slot] = LEG.reportSent;
        this.#parts.onReportSent(slot);
      }
    }
    this.#perCall = Math.min(this.#perCallMax, Math.max(2 * taken, MESSAGES_PER_CALL_MIN));
    if (taken === count) return;
    target.setFull(link);
    if (target.blocked) this.#markAllOffered(target);
  }

  /** Fills the send batch from the head of the queue without taking anything out; returns the number of messages. */
  #stamp(target: Target, link: Link): number {
    const { host, slab, stamper } = this.#parts;
    const { txBytes, txRecords } = host;
    const count = Math.min(this.#perCall, target.queue.length);
    let slot = target.queue.head;
    let offset = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
      const length =
        slab.leg[slot] === LEG.queued
          ? stamper.request(txBytes, offset, slot)
          : stamper.report(txBytes, offset, slot);
      txRecords[at + TX.association] = link.association;
      txRecords[at + TX.stream] = dataStreamForSls(slab.sls[slot]!, link.streams);
      txRecords[at + TX.ppid] = M3UA_PPID;
      txRecords[at + TX.offset] = offset;
      txRecords[at + TX.length] = length;
      // Only the first leg is measured by its transmissions.
      txRecords[at + TX.token] = slab.leg[slot] === LEG.queued ? slab.tokens[slot]! : 0;
      at += TX.stride;
      offset += length;
      slot = slab.nextLink[slot]! - 1;
    }
    return count;
  }

  /** The target takes no more: everything in line has been offered as far as the generator is concerned. */
  #markAllOffered(target: Target): void {
    const { slab } = this.#parts;
    for (
      let slot = target.queue.tail;
      this.#unoffered[target.index]! > 0;
      slot = slab.previousLink[slot]! - 1
    ) {
      if (slab.offeredNs[slot] !== 0) continue;
      this.#unoffered[target.index]!--;
      this.#markOffered(slot, HOST_TIME.sent);
    }
  }

  /** @param time place of the time among those of the host */
  #markOffered(slot: number, time: number): void {
    const { host, slab, recorder } = this.#parts;
    slab.offeredNs[slot] = host.times[time]!;
    recorder.offered(slot);
  }
}
