import type { IntervalRow } from '../measure/interval.js';
import { EVENT_COUNTS, type LatencyFigures, OUTCOMES } from '../measure/summary.js';
import { csvLine, rounded } from './csv.js';

const FIGURES = ['count', 'min', 'mean', 'stdDev', 'p50', 'p90', 'p99', 'p999', 'p9999', 'max'] as const;
const TIMES = ['latencyMs', 'latencyAllMs', 'serviceTimeMs', 'scheduleLagMs', 'transportWaitMs'] as const;

/**
 * Columns of `intervals.csv`, in order.
 *
 * - `started_at`: ISO 8601, UTC; `elapsed_s`: the same counted from the start of the schedule; `duration_s`: length
 * - `target`: endpoint, or `all` for all targets together: their percentiles come from merged histograms and cannot be had from the targets' rows
 * - `due`, `sent` and the outcomes: requests that were due in the interval, whenever they ended; `due` = the sum of the outcomes
 * - `retransmitted` to `unknown`: events, counted beside the outcomes
 * - `offered_per_s`, `sent_per_s`, `answered_per_s`: due, sent and answered requests of the interval divided by its length
 * - `<time>_<figure>_ms` and `<time>_count` (samples); empty without samples. Times: `latency` from the intended send, answered requests
 *   only; `latency_all` the same with unanswered requests at the time they waited; `service_time` from the actual offer; `schedule_lag` and
 *   `transport_wait` as in summary.json
 * - `generator_stall_ms`: time for which loops of the generator did not run, the longest of its workers
 * - `generator_memory_mb`: resident memory of the generator when the interval closed
 */
export const INTERVAL_COLUMNS: readonly string[] = [
  'started_at',
  'elapsed_s',
  'duration_s',
  'target',
  'due',
  'sent',
  ...OUTCOMES.map(snake),
  ...EVENT_COUNTS.map(snake),
  'offered_per_s',
  'sent_per_s',
  'answered_per_s',
  ...TIMES.flatMap((time) =>
    FIGURES.map((figure) => {
      const name = `${snake(time.replace(/Ms$/, ''))}_${snake(figure)}`;
      return figure === 'count' ? name : `${name}_ms`;
    }),
  ),
  'generator_stall_ms',
  'generator_memory_mb',
];

/** First line of `intervals.csv`, without its line end. */
export function intervalsCsvHeader(): string {
  return csvLine(INTERVAL_COLUMNS);
}

/** One line of `intervals.csv`, without its line end. */
export function intervalsCsvLine(row: IntervalRow): string {
  const perSecond = (count: number): number | null =>
    row.durationSeconds > 0 ? rounded(count / row.durationSeconds, 3) : null;
  return csvLine([
    row.startedAt,
    rounded(row.elapsedSeconds, 3),
    rounded(row.durationSeconds, 3),
    row.target ?? 'all',
    row.due,
    row.sent,
    ...OUTCOMES.map((outcome) => row.outcomes[outcome]),
    ...EVENT_COUNTS.map((event) => row.events[event]),
    perSecond(row.due),
    perSecond(row.sent),
    perSecond(row.answered),
    ...TIMES.flatMap((time) => figures(row[time])),
    rounded(row.generatorStallMs, 3),
    rounded(row.generatorMemoryMb, 1),
  ]);
}

function figures(latency: LatencyFigures): (number | null)[] {
  return FIGURES.map((figure) => rounded(latency[figure], 4));
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
