import { AgeWalk, LEG, type SlotQueue, type TransactionSlab } from '../../load/slab.js';
import type { TargetSelector } from '../../load/target-selector.js';
import type { Recorder } from '../../measure/recorder.js';
import { EVENT, OUTCOME } from '../../measure/recording.js';
import type { Sender } from './sender.js';
import type { Target } from './target.js';

/** Times of a scenario, ns; see `RunConfig`. */
export interface DeadlineSettings {
  readonly scenario: 'probe' | 'call';
  readonly holdNs: number;
  readonly timeoutNs: number;
  readonly retransmitAfterNs: number | null;
  readonly retransmitMax: number;
  readonly rerouteAfterNs: number | null;
  /** The engine writes the log of transmissions; kernel SCTP does not. */
  readonly transmissionsLogged: boolean;
}

export interface DeadlineParts {
  readonly settings: DeadlineSettings;
  readonly slab: TransactionSlab;
  readonly selector: TargetSelector;
  readonly targets: readonly Target[];
  readonly recorder: Recorder;
  readonly sender: Sender;
  /** Calls that wait for their second leg, in the order in which it is due. */
  readonly held: SlotQueue;
  /** Calls whose report waits for its answer, in the order in which it was due. */
  readonly reports: SlotQueue;
}

/**
 * Everything that happens to a transaction because time passes: it is sent again or elsewhere, its second leg falls due, it times out.
 * Each is a walk through the transactions in order of age, so that a look costs nothing while nothing is due.
 */
export class Deadlines {
  readonly #parts: DeadlineParts;
  /** First legs that have timed out. */
  readonly #timeouts: AgeWalk;
  /** Whatever is alive at the end of the longest life that a transaction may have. */
  readonly #lives: AgeWalk;
  readonly #repeats: readonly AgeWalk[];
  readonly #reroutes: AgeWalk | null;
  readonly #walks: AgeWalk[];
  /** What {@link look} found: when something is due next, and the due time of the oldest transaction. */
  readonly #found = Float64Array.of(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);

  constructor(parts: DeadlineParts) {
    const { slab } = parts;
    const { scenario, timeoutNs, holdNs, retransmitAfterNs, retransmitMax, rerouteAfterNs } = parts.settings;
    this.#parts = parts;
    this.#timeouts = new AgeWalk(slab, timeoutNs);
    this.#lives = scenario === 'call' ? new AgeWalk(slab, 2 * timeoutNs + holdNs) : this.#timeouts;
    const repeats = retransmitAfterNs === null ? 0 : retransmitMax;
    this.#repeats = Array.from(
      { length: repeats },
      (_, k) => new AgeWalk(slab, (k + 1) * (retransmitAfterNs ?? 0)),
    );
    this.#reroutes = rerouteAfterNs === null ? null : new AgeWalk(slab, rerouteAfterNs);
    this.#walks = [this.#timeouts, ...this.#repeats, ...(this.#reroutes === null ? [] : [this.#reroutes])];
    if (this.#lives !== this.#timeouts) this.#walks.push(this.#lives);
  }

  /** Does everything that is due. */
  advance(nowNs: number): void {
    this.#expire(nowNs);
    this.#repeat(nowNs);
    this.#reportHeld(nowNs);
  }

  /** When {@link advance} has something to do at the earliest, at the last {@link look}; Infinity when nothing is alive. */
  get nextNs(): number {
    return this.#found[0]!;
  }

  /** Due time of the oldest transaction alive at the last {@link look}; Infinity when there is none. */
  get oldestDueNs(): number {
    return this.#found[1]!;
  }

  /** Finds out what is due next. The times are left in memory: returned by a call that is not inlined they would be objects on the heap. */
  look(): void {
    const { slab, held, reports, settings } = this.#parts;
    const { dueNs, reportDueNs } = slab;
    let nextNs = Number.POSITIVE_INFINITY;
    for (const walk of this.#walks) {
      const slot = walk.peek();
      if (slot >= 0) nextNs = Math.min(nextNs, dueNs[slot]! + walk.ageNs);
    }
    if (held.head >= 0) nextNs = Math.min(nextNs, reportDueNs[held.head]!);
    if (reports.head >= 0) nextNs = Math.min(nextNs, reportDueNs[reports.head]! + settings.timeoutNs);
    this.#found[0] = nextNs;
    const oldest = this.#lives.peek();
    this.#found[1] = oldest < 0 ? Number.POSITIVE_INFINITY : dueNs[oldest]!;
  }

  /**
   * The association that carried them is gone, and with it whatever SCTP had not delivered. Requests that would go to another target after a while
   * go there now: waiting longer brings nothing.
   */
  abortInFlight(association: number, nowNs: number): void {
    const { slab } = this.#parts;
    for (let slot = 0; slot < slab.slots; slot++) {
      if (slab.association[slot] !== association) continue;
      const leg = slab.leg[slot];
      if (leg === LEG.sent && this.#reroute(slot, nowNs)) continue;
      if (leg === LEG.sent || leg === LEG.reportSent) this.#end(slot, OUTCOME.aborted, nowNs);
    }
  }

  /** Nobody waits any longer: whatever is alive ends now. */
  abandon(nowNs: number): void {
    const { slab } = this.#parts;
    for (let slot = 0; slot < slab.slots; slot++) {
      if (slab.leg[slot] !== LEG.free) this.#end(slot, OUTCOME.aborted, nowNs);
    }
  }

  #expire(nowNs: number): void {
    const { slab, reports, settings } = this.#parts;
    for (let slot = this.#timeouts.next(nowNs); slot >= 0; slot = this.#timeouts.next(nowNs)) {
      const leg = slab.leg[slot];
      if (leg === LEG.queued || leg === LEG.sent) this.#end(slot, OUTCOME.timedOut, nowNs);
    }
    if (settings.scenario === 'probe') return;
    for (let slot = reports.head; slot >= 0; slot = reports.head) {
      if (slab.reportDueNs[slot]! + settings.timeoutNs > nowNs) break;
      this.#end(slot, OUTCOME.timedOut, nowNs);
    }
    for (let slot = this.#lives.next(nowNs); slot >= 0; slot = this.#lives.next(nowNs)) {
      this.#end(slot, OUTCOME.timedOut, nowNs);
    }
  }

  /** Ends a transaction that got no answer, wherever it stands. */
  #end(slot: number, outcome: number, nowNs: number): void {
    const { slab, sender, held, reports, recorder, settings } = this.#parts;
    switch (slab.leg[slot]) {
      case LEG.queued:
      case LEG.reportQueued:
        sender.remove(slot);
        break;
      case LEG.held:
        held.remove(slot);
        break;
      case LEG.reportSent:
        reports.remove(slot);
        break;
    }
    // What never left this host is unsent, whether it waited in our queue or, where the engine tells what has left, in SCTP's.
    const left = settings.transmissionsLogged ? slab.firstNs[slot] !== 0 : slab.association[slot] !== 0;
    recorder.ended(slot, left ? outcome : OUTCOME.unsent, nowNs);
    slab.end(slot, false);
  }

  /** Sends unanswered requests again: to the same target, or to another that takes traffic. */
  #repeat(nowNs: number): void {
    const { slab, targets } = this.#parts;
    for (const walk of this.#repeats) {
      for (let slot = walk.next(nowNs); slot >= 0; slot = walk.next(nowNs)) {
        if (slab.leg[slot] !== LEG.sent) continue;
        this.#sendAgain(slot, targets[slab.target[slot]!]!, EVENT.retransmitted, nowNs);
      }
    }
    if (this.#reroutes === null) return;
    for (let slot = this.#reroutes.next(nowNs); slot >= 0; slot = this.#reroutes.next(nowNs)) {
      if (slab.leg[slot] === LEG.sent) this.#reroute(slot, nowNs);
    }
  }

  /** Sends a request to another target, once. @returns false when it was there already, or none takes traffic */
  #reroute(slot: number, nowNs: number): boolean {
    const { slab, selector, targets, sender, settings } = this.#parts;
    const own = slab.target[slot]!;
    if (this.#reroutes === null || sender.placeOf(slot) !== own) return false;
    const other = selector.alternative(own);
    if (other < 0) return false;
    slab.rerouted[slot] = slab.firstNs[slot] === 0 && settings.transmissionsLogged ? 2 : 1;
    this.#sendAgain(slot, targets[other]!, EVENT.rerouted, nowNs);
    return true;
  }

  #sendAgain(slot: number, target: Target, event: number, nowNs: number): void {
    const { slab, recorder, sender } = this.#parts;
    slab.leg[slot] = LEG.queued;
    slab.repeats[slot]!++;
    recorder.event(slab.target[slot]!, event, nowNs);
    sender.enqueue(target, slot);
  }

  /** Calls whose hold time is over report their end. */
  #reportHeld(nowNs: number): void {
    const { slab, held, sender, targets } = this.#parts;
    for (let slot = held.head; slot >= 0; slot = held.head) {
      if (slab.reportDueNs[slot]! > nowNs) return;
      held.remove(slot);
      slab.leg[slot] = LEG.reportQueued;
      sender.enqueue(targets[slab.target[slot]!]!, slot);
    }
  }
}
