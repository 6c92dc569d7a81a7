import type { LatencyFigures, RequestCounts } from './summary.js';

/** One closed interval of one target, or of all together: a line of `intervals.csv`. Keyed by due time. */
export interface IntervalRow {
  readonly index: number;
  /** Name of the target; null for all targets together. */
  readonly target: string | null;
  /** Start of the interval: since the start of the schedule, and as Unix time. */
  readonly startMs: number;
  readonly startUnixMs: number;
  readonly durationMs: number;
  readonly requests: RequestCounts;
  /** Requests that the binding took. */
  readonly offered: number;
  /** Requests of the interval that got an application answer, whenever it came. */
  readonly answered: number;
  readonly ratePerSecond: { readonly offered: number; readonly sent: number; readonly answered: number };
  readonly latencyMs: LatencyFigures;
  readonly latencyAllMs: LatencyFigures;
  readonly serviceTimeMs: LatencyFigures;
  readonly scheduleLagMs: LatencyFigures;
  readonly transportWaitMs: LatencyFigures;
  readonly releaseTimeMs: LatencyFigures;
  /** Requests whose schedule lag was above the limit of the validity rule. */
  readonly lagOver: number;
}
