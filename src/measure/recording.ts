import type { EventCount, Outcome } from './summary.js';

/** Numbers under which the hot path names outcomes and events: positions in `OUTCOMES` and `EVENT_COUNTS`. */
export const OUTCOME: Readonly<Record<Outcome, number>> = {
  succeeded: 0,
  rejected: 1,
  failed: 2,
  malformed: 3,
  timedOut: 4,
  aborted: 5,
  unsent: 6,
};
export const EVENT: Readonly<Record<EventCount, number>> = {
  retransmitted: 0,
  rerouted: 1,
  duplicateAnswered: 2,
  late: 3,
  unknown: 4,
};

/** What the recorder keeps of the binding's statistics of an association. */
export interface AssociationSample {
  readonly association: number;
  readonly state: string;
  readonly retransmissions: number;
  readonly duplicateTsns: number | null;
  readonly srttMs: number;
  readonly rtoMs: number;
  readonly rtoMaxSeenMs: number;
}

type Integers = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

/**
 * The columns of the correlation slab that the recorder reads; a request is named by its slot. Passing a slot instead
 * of seven times keeps doubles from being boxed.
 */
export interface RequestColumns {
  readonly dueNs: Float64Array;
  /** 0 until the binding took the request. */
  readonly offeredNs: Float64Array;
  readonly target: Integers;
  readonly association: Integers;
  /** As in `TransmissionLog` of the binding; `firstNs` 0 until transmitted. */
  readonly firstNs: Float64Array;
  readonly lastNs: Float64Array;
  readonly previousNs: Float64Array;
  readonly count: Integers;
  /** 0; 1 when the request went to another target too, 2 when it had not even left for its own by then. */
  readonly rerouted: Integers;
}
