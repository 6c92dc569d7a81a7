import type { StepVerdict } from '../../measure/capacity-result.js';
import type { IntervalRow } from '../../measure/interval.js';
import type { RunSummary } from '../../measure/summary.js';
import { medianOfSorted, pairSlopes } from '../../measure/trend.js';
import { brokenTerm, failedRequests, type Objective } from './objective.js';

export interface StepEvidence {
  readonly summary: RunSummary;
  /** Time series; the rows of all targets together are looked at. */
  readonly intervals: readonly IntervalRow[];
  readonly targetLost: boolean;
  /** The worker's loop never blocks, so that its CPU share says nothing. */
  readonly busyPolling: boolean;
}

export interface StepRules {
  readonly objective: Objective;
  readonly rejectedOk: boolean;
}

/** Above this the loop of a worker has no time left: what it measures may be its own doing. */
const WORKER_CPU_MAX_PERCENT = 95;
/** A target that completes less than this share of what it is offered builds up a backlog. */
const GROWTH_MAX = 0.01;
const GROWTH_CLEAR = 0.1;
const FAILED_SHARE_CLEAR = 0.02;
const INTERVALS_MIN = 5;

/**
 * Judges one step. The generator is asked first: whatever an overloaded generator measured says nothing about the target. Then the objective, then
 * whether the target keeps up: a queue that grows without end has a capacity below the rate, however short the step was.
 */
export function judgeStep(evidence: StepEvidence, rules: StepRules): StepVerdict {
  const own = generatorLimit(evidence, rules);
  if (own !== null)
    return { feasible: false, blame: 'generator', clear: false, reason: own, completedPerSecond: null };
  const { summary, intervals, targetLost } = evidence;
  const growth = latencyGrowth(intervals);
  const target = (reason: string, clear: boolean): StepVerdict => ({
    feasible: false,
    blame: 'target',
    clear,
    reason,
    completedPerSecond:
      growth !== null && growth > GROWTH_MAX && growth < 1
        ? summary.ratePerSecond.offered * (1 - growth)
        : null,
  });
  if (targetLost) return target('the target did not answer any more at the end', true);
  const broken = brokenTerm(rules.objective, summary, { rejectedOk: rules.rejectedOk });
  if (broken !== null) {
    const failedShare = failedRequests(summary, rules.rejectedOk) / Math.max(1, summary.requests.due);
    return target(broken, failedShare > FAILED_SHARE_CLEAR || (growth ?? 0) > GROWTH_CLEAR);
  }
  if (growth !== null && growth > GROWTH_MAX) {
    const ms = (1000 * growth).toFixed(0);
    const percent = (100 * growth).toFixed(1);
    return target(
      `does not keep up: latency grows by ${ms} ms every second, so about ${percent} % too much`,
      growth > GROWTH_CLEAR,
    );
  }
  return { feasible: true, blame: null, clear: true, reason: 'objective met', completedPerSecond: null };
}

function generatorLimit({ summary, busyPolling }: StepEvidence, rules: StepRules): string | null {
  if (!summary.valid) return summary.invalidReasons.join('; ');
  if (summary.run.interrupted) return 'interrupted';
  const busiest = Math.max(0, ...summary.cpu.workersPercent);
  if (!busyPolling && busiest > WORKER_CPU_MAX_PERCENT) {
    return `a worker of the generator was busy for ${busiest.toFixed(0)} % of the time; take more workers`;
  }
  // What fails from the intended send time and holds from the actual one was lost on our side of the wire.
  const broken = brokenTerm(rules.objective, summary, { rejectedOk: rules.rejectedOk });
  const { rejectedOk } = rules;
  if (
    broken !== null &&
    brokenTerm(rules.objective, summary, { rejectedOk, times: summary.serviceTimeMs }) === null &&
    failedRequests(summary, rejectedOk) === 0
  ) {
    return `${broken} from the intended send time, met from the actual one: the generator's schedule lag`;
  }
  return null;
}

/**
 * How fast latency grows, in seconds a second: 0.02 says that the target completes 2 % less than it is offered. The median of all slopes
 * between two intervals' medians, so that one stall moves nothing. Null with fewer than 5 intervals.
 */
export function latencyGrowth(intervals: readonly IntervalRow[]): number | null {
  const points = intervals
    .filter((row) => row.target === null && row.latencyAllMs.p50 !== null && row.durationSeconds > 0)
    .map((row) => ({
      at: row.elapsedSeconds + row.durationSeconds / 2,
      value: row.latencyAllMs.p50! / 1000,
    }));
  return points.length < INTERVALS_MIN ? null : medianOfSorted(pairSlopes(points));
}
