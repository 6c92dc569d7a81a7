import type { Collector } from './collector.js';
import { summarizeDowntime } from './downtime.js';
import type { Intervention, RunFacts, RunSummary, ThresholdResult } from './summary.js';
import { sumTotals } from './totals.js';

export interface SummaryFacts {
  readonly run: RunFacts;
  readonly startNs: number;
  /** Unix time of the process epoch. */
  readonly epochUnixMs: number;
  readonly lagLimitNs: number;
  readonly outageThresholdNs: number | null;
  readonly objectiveNs: number | null;
  /** The scenario has a second leg whose time is measured. */
  readonly hasRelease: boolean;
  readonly cpu: RunSummary['cpu'];
  readonly drift: RunSummary['drift'];
  readonly interventions: readonly Intervention[];
  /** Reasons found elsewhere, such as a dropped capture, and further notes. */
  readonly invalidReasons: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Puts the summary together from a finished collector and what else is known. Thresholds are evaluated on the result and added with
 * {@link withThresholds}.
 */
export function summarize(collector: Collector, facts: SummaryFacts): RunSummary {
  const sum = sumTotals(collector.targets.map((record) => record.totals));
  const seconds = facts.run.durationSeconds;
  // Nothing is due in a pause: it is no part of the rate that downtime figures are derived from.
  const loadedSeconds = Math.max(0, seconds - pausedSeconds(facts.interventions, seconds));
  const spacingNs = collector.targets.map(({ totals }) =>
    totals.due > 0 ? (loadedSeconds * 1e9) / totals.due : 0,
  );
  const invalidReasons = [
    ...facts.invalidReasons,
    ...collector.validity.reasons(facts.startNs, facts.lagLimitNs),
    ...collector.faults,
  ];
  return {
    schema: 'busyhour/summary/1',
    run: facts.run,
    valid: invalidReasons.length === 0,
    invalidReasons,
    notes: [...facts.notes, ...collector.notes],
    interventions: facts.interventions,
    requests: sum.requestCounts(),
    ratePerSecond: sum.ratePerSecond(seconds),
    ...sum.figures(),
    releaseTimeMs: facts.hasRelease ? sum.durations.release.figures() : null,
    downtime: summarizeDowntime({
      targets: facts.run.targets,
      records: collector.targets,
      windows: collector.windows,
      epochUnixMs: facts.epochUnixMs,
      durationSeconds: loadedSeconds,
      spacingNs,
      outageThresholdNs: facts.outageThresholdNs,
      objectiveNs: facts.objectiveNs,
    }),
    transport: { associations: collector.associations.summaries(facts.run.targets) },
    generatorStalls: {
      count: collector.stalls.count,
      maxMs: collector.stalls.maxNs / 1e6,
      totalMs: collector.stalls.totalNs / 1e6,
    },
    cpu: facts.cpu,
    drift: facts.drift,
    thresholds: [],
  };
}

/** Time for which the user had paused the load; a pause that nobody ended lasts until the end of the schedule. */
export function pausedSeconds(interventions: readonly Intervention[], durationSeconds: number): number {
  let paused = 0;
  let since: number | null = null;
  for (const { kind, elapsedSeconds } of interventions) {
    if (kind === 'pause') since = elapsedSeconds;
    if (kind !== 'resume' || since === null) continue;
    paused += elapsedSeconds - since;
    since = null;
  }
  return since === null ? paused : paused + Math.max(0, durationSeconds - since);
}

export function withThresholds(summary: RunSummary, thresholds: readonly ThresholdResult[]): RunSummary {
  return { ...summary, thresholds };
}
