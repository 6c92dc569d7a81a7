/** What one run at one rate says. `blame`: whose limit was met; null when none was. */
export interface StepVerdict {
  readonly feasible: boolean;
  readonly blame: 'target' | 'generator' | null;
  /** Far beyond the limit: a second look would be a waste of time. */
  readonly clear: boolean;
  readonly reason: string;
  /** What the target completed of it by the growth of its latency, requests a second; null where nothing can be said. */
  readonly completedPerSecond: number | null;
}

/** Why a step is made. */
export type StepPurpose = 'climb' | 'descend' | 'bisect' | 'repeat' | 'confirm';

/** A step that was made. */
export interface StepResult extends StepVerdict {
  readonly ratePerSecond: number;
  readonly purpose: StepPurpose;
}

/** A step as it is recorded: what was decided about it, and its figures. */
export interface RecordedStep extends StepResult {
  readonly failed: number;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  readonly answeredPerSecond: number;
  readonly workerCpuPercentMax: number | null;
  /** Result folder below that of the search. */
  readonly result: string;
}

export type LimitedBy = 'target' | 'generator' | 'maximum';

/** `capacity.json`: what a capacity search leaves behind beside the folders of its steps. */
export interface CapacityReport {
  readonly schema: 'busyhour/capacity/1';
  readonly capacityPerSecond: number;
  readonly limitedBy: LimitedBy;
  readonly infeasiblePerSecond: number | null;
  /** How often the found rate held. */
  readonly held: number;
  readonly objective: string;
  readonly rejectedOk: boolean;
  readonly stepDurationSeconds: number;
  readonly targets: readonly string[];
  readonly referenceLatencyMs: number | null;
  readonly feasiblePerSecond: readonly number[];
  readonly infeasibleLevelsPerSecond: readonly number[];
  /** Levels that held although a lower one did not; empty: the evidence is monotonic. */
  readonly contradictionsPerSecond: readonly number[];
  readonly notes: readonly string[];
  readonly steps: readonly RecordedStep[];
}
