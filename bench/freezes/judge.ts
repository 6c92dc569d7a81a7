import type { OutageWindow, RunSummary } from '../../src/measure/summary.js';
import { type Cell, type CellResult, cellName, type FreezeResult, widthLimitMs } from './cell.js';

/** Wall-clock times of one freeze, Unix ms. */
export interface FreezeTimes {
  readonly stoppedAt: number;
  readonly stopConfirmedAt: number;
  readonly continueOrderedAt: number;
  readonly continuedAt: number;
}

/** Stamps of the run and of this program come from different clocks of one host; they agree to about this, ms. */
const CLOCK_SLACK_MS = 20;

/** Holds what the run says of one freeze against what is known of it. */
export function judge(cell: Cell, freeze: FreezeTimes, summary: RunSummary): FreezeResult {
  const windows = summary.downtime.windows.filter((window) => overlaps(window, freeze));
  const truthAtLeast = freeze.continueOrderedAt - freeze.stopConfirmedAt;
  const truthAtMost = freeze.continuedAt - freeze.stoppedAt;
  const window = windows.length === 1 ? windows[0] : undefined;
  const atLeast = window?.pauseMs.atLeast ?? null;
  const atMost = window?.pauseMs.atMost ?? null;
  const within = atLeast !== null && atMost !== null && atLeast <= truthAtMost && atMost >= truthAtLeast;
  const limit = widthLimitMs(cell, window?.largestRtoMs ?? null);
  return {
    stoppedAt: freeze.stoppedAt,
    continuedAt: freeze.continuedAt,
    truthAtLeast,
    truthAtMost,
    windows: windows.length,
    atLeast,
    atMost,
    largestRtoMs: window?.largestRtoMs ?? null,
    longestGapMs: window?.durationMs ?? null,
    generatorStallMs: window?.generatorStallMs ?? null,
    within,
    narrow: atLeast !== null && atMost !== null && atMost - atLeast <= limit,
  };
}

/** Adds the freezes of a cell up. */
export function judgeCell(cell: Cell, freezes: readonly FreezeResult[], summary: RunSummary): CellResult {
  const widths = freezes
    .flatMap(({ atLeast, atMost }) => (atLeast === null || atMost === null ? [] : [atMost - atLeast]))
    .sort((a, b) => a - b);
  return {
    cell: cellName(cell),
    freezes,
    missed: freezes.filter((freeze) => !freeze.within).length,
    tooWide: freezes.filter((freeze) => !freeze.narrow).length,
    widthMedianMs: widths[widths.length >> 1] ?? null,
    valid: summary.valid,
    invalidReasons: summary.invalidReasons,
    requests: summary.requests,
    windowsBesideFreezes:
      summary.downtime.windows.length - freezes.reduce((sum, one) => sum + one.windows, 0),
  };
}

function overlaps(window: OutageWindow, freeze: FreezeTimes): boolean {
  const start = Date.parse(window.startedAt);
  return (
    start < freeze.continuedAt + CLOCK_SLACK_MS &&
    start + window.durationMs > freeze.stoppedAt - CLOCK_SLACK_MS
  );
}
