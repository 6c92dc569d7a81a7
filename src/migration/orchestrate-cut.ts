import { numberColumn, parseCsv, rowsWhere } from '../analysis/csv.js';
import type { OutageWindow, RunSummary } from '../measure/summary.js';
import type { MigrationDowntime, MigrationRecovery } from './orchestrate-report.js';

/** A part of a run in wall-clock time of this host, ms since 1970. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CutRequest {
  readonly summary: RunSummary;
  /** Endpoint of the migrated node. */
  readonly target: string;
  /** From the start of the migration until service was watched no longer. */
  readonly period: Period;
  /** The time for which the VM ran nowhere, where the driver saw it: the window that it falls into is the migration's. */
  readonly blackout: Period | null;
  /** Wall clock of the run's first due time. */
  readonly runStartMs: number;
  /** Content of a window's raw rows (`outage-N.csv`); null when the file is not there. */
  readonly rowsOf: (file: string) => string | null;
}

export interface Cut {
  readonly downtime: MigrationDowntime;
  readonly recovery: MigrationRecovery | null;
  readonly notes: readonly string[];
}

/** Stamps of the run and of the driver are two readings of one clock; a slewed clock drifts this far in a long series. */
const CLOCK_SLACK_MS = 250;
/** A gap up to the outage threshold opens no window; without a threshold of the user's the rule's lower limit holds. */
const THRESHOLD_MS_DEFAULT = 30;

/** The downtime figures of the part of a run in which a migration fell: what else disturbed the run is left out. */
export function cutDowntime(request: CutRequest): Cut {
  const { summary, target, period } = request;
  const whole = summary.downtime.byTarget.find((one) => one.target === target);
  if (whole === undefined) throw new RangeError(`the run has no target ${target}`);
  const windows = whole.windows.filter((window) => overlaps(window, period));
  const longest = longestOf(windows, request.blackout) ?? longestOf(windows, null);
  if (longest === null) return { ...withoutWindow(request), recovery: null };
  const others = whole.windows.length - windows.length;
  const maxima = windows.map((window) => maximaOf(window, request)).filter((one) => one !== null);
  const most = (values: readonly number[]): number | null => (values.length > 0 ? Math.max(...values) : null);
  const { atLeast, atMost } = longest.pauseMs;
  return {
    downtime: {
      target,
      label: windows.some((window) => window.causes.includes('takeover')) ? 'takeover' : 'pause',
      pauseMs: { atLeast, atMost },
      longestGapMs: longest.durationMs,
      maxResponseMs: most(maxima.map((one) => one.responseMs)) ?? whole.maxResponseMs,
      maxServiceMs: most(maxima.map((one) => one.serviceMs)) ?? whole.maxServiceMs,
      maxResponseCensored: whole.maxResponseCensored,
      lossDerivedMs: others === 0 ? whole.lossDerivedMs : null,
      degradedMs: whole.degradedMs,
      recoveryMs: others === 0 ? whole.recoveryMs : null,
      outageThresholdMs: whole.outageThresholdMs,
      objectiveMs: whole.objectiveMs,
      windows,
    },
    recovery: {
      retransmissions: longest.retransmissions,
      statedMs: longest.recoveryByRetransmissionMs ?? 0,
      largestRtoMs: longest.largestRtoMs,
    },
    notes: others === 0 ? [] : [outsideInWords(others)],
  };
}

function longestOf(windows: readonly OutageWindow[], within: Period | null): OutageWindow | null {
  return windows
    .filter((window) => within === null || overlaps(window, within, 0))
    .reduce<OutageWindow | null>(
      (most, one) => (most === null || one.durationMs > most.durationMs ? one : most),
      null,
    );
}

function overlaps(window: OutageWindow, { fromMs, toMs }: Period, slackMs = CLOCK_SLACK_MS): boolean {
  const start = Date.parse(window.startedAt);
  return start <= toMs + slackMs && start + window.durationMs >= fromMs - slackMs;
}

/**
 * No gap exceeded the threshold, so the target was silent for no longer than that, plus the largest response time by which an answer may
 * have hidden the begin of a pause.
 */
function withoutWindow({ summary, target }: CutRequest): Pick<Cut, 'downtime' | 'notes'> {
  const whole = summary.downtime.byTarget.find((one) => one.target === target)!;
  const thresholdMs = whole.outageThresholdMs ?? THRESHOLD_MS_DEFAULT;
  const elsewhere = whole.windows.length > 0;
  const serviceMsMax = whole.maxServiceMs ?? 0;
  return {
    downtime: {
      ...whole,
      target,
      label: 'none',
      pauseMs: { atLeast: 0, atMost: thresholdMs + serviceMsMax },
      longestGapMs: elsewhere ? Math.min(thresholdMs, whole.longestGapMs) : whole.longestGapMs,
      maxResponseMs: elsewhere ? null : whole.maxResponseMs,
      maxServiceMs: elsewhere ? null : whole.maxServiceMs,
      lossDerivedMs: elsewhere ? null : whole.lossDerivedMs,
      recoveryMs: null,
      windows: [],
    },
    notes: elsewhere ? [outsideInWords(whole.windows.length)] : [],
  };
}

/** Largest response and service time of the requests that a window touched, from its raw rows; null without rows. */
function maximaOf(
  window: OutageWindow,
  { target, runStartMs, rowsOf }: CutRequest,
): { readonly responseMs: number; readonly serviceMs: number } | null {
  const text = window.rowsFile === null ? null : rowsOf(window.rowsFile);
  if (text === null) return null;
  const table = rowsWhere(parseCsv(text), 'target', target);
  const [due, offered, ended] = ['due_ms', 'offered_ms', 'ended_ms'].map((name) => numberColumn(table, name));
  const from = Date.parse(window.startedAt) - runStartMs;
  const to = from + window.durationMs;
  let responseMs = 0;
  let serviceMs = 0;
  for (const [i, dueMs] of due!.entries()) {
    const endedMs = ended![i] ?? null;
    const offeredMs = offered![i] ?? null;
    if (dueMs === null || endedMs === null || dueMs > to || endedMs < from) continue;
    responseMs = Math.max(responseMs, endedMs - dueMs);
    if (offeredMs !== null) serviceMs = Math.max(serviceMs, endedMs - offeredMs);
  }
  return responseMs > 0 ? { responseMs, serviceMs } : null;
}

function outsideInWords(outages: number): string {
  return `${outages} ${outages === 1 ? 'outage of the run lies' : 'outages of the run lie'} outside the migration`;
}
