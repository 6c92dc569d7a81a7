import type { StatePieces } from '../../cluster/types.js';

/** The application as a node with a ledger uses it: requests in, answers and records out, and a state that the records alone make. */
export interface Decider {
  /** SLS of the request at hand; its answer carries the same. */
  readonly sls: number;
  /** Nothing more is decided before {@link takeRecords}. */
  readonly full: boolean;
  /** Records that the state rests on, counted from the first one ever made. */
  readonly records: number;
  /** Decides about one request, an M3UA message. @returns whether {@link writeAnswer} has an answer */
  decide(request: Uint8Array, nowNs: number): boolean;
  /** Writes the answer of the last decision. @returns its octets */
  writeAnswer(to: Uint8Array): number;
  /** Ends what has waited for too long. */
  expire(nowNs: number): void;
  /** The records made since the last call, null when there are none. The state rests on them already. */
  takeRecords(): Uint8Array | null;
  /** Takes over records of the other node or of the journal. */
  apply(records: Uint8Array, nowNs: number): void;
  /** The whole state as octets, a copy. */
  snapshot(): Uint8Array;
  /** The same in pieces that are copied when they are asked for, each as it was at this moment. */
  snapshotPieces(): StatePieces<Uint8Array>;
  /** The time of every open dialogue begins anew. */
  restartTimers(nowNs: number): void;
  /** An answer has left, so long after its request came. */
  responded(elapsedNs: number): void;
}
