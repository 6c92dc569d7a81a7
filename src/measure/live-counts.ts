import { type Board, LIVE } from './board.js';
import { OUTCOMES } from './summary.js';

/** What the workers have counted so far, over all targets. */
export interface LiveCounts {
  readonly due: number;
  readonly offered: number;
  readonly answered: number;
  readonly outcomes: Readonly<Record<(typeof OUTCOMES)[number], number>>;
  readonly inFlight: number;
  /** Sum of the latencies so far: two samples give the mean of the time between. */
  readonly latencySumNs: number;
  /** Largest latency since the last call; null without an answer that took time. */
  readonly latencyMaxNs: number | null;
}

/** Sums over all targets so far, straight from the workers; for a progress line, whose maxima may miss one answer in a race. */
export function readLiveCounts(boards: readonly Board[]): LiveCounts {
  const read = (word: number): number => {
    let sum = 0;
    for (const { live, shape } of boards) {
      for (let target = 0; target < shape.targets; target++) sum += live[target * LIVE.stride + word]!;
    }
    return sum;
  };
  // The workers go on counting: each outcome is read once, and before what was due, so that no request has ended before it was due.
  const ended = OUTCOMES.map((_, i) => read(LIVE.outcomes + i));
  const outcomes = Object.fromEntries(OUTCOMES.map((name, i) => [name, ended[i]!]));
  const due = read(LIVE.due);
  return {
    due,
    offered: read(LIVE.offered),
    answered: read(LIVE.answered),
    outcomes: outcomes as LiveCounts['outcomes'],
    inFlight: due - ended.reduce((sum, count) => sum + count, 0),
    latencySumNs: read(LIVE.latencySumNs),
    latencyMaxNs: takeLatencyMax(boards),
  };
}

function takeLatencyMax(boards: readonly Board[]): number | null {
  let maxNs = 0;
  for (const { live, shape } of boards) {
    for (let target = 0; target < shape.targets; target++) {
      const at = target * LIVE.stride + LIVE.latencyMaxNs;
      maxNs = Math.max(maxNs, live[at]!);
      live[at] = 0;
    }
  }
  return maxNs > 0 ? maxNs : null;
}
