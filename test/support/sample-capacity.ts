import type { CapacityReport, RecordedStep } from '../../src/measure/capacity-result.js';

const HELD: RecordedStep = {
  ...{ feasible: true, blame: null, clear: true, reason: 'objective met', completedPerSecond: null },
  ...{ ratePerSecond: 980, purpose: 'confirm', failed: 0, p99Ms: 4.2, maxMs: 9, answeredPerSecond: 980 },
  ...{ workerCpuPercentMax: 12, result: 'steps/002-980' },
};

/** A search that found 980 a second, with a step above it that says why in words that must not act. */
export function sampleCapacity(): CapacityReport {
  return {
    schema: 'busyhour/capacity/1',
    ...{ capacityPerSecond: 980, limitedBy: 'target', infeasiblePerSecond: 1_000, held: 3 },
    ...{ objective: 'p99<20ms,failed=0', rejectedOk: false, stepDurationSeconds: 10 },
    ...{ targets: ['127.0.0.1:2905/9899'], referenceLatencyMs: 1, feasiblePerSecond: [980] },
    ...{ infeasibleLevelsPerSecond: [1_000], contradictionsPerSecond: [], notes: [] },
    steps: [
      {
        ...HELD,
        ...{ ratePerSecond: 1_000, feasible: false, blame: 'target', p99Ms: 90 },
        reason: '<slow> & "late"',
      },
      HELD,
    ],
  };
}
