/**
 * `campaign.json`: what a campaign leaves behind beside the folders of its runs. Times are milliseconds, rates requests a second; a figure without
 * samples is null.
 */
export interface CampaignResult {
  readonly schema: 'busyhour/campaign/1';
  readonly name: string;
  /** 1: in full. Below 1: durations, warm-up, cool-down and interval were shortened alike, and every report says so. */
  readonly scale: number;
  /** As the user wrote it, for instance `1/60`. */
  readonly scaleText: string;
  readonly durationSeconds: number;
  readonly intervalSeconds: number;
  readonly warmUpSeconds: number;
  readonly coolDownSeconds: number;
  readonly repetitions: number;
  readonly order: 'listed' | 'random';
  readonly seed: number;
  readonly setups: readonly CampaignSetup[];
  /** In the order in which they were measured. */
  readonly cells: readonly CampaignCell[];
  /** Cells of the plan that have not been measured. */
  readonly missing: readonly CellPlace[];
  readonly notes: readonly string[];
}

export interface CampaignSetup {
  readonly name: string;
  readonly levelsPerSecond: readonly number[];
  readonly targets: readonly string[];
  /** Published figures beside it; null without a reference. */
  readonly published: PublishedSetup | null;
}

/** Published figures of one set-up, as printed. */
export interface PublishedSetup {
  readonly reference: string;
  readonly response: readonly PublishedLevel[];
  readonly responseDefinition: string;
  readonly cpu: readonly PublishedLevel[];
  readonly cpuDefinition: string;
  readonly feasiblePerSecond: readonly number[];
  readonly infeasiblePerSecond: readonly number[];
}

/** One printed cell. `decimals` of its mean: measured figures are rounded to it. */
export interface PublishedLevel {
  readonly loadPerSecond: number;
  readonly mean: number;
  readonly variance: number;
  readonly standardDeviation: number;
  readonly marginOfError: number;
  readonly decimals: number;
}

/** Where a cell stands in the matrix. */
export interface CellPlace {
  readonly setup: string;
  readonly ratePerSecond: number;
  /** From 1. */
  readonly repetition: number;
}

/** Mean, population variance, deviation and margin (1.96 sd / sqrt N) of samples of one interval each. */
export interface CellStatistics {
  readonly count: number;
  readonly mean: number | null;
  readonly variance: number | null;
  readonly standardDeviation: number | null;
  /** Null below 30 samples: printed as n/a. */
  readonly marginOfError: number | null;
  /** Margin of samples that depend on each other; null where they do not. */
  readonly dependentMargin: number | null;
}

/** One run of the matrix. */
export interface CampaignCell extends CellPlace {
  readonly startedAt: string;
  readonly valid: boolean;
  readonly invalidReasons: readonly string[];
  /** No request failed: the papers' rule. Null when the run is invalid. */
  readonly feasible: boolean | null;
  readonly failed: number;
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
  /** Interval means of the service time, the papers' response time. */
  readonly response: CellStatistics;
  /** Host CPU utilisation in per cent, a sample an interval; null when no host was monitored. */
  readonly cpu: CellStatistics | null;
  readonly latencyP99Ms: number | null;
  readonly latencyMaxMs: number | null;
  /** Result folder below that of the campaign. */
  readonly result: string;
}
