import type {
  DowntimeFigures,
  LatencyFigures,
  OutageWindow,
  RequestCounts,
  RunSummary,
} from '../../src/measure/summary.js';

/** Figures without samples. */
export const NO_SAMPLES: LatencyFigures = {
  count: 0,
  min: null,
  mean: null,
  stdDev: null,
  p50: null,
  p90: null,
  p99: null,
  p999: null,
  p9999: null,
  max: null,
};

/** Figures that rise evenly from `min` to `max`. */
export function figures(count: number, min: number, max: number): LatencyFigures {
  const at = (share: number): number => min + (max - min) * share;
  return {
    count,
    min,
    mean: at(0.05),
    stdDev: at(0.02),
    p50: at(0.01),
    p90: at(0.02),
    p99: at(0.5),
    p999: at(0.9),
    p9999: at(0.99),
    max,
  };
}

/** The window of a target that was stopped for 700 ms. */
export const OUTAGE: OutageWindow = {
  target: '127.0.0.1:2905/9899',
  startedAt: '2026-11-20T15:48:12.301Z',
  endedAt: '2026-11-20T15:48:13.012Z',
  durationMs: 711.04,
  pauseMs: { atLeast: 688.47, atMost: 711.93 },
  lost: 0,
  delayed: 1050,
  retransmissions: 23,
  recoveryByRetransmissionMs: 10.2,
  largestRtoMs: 200,
  generatorStallMs: 0,
  referenceMaxMs: 0.89,
  referenceP99Ms: 0.31,
  referenceAnswers: 7500,
  causes: ['pause', 'sctpRecovery'],
  rowsFile: 'outage-1.csv',
};

const QUIET: DowntimeFigures = {
  pauseMs: { atLeast: 0, atMost: 0 },
  longestGapMs: 2.31,
  maxResponseMs: 3.05,
  maxServiceMs: 2.97,
  maxResponseCensored: false,
  lossDerivedMs: null,
  degradedMs: 0,
  recoveryMs: null,
  outageThresholdMs: 30,
  objectiveMs: 0.93,
  windows: [],
};

/** Downtime figures of the target in {@link OUTAGE}. */
export const STOPPED: DowntimeFigures = {
  ...QUIET,
  pauseMs: OUTAGE.pauseMs,
  longestGapMs: 711.04,
  maxResponseMs: 712.31,
  maxServiceMs: 711.93,
  lossDerivedMs: 0,
  degradedMs: 820.5,
  recoveryMs: 35.2,
  windows: [OUTAGE],
};

export const COUNTS: RequestCounts = {
  due: 30_000,
  sent: 30_000,
  succeeded: 29_988,
  rejected: 12,
  failed: 0,
  malformed: 0,
  timedOut: 0,
  aborted: 0,
  unsent: 0,
  retransmitted: 0,
  rerouted: 0,
  duplicateAnswered: 0,
  late: 0,
  unknown: 0,
};

/** A valid run of 20 s at 1 500 requests a second, by default without an outage. */
export function sampleSummary(change: Partial<RunSummary> = {}): RunSummary {
  const target = OUTAGE.target;
  return {
    schema: 'busyhour/summary/1',
    run: {
      id: '20261120-154802-demo',
      startedAt: '2026-11-20T15:48:02.113Z',
      durationSeconds: 20,
      scenario: 'probe',
      arrival: 'constant',
      seed: 42,
      carrier: 'udp',
      workers: 2,
      targets: [target],
      version: '0.1.0',
      host: {
        name: 'lab7',
        kernel: '6.1.0',
        cpu: 'AMD EPYC 7B13',
        cores: 2,
        memoryMb: 7953,
        node: '20.20.2',
      },
      interrupted: false,
      segments: [
        {
          startedAt: '2026-11-20T15:48:02.113Z',
          endedAt: '2026-11-20T15:48:22.113Z',
          due: 30_000,
          downBeforeSeconds: 0,
        },
      ],
      settings: { timeoutMs: 30_000, bundle: 'auto', rerouteAfterMs: null },
    },
    valid: true,
    invalidReasons: [],
    notes: [],
    interventions: [],
    requests: COUNTS,
    ratePerSecond: { offered: 1500, sent: 1500, answered: 1500 },
    latencyMs: figures(30_000, 0.081, 3.05),
    latencyAllMs: figures(30_000, 0.081, 3.05),
    serviceTimeMs: figures(30_000, 0.071, 2.97),
    scheduleLagMs: figures(30_000, 0.002, 0.41),
    transportWaitMs: figures(30_000, 0.003, 0.2),
    releaseTimeMs: null,
    downtime: { ...QUIET, byTarget: [{ ...QUIET, target }], allTargetsDownMs: 0 },
    transport: {
      associations: [
        {
          id: '0.0',
          endpoint: target,
          state: 'established',
          retransmissions: 0,
          duplicateTsns: 0,
          srttMs: 0.21,
          rtoMs: 50,
          rtoMaxSeenMs: 200,
        },
      ],
    },
    generatorStalls: { count: 0, maxMs: 0, totalMs: 0 },
    cpu: { workersPercent: [12.4, 11.8], hostStealPercent: 0.3 },
    drift: null,
    thresholds: [],
    ...change,
  };
}

/** The same run with the target stopped for 700 ms in the middle. */
export function stoppedSummary(change: Partial<RunSummary> = {}): RunSummary {
  return sampleSummary({
    latencyMs: figures(30_000, 0.081, 712.31),
    latencyAllMs: figures(30_000, 0.081, 712.31),
    serviceTimeMs: figures(30_000, 0.071, 711.93),
    downtime: { ...STOPPED, byTarget: [{ ...STOPPED, target: OUTAGE.target }], allTargetsDownMs: 711.04 },
    ...change,
  });
}
