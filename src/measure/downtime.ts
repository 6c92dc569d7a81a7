import type { KeptWindow, TargetRecord } from './collector.js';
import { intersectSpans, type Span } from './gap-merge.js';
import type { DowntimeFigures, DowntimeSummary, OutageWindow } from './summary.js';
import { candidateThresholdNs, outageThresholdNs } from './windows.js';

export interface DowntimeInput {
  readonly targets: readonly string[];
  readonly records: readonly Pick<TargetRecord, 'totals' | 'longestGapNs'>[];
  readonly windows: readonly KeptWindow[];
  readonly epochUnixMs: number;
  readonly durationSeconds: number;
  /** Mean time between requests, per target. */
  readonly spacingNs: readonly number[];
  readonly outageThresholdNs: number | null;
  /** `--objective`; null for 3 times the reference p99. */
  readonly objectiveNs: number | null;
}

const OBJECTIVE_FACTOR = 3;
/** Fewer losses than this say nothing about a duration. */
const LOSSES_MIN = 10;

/** All figures under "Downtime", per target, and for the worst target at the top with the windows of all. */
export function summarizeDowntime(input: DowntimeInput): DowntimeSummary {
  const byTarget = input.targets.map((name, target) => ({ target: name, ...targetFigures(input, target) }));
  const worst = byTarget.reduce((a, b) => (isWorse(b, a) ? b : a));
  const { target: _name, ...figures } = worst;
  const windows = [...input.windows].sort((a, b) => a.window.gap.startNs - b.window.gap.startNs);
  return {
    ...figures,
    windows: windows.map((kept) => describeWindow(input, kept)),
    byTarget,
    allTargetsDownMs: allDownNs(input) / 1e6,
  };
}

function targetFigures(input: DowntimeInput, target: number): DowntimeFigures {
  const { totals, longestGapNs } = input.records[target]!;
  const kept = input.windows.filter((one) => one.target === target);
  const objectiveNs = objectiveOf(input, kept);
  const unanswered = totals.outcomes.timedOut + totals.outcomes.aborted + totals.outcomes.unsent;
  const ratePerMs = totals.due / (input.durationSeconds * 1000);
  const late = objectiveNs === null ? 0 : totals.latencyAll().countAbove(objectiveNs);
  return {
    pauseMs: sumBounds(kept),
    longestGapMs: longestGapNs / 1e6,
    maxResponseMs: totals.durations.latency.figures().max,
    maxServiceMs: totals.durations.service.figures().max,
    maxResponseCensored: unanswered > 0,
    lossDerivedMs: lossDerivedMs(kept, ratePerMs),
    degradedMs: late === 0 ? 0 : late / ratePerMs,
    recoveryMs: longestRecoveryMs(kept),
    outageThresholdMs: thresholdNs(input, target, kept) / 1e6,
    objectiveMs: objectiveNs === null ? null : objectiveNs / 1e6,
    windows: kept.map((one) => describeWindow(input, one)),
  };
}

/** The pauses of several windows add up: together they are the time for which the target did not serve. */
function sumBounds(kept: readonly KeptWindow[]): { atLeast: number; atMost: number | null } {
  let atLeastNs = 0;
  let atMostNs: number | null = 0;
  for (const { window } of kept) {
    atLeastNs += window.bounds.atLeastNs;
    const most: number | null = window.bounds.atMostNs;
    atMostNs = atMostNs === null || most === null ? null : atMostNs + most;
  }
  return { atLeast: atLeastNs / 1e6, atMost: atMostNs === null ? null : atMostNs / 1e6 };
}

function objectiveOf(input: DowntimeInput, kept: readonly KeptWindow[]): number | null {
  if (input.objectiveNs !== null) return input.objectiveNs;
  for (const { window } of kept) {
    if (window.reference.latencyP99Ns !== null) return OBJECTIVE_FACTOR * window.reference.latencyP99Ns;
  }
  return null;
}

/** The threshold that was applied: the largest of the windows' own, or what the whole run would have given. */
function thresholdNs(input: DowntimeInput, target: number, kept: readonly KeptWindow[]): number {
  if (kept.length > 0) return Math.max(...kept.map((one) => one.window.thresholdNs));
  const { latency, response } = input.records[target]!.totals.durations;
  const spacingNs = input.spacingNs[target]!;
  if (latency.count === 0) return candidateThresholdNs(input.outageThresholdNs, spacingNs);
  return outageThresholdNs(input.outageThresholdNs, spacingNs, {
    answers: latency.count,
    responseMaxNs: null,
    responseP99Ns: response.percentileNs(99),
    latencyP99Ns: latency.percentileNs(99),
  });
}

/** Unanswered requests of the windows over the target's offered rate; null below 10 losses, 0 without any. */
function lossDerivedMs(kept: readonly KeptWindow[], ratePerMs: number): number | null {
  const lost = kept.reduce((sum, one) => sum + one.window.lost, 0);
  if (lost === 0) return 0;
  return lost < LOSSES_MIN || ratePerMs === 0 ? null : lost / ratePerMs;
}

/** Null when a window was not seen to recover. */
function longestRecoveryMs(kept: readonly KeptWindow[]): number | null {
  let longestNs = 0;
  for (const { window } of kept) {
    if (window.recoveryNs === null) return null;
    longestNs = Math.max(longestNs, window.recoveryNs);
  }
  return longestNs / 1e6;
}

/** An unfinished pause is worse than any finished one, then the longer one, then the longer gap. */
function isWorse(a: DowntimeFigures, b: DowntimeFigures): boolean {
  const most = (figures: DowntimeFigures) => figures.pauseMs.atMost ?? Number.POSITIVE_INFINITY;
  return most(a) === most(b) ? a.longestGapMs > b.longestGapMs : most(a) > most(b);
}

/** Time covered by an outage window of every target at once. */
function allDownNs(input: DowntimeInput): number {
  const spans = input.targets.map((_, target): Span[] =>
    input.windows
      .filter((kept) => kept.target === target)
      .map(({ window }) => ({ startNs: window.gap.startNs, endNs: window.endNs }))
      .sort((a, b) => a.startNs - b.startNs),
  );
  return intersectSpans(spans).reduce((sum, span) => sum + span.endNs - span.startNs, 0);
}

/** A window as summary.json and events.ndjson show it. */
export function describeWindow(
  facts: { readonly targets: readonly string[]; readonly epochUnixMs: number },
  kept: KeptWindow,
): OutageWindow {
  const { window } = kept;
  const clock = (ns: number) => new Date(facts.epochUnixMs + ns / 1e6).toISOString();
  const ms = (ns: number | null) => (ns === null ? null : ns / 1e6);
  return {
    target: facts.targets[kept.target]!,
    startedAt: clock(window.gap.startNs),
    endedAt: Number.isFinite(window.gap.endNs) ? clock(window.gap.endNs) : null,
    durationMs: (window.endNs - window.gap.startNs) / 1e6,
    pauseMs: { atLeast: window.bounds.atLeastNs / 1e6, atMost: ms(window.bounds.atMostNs) },
    lost: window.lost,
    delayed: window.delayed,
    retransmissions: window.retransmissions,
    recoveryByRetransmissionMs: ms(window.recoveryByRetransmissionNs),
    largestRtoMs: ms(window.largestRtoNs),
    generatorStallMs: window.stallNs / 1e6,
    referenceMaxMs: ms(window.reference.responseMaxNs),
    referenceP99Ms: ms(window.reference.latencyP99Ns),
    referenceAnswers: window.reference.answers,
    causes: window.causes,
    rowsFile: kept.rowsFile,
  };
}
