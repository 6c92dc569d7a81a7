import type { EventCount, LatencyFigures, Outcome } from './summary.js';

/** One closed interval of one target, or of all together: a line of `intervals.csv`. Requests count in the interval in which they were due. */
export interface IntervalRow {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Start of the interval, from the start of the schedule. */
  readonly elapsedSeconds: number;
  readonly durationSeconds: number;
  /** Null for all targets together: percentiles come from the merged histogram. */
  readonly target: string | null;
  readonly due: number;
  readonly sent: number;
  /** Requests that got an application answer, whenever it came. */
  readonly answered: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly events: Readonly<Record<EventCount, number>>;
  readonly latencyMs: LatencyFigures;
  readonly latencyAllMs: LatencyFigures;
  readonly serviceTimeMs: LatencyFigures;
  readonly scheduleLagMs: LatencyFigures;
  readonly transportWaitMs: LatencyFigures;
  /** Time for which loops of the generator did not run, the longest of its workers. */
  readonly generatorStallMs: number;
  /** Resident memory of the generator when the interval closed; null in results of versions that did not look. */
  readonly generatorMemoryMb: number | null;
}

/** What report.html draws of an interval of all targets together, or of several that follow each other. */
export interface DrawnInterval
  extends Pick<IntervalRow, 'elapsedSeconds' | 'durationSeconds' | 'due' | 'answered'> {
  readonly latencyAllMs: Pick<LatencyFigures, 'p50' | 'p90' | 'p99' | 'max'>;
  readonly scheduleLagMs: Pick<LatencyFigures, 'p99' | 'max'>;
  readonly transportWaitMs: Pick<LatencyFigures, 'max'>;
}
