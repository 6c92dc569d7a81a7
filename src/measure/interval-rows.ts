import type { ClosedInterval } from './collector.js';
import type { HistogramLog } from './histogram.js';
import type { IntervalRow } from './interval.js';
import { sumTotals, type Totals } from './totals.js';

export interface IntervalFacts {
  readonly targets: readonly string[];
  /** Start of the schedule, ns since the process epoch. */
  readonly startNs: number;
  /** Unix time of the process epoch. */
  readonly epochUnixMs: number;
}

/** Lines of `intervals.csv` for one interval: one per target, and before them one for all together (percentiles from merged histograms). */
export function intervalRows(
  interval: ClosedInterval,
  facts: IntervalFacts,
  generatorMemoryMb: number | null,
): IntervalRow[] {
  const row = (target: string | null, totals: Totals): IntervalRow => ({
    ...intervalRow(interval, facts, target, totals),
    generatorMemoryMb,
  });
  const rows = [row(null, sumTotals(interval.byTarget))];
  interval.byTarget.forEach((totals, target) => {
    rows.push(row(facts.targets[target]!, totals));
  });
  return rows;
}

function intervalRow(
  interval: ClosedInterval,
  facts: IntervalFacts,
  target: string | null,
  totals: Totals,
): Omit<IntervalRow, 'generatorMemoryMb'> {
  const counts = totals.requestCounts();
  return {
    startedAt: new Date(facts.epochUnixMs + interval.startNs / 1e6).toISOString(),
    elapsedSeconds: (interval.startNs - facts.startNs) / 1e9,
    durationSeconds: (interval.endNs - interval.startNs) / 1e9,
    target,
    due: counts.due,
    sent: counts.sent,
    answered: totals.answered,
    outcomes: totals.outcomes,
    events: totals.events,
    ...totals.figures(),
    generatorStallMs: interval.stallNs / 1e6,
  };
}

/** Adds one interval to `latency.hlog`: a line per target, tagged with its name. */
export function logInterval(interval: ClosedInterval, facts: IntervalFacts, log: HistogramLog): void {
  const fromSeconds = (interval.startNs - facts.startNs) / 1e9;
  const toSeconds = (interval.endNs - facts.startNs) / 1e9;
  interval.byTarget.forEach((totals, target) => {
    log.add(facts.targets[target]!, fromSeconds, toSeconds, totals.durations.latency);
  });
}
