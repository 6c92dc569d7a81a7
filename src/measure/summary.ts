/**
 * `summary.json`: what a run leaves behind for people and programs. Its JSON Schema lives in `profiles/schema/summary.schema.json`.
 * Times are milliseconds unless a name says otherwise; a figure without samples is null, never 0.
 */
export interface RunSummary {
  readonly schema: 'busyhour/summary/1';
  readonly run: RunFacts;
  readonly valid: boolean;
  /** Why the run must not be quoted; empty when valid. */
  readonly invalidReasons: readonly string[];
  /** What a reader should know although the run is valid. */
  readonly notes: readonly string[];
  /** What the user did while the run went on, in order. Pauses are part of the duration and of `ratePerSecond`, and of no downtime figure. */
  readonly interventions: readonly Intervention[];
  readonly requests: RequestCounts;
  readonly ratePerSecond: { readonly offered: number; readonly sent: number; readonly answered: number };
  /** Intended send time to answer, answered requests only. */
  readonly latencyMs: LatencyFigures;
  /** The same with unanswered requests entered at the time they waited until their time-out. */
  readonly latencyAllMs: LatencyFigures;
  /** Offered to the binding until answered: the papers' response time. */
  readonly serviceTimeMs: LatencyFigures;
  /** Intended send time until offered to the binding: the generator's own fault. */
  readonly scheduleLagMs: LatencyFigures;
  /** Offered until first transmission: flow control, the target's or the network's doing. */
  readonly transportWaitMs: LatencyFigures;
  /** `call` scenario: ApplyChargingReport sent until the call's end was answered; null for other scenarios. */
  readonly releaseTimeMs: LatencyFigures | null;
  readonly downtime: DowntimeSummary;
  readonly transport: { readonly associations: readonly AssociationSummary[] };
  /** Times at which the generator's own loop did not run. */
  readonly generatorStalls: { readonly count: number; readonly maxMs: number; readonly totalMs: number };
  readonly cpu: { readonly workersPercent: readonly number[]; readonly hostStealPercent: number | null };
  /** Null: fewer intervals than say anything. */
  readonly drift: DriftSummary | null;
  readonly thresholds: readonly ThresholdResult[];
}

export const INTERVENTIONS = ['rate', 'pause', 'resume', 'mark'] as const;

/** From `at` on the schedule asks for another rate; a mark changes nothing. */
export interface Intervention {
  readonly kind: (typeof INTERVENTIONS)[number];
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  /** The same from the start of the schedule. */
  readonly elapsedSeconds: number;
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
}

export interface RunFacts {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Length of the schedule that was followed; the time for which a resumed run was down is not in it. */
  readonly durationSeconds: number;
  readonly scenario: string;
  readonly arrival: string;
  readonly seed: number;
  readonly carrier: string;
  readonly workers: number;
  readonly targets: readonly string[];
  readonly version: string;
  readonly host: {
    readonly name: string;
    readonly kernel: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryMb: number;
    readonly node: string;
  };
  /** The run was ended by the user before its planned duration. */
  readonly interrupted: boolean;
  /** One, and one more for each time that it was resumed. */
  readonly segments: readonly SegmentFacts[];
  /** Limits, timeouts and tunables in force, by name. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
}

/** A stretch of a run that one process measured. */
export interface SegmentFacts {
  readonly startedAt: string;
  /**
   * Until when it is measured. A process that was killed had begun more; what was due after this time was lost with it, and was offered again.
   */
  readonly endedAt: string;
  /** Requests due in it. */
  readonly due: number;
  /** Time since the segment before in which the generator was down: no downtime of any target. 0 for the first. */
  readonly downBeforeSeconds: number;
}

/** How a figure moved over a run: the slope of the line that Theil and Sen draw through it, with its interval. */
export interface Trend {
  readonly name: (typeof TREND_NAMES)[number];
  readonly unit: 'ms' | 'MB';
  readonly perHour: number;
  /** Bounds of the slope at 99 %, widened for samples that depend on each other. */
  readonly lowPerHour: number;
  readonly highPerHour: number;
  /** On the line, at the start and at the end of what was looked at. */
  readonly from: number;
  readonly to: number;
  /** `steady`: the interval of the slope holds 0. */
  readonly verdict: 'rising' | 'falling' | 'steady';
}

/** Resident memory of the generator; median and p99 of the latency of all requests, by interval. */
export const TREND_NAMES = ['generatorMemory', 'latencyP50', 'latencyP99'] as const;

/** Drift and leaks. */
export interface DriftSummary {
  /** The beginning of the run that was left out: caches fill, compilers work. */
  readonly skippedSeconds: number;
  readonly intervals: number;
  readonly trends: readonly Trend[];
}

export const OUTCOMES = [
  'succeeded',
  'rejected',
  'failed',
  'malformed',
  'timedOut',
  'aborted',
  'unsent',
] as const;
/** How a request ended; every request ends in exactly one. */
export type Outcome = (typeof OUTCOMES)[number];

export const EVENT_COUNTS = ['retransmitted', 'rerouted', 'duplicateAnswered', 'late', 'unknown'] as const;
/** Counted beside the outcomes. */
export type EventCount = (typeof EVENT_COUNTS)[number];

/** due = the sum of the outcomes; sent = due - unsent. */
export type RequestCounts = { readonly due: number; readonly sent: number } & Readonly<
  Record<Outcome | EventCount, number>
>;

export interface LatencyFigures {
  readonly count: number;
  readonly min: number | null;
  readonly mean: number | null;
  readonly stdDev: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly p9999: number | null;
  /** Exact, not a bucket's edge. */
  readonly max: number | null;
}

/** The interval that must contain the time for which the target did not serve; `atMost` null while it never answered again. */
export interface PauseBounds {
  readonly atLeast: number;
  readonly atMost: number | null;
}

export interface DowntimeFigures {
  readonly pauseMs: PauseBounds;
  readonly longestGapMs: number;
  readonly maxResponseMs: number | null;
  readonly maxServiceMs: number | null;
  /** Requests ended by their time-out before an answer: the two maxima are lower limits. */
  readonly maxResponseCensored: boolean;
  readonly lossDerivedMs: number | null;
  readonly degradedMs: number;
  readonly recoveryMs: number | null;
  readonly outageThresholdMs: number | null;
  readonly objectiveMs: number | null;
  readonly windows: readonly OutageWindow[];
}

export interface DowntimeSummary extends DowntimeFigures {
  readonly byTarget: readonly (DowntimeFigures & { readonly target: string })[];
  /** Time during which no target answered although requests were waiting at every one. */
  readonly allTargetsDownMs: number;
}

export const OUTAGE_CAUSES = [
  'pause',
  'sctpRecovery',
  'answerDirectionRecovery',
  'reassociation',
  'aspActivation',
  'takeover',
  'queueDrain',
  'generatorStall',
] as const;
export type OutageCause = (typeof OUTAGE_CAUSES)[number];

export interface OutageWindow {
  readonly target: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly startedAt: string;
  /** Null while no answer has ended it. */
  readonly endedAt: string | null;
  readonly durationMs: number;
  readonly pauseMs: PauseBounds;
  /** Requests due in the window that never got an answer. */
  readonly lost: number;
  /** Requests answered after the window that were due in it. */
  readonly delayed: number;
  readonly retransmissions: number;
  /** Last unanswered transmission to the first answer: how long SCTP took to notice; null without retransmissions. */
  readonly recoveryByRetransmissionMs: number | null;
  /** Largest SCTP retransmission time-out that was running in the window, after the doublings seen. */
  readonly largestRtoMs: number | null;
  readonly generatorStallMs: number;
  /** Largest response time of the reference period, `b` of the bounds. */
  readonly referenceMaxMs: number | null;
  readonly referenceP99Ms: number | null;
  readonly referenceAnswers: number;
  readonly causes: readonly OutageCause[];
  /** File of raw rows beside summary.json, for instance `outage-1.csv`. */
  readonly rowsFile: string | null;
}

export interface AssociationSummary {
  readonly id: string;
  readonly endpoint: string;
  readonly state: string;
  readonly retransmissions: number;
  readonly duplicateTsns: number | null;
  readonly srttMs: number | null;
  readonly rtoMs: number | null;
  readonly rtoMaxSeenMs: number | null;
}

export interface ThresholdResult {
  readonly expression: string;
  /** Measured value in the metric's own unit; null without samples. */
  readonly value: number | null;
  readonly failed: boolean;
  /** Over a sliding window: how often it was crossed anew, and `value` is the worst of all windows. Absent: of the whole run. */
  readonly crossings?: number | undefined;
}
