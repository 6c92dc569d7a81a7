/** Named numbers with their units in the names, for instance `writtenMbPerSecond`. */
export type WorkloadFigures = Readonly<Record<string, number>>;

/** Something that happened to a stream, with stamps of this host's clock (ISO 8601 UTC). */
export interface WorkloadRecord {
  /** `gap`: messages missing or late; `break`: a connection was lost until `endedAt`; `reset`: the peer began anew. */
  readonly event: 'gap' | 'break' | 'reset';
  readonly startedAt: string;
  /** Null while it lasts. */
  readonly endedAt: string | null;
  readonly durationMs: number;
  readonly lost: number;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  readonly reason: string;
}

/** Where a workload hands its records and its end by a fault; must not throw. */
export interface WorkloadSink {
  readonly record: (record: WorkloadRecord) => void;
  /** The workload cannot go on; the sentence says why. Called at most once. */
  readonly fault: (reason: string) => void;
}

/** A workload that runs until it is stopped. */
export interface RunningWorkload {
  /** Resolves when it does what was asked: memory filled, port listening. Not after a fault. */
  readonly ready: Promise<void>;
  /** What was asked for. */
  readonly asked: WorkloadFigures;
  /** What was achieved since the last call (or since the start), as rates over that time. */
  readonly progress: () => WorkloadFigures;
  /** What was achieved in all. */
  readonly totals: () => WorkloadFigures;
  /** Resolves when everything it holds is released. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

export const BYTES_PER_MB = 1024 * 1024;

/** ISO stamp of a wall-clock time in ms. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString();
}
