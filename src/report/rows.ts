import type { EventCount, LatencyFigures, Outcome } from '../measure/summary.js';

/** One interval of one target, or of all targets together. Requests belong to the interval in which they were due. */
export interface IntervalRow {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Start of the interval, counted from the start of the run. */
  readonly elapsedSeconds: number;
  readonly durationSeconds: number;
  /** Null for all targets together: percentiles come from the merged histogram. */
  readonly target: string | null;
  readonly due: number;
  readonly sent: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly events: Readonly<Record<EventCount, number>>;
  readonly latencyMs: LatencyFigures;
  readonly latencyAllMs: LatencyFigures;
  readonly serviceTimeMs: LatencyFigures;
  readonly scheduleLagMs: LatencyFigures;
  readonly transportWaitMs: LatencyFigures;
  /** Time for which the generator's own loop did not run. */
  readonly generatorStallMs: number;
}

/** One request near an outage window, as recorded. Times are nanoseconds on the run's monotonic clock; 0 means it never happened. */
export interface OutageRow {
  readonly sequence: number;
  readonly target: string;
  readonly worker: number;
  readonly association: string;
  readonly dueNs: number;
  readonly offeredNs: number;
  readonly firstTransmissionNs: number;
  readonly previousTransmissionNs: number;
  readonly lastTransmissionNs: number;
  readonly transmissions: number;
  readonly answeredNs: number;
  readonly endedNs: number;
  readonly outcome: Outcome;
}
