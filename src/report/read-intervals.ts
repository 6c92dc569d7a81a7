import type { IntervalRow } from '../measure/interval.js';
import { EVENT_COUNTS, type LatencyFigures, OUTCOMES } from '../measure/summary.js';
import { INTERVAL_COLUMNS } from './intervals-csv.js';

/** Columns that results of earlier versions do not have. */
const ADDED_LATER: readonly string[] = ['generator_memory_mb'];

const FIGURES = ['min', 'mean', 'stdDev', 'p50', 'p90', 'p99', 'p999', 'p9999', 'max'] as const;

/**
 * Rows of `intervals.csv` back from their text, the inverse of `intervalsCsvLine` within its rounding.
 *
 * @param columns first line of the file. @param rows its other lines, each as many fields
 * @throws RangeError naming a column that is missing, or the row and the column of a field that is no number
 */
export function intervalRowsOf(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): IntervalRow[] {
  const index = new Map(columns.map((name, position) => [name, position]));
  const missing = INTERVAL_COLUMNS.find((name) => !index.has(name) && !ADDED_LATER.includes(name));
  if (missing !== undefined) throw new RangeError(`no column '${missing}'`);
  return rows.map((fields, row) => {
    const text = (name: string): string => fields[index.get(name) ?? -1] ?? '';
    const optional = (name: string): number | null => {
      const field = text(name).trim();
      const value = Number(field);
      if (!Number.isFinite(value)) throw new RangeError(`row ${row + 1}: column '${name}' holds '${field}'`);
      return field === '' ? null : value;
    };
    return intervalRow(text, optional);
  });
}

function intervalRow(text: (name: string) => string, optional: (name: string) => number | null): IntervalRow {
  const number = (name: string): number => optional(name) ?? 0;
  const counts = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
    Object.fromEntries(names.map((name) => [name, number(snake(name))])) as Record<Name, number>;
  const times = (name: string): LatencyFigures => {
    const figures = FIGURES.map((figure) => [figure, optional(`${name}_${snake(figure)}_ms`)]);
    return { count: number(`${name}_count`), ...Object.fromEntries(figures) } as LatencyFigures;
  };
  const outcomes = counts(OUTCOMES);
  const durationSeconds = number('duration_s');
  return {
    startedAt: text('started_at'),
    elapsedSeconds: number('elapsed_s'),
    durationSeconds,
    target: text('target') === 'all' ? null : text('target'),
    due: number('due'),
    sent: number('sent'),
    answered: Math.round(number('answered_per_s') * durationSeconds),
    outcomes,
    events: counts(EVENT_COUNTS),
    latencyMs: times('latency'),
    latencyAllMs: times('latency_all'),
    serviceTimeMs: times('service_time'),
    scheduleLagMs: times('schedule_lag'),
    transportWaitMs: times('transport_wait'),
    generatorStallMs: number('generator_stall_ms'),
    generatorMemoryMb: optional('generator_memory_mb'),
  };
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
