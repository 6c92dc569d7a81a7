import type {
  CampaignCell,
  CellPlace,
  CellStatistics,
  PublishedLevel,
  PublishedSetup,
} from '../../measure/campaign-result.js';
import type { IntervalRow } from '../../measure/interval.js';
import type { RunSummary } from '../../measure/summary.js';
import { failedRequests } from '../capacity/objective.js';
import { findReference } from '../papers/catalogue.js';
import { DEFINITIONS, type PublishedCell } from '../papers/published.js';
import { dependence, dependentMargin } from '../statistics/autocorrelation.js';
import { describe, SAMPLES_MIN_FOR_MARGIN } from '../statistics/describe.js';

/** The papers' statistics of one cell, margin left out where the samples are too few. @param values in time order. */
export function cellStatistics(values: readonly number[]): CellStatistics {
  const { count, mean, variance, standardDeviation, marginOfError } = describe(values);
  const { correlated, effectiveCount } = dependence(values);
  const enough = count >= SAMPLES_MIN_FOR_MARGIN;
  return {
    count,
    mean,
    variance,
    standardDeviation,
    marginOfError: enough ? marginOfError : null,
    dependentMargin:
      enough && correlated && standardDeviation !== null
        ? dependentMargin(standardDeviation, effectiveCount)
        : null,
  };
}

/** What a run was of a campaign. @param cpuPercent samples of the monitored host, null when none was. */
export function campaignCell(
  place: CellPlace,
  run: { readonly summary: RunSummary; readonly intervals: readonly IntervalRow[]; readonly result: string },
  cpuPercent: readonly number[] | null,
): CampaignCell {
  const { summary, result } = run;
  const failed = failedRequests(summary, true);
  const all = run.intervals.filter(({ target }) => target === null);
  const longest = Math.max(0, ...all.map(({ durationSeconds }) => durationSeconds));
  // A last interval that the end of the schedule cut short would weigh like the others.
  const means = all
    .filter(({ durationSeconds }) => durationSeconds >= 0.999 * longest)
    .flatMap(({ serviceTimeMs }) => (serviceTimeMs.mean === null ? [] : [serviceTimeMs.mean]));
  return {
    ...place,
    startedAt: summary.run.startedAt,
    valid: summary.valid,
    invalidReasons: summary.invalidReasons,
    feasible: summary.valid ? failed === 0 : null,
    failed,
    offeredPerSecond: summary.ratePerSecond.offered,
    answeredPerSecond: summary.ratePerSecond.answered,
    response: cellStatistics(means),
    cpu: cpuPercent === null ? null : cellStatistics(cpuPercent),
    latencyP99Ms: summary.latencyAllMs.p99,
    latencyMaxMs: summary.latencyAllMs.max,
    result,
  };
}

/** The published figures of a set-up in the form of the result; null for a reference without tables. */
export function publishedSetup(reference: string): PublishedSetup | null {
  const found = findReference(reference);
  if (found === null) return null;
  return {
    reference,
    response: found.response.map(levelOf),
    responseDefinition: DEFINITIONS.applicationResponse.text,
    cpu: found.cpu.map(levelOf),
    cpuDefinition: DEFINITIONS.hostCpuBusy.text,
    feasiblePerSecond: found.feasibility?.feasiblePerSecond ?? [],
    infeasiblePerSecond: found.feasibility?.infeasiblePerSecond ?? [],
  };
}

function levelOf(cell: PublishedCell): PublishedLevel {
  return {
    loadPerSecond: cell.loadPerSecond,
    mean: cell.mean.value,
    variance: cell.variance.value,
    standardDeviation: cell.standardDeviation.value,
    marginOfError: cell.marginOfError.value,
    decimals: cell.mean.decimals,
  };
}
