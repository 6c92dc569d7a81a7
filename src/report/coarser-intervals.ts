import type { IntervalRow } from '../measure/interval.js';
import { EVENT_COUNTS, type LatencyFigures, OUTCOMES } from '../measure/summary.js';
import { intervalsCsvLine } from './intervals-csv.js';
import { intervalRowsOf } from './read-intervals.js';

/**
 * `intervals.csv` with `count` rows of every target made one, within what one segment of a run measured without a break.
 *
 * @param text as the writer of `intervals.csv` leaves it: no field of ours needs quotes
 */
export function coarserIntervals(text: string, count: number): string {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const rows = intervalRowsOf(
    header.split(','),
    lines.map((line) => line.split(',')),
  );
  const groups: IntervalRow[][] = [];
  const open = new Map<string | null, IntervalRow[]>();
  for (const row of rows) {
    const group = open.get(row.target);
    const last = group?.at(-1);
    if (group !== undefined && last !== undefined && group.length < count && follows(last, row)) {
      group.push(row);
    } else {
      const begun = [row];
      groups.push(begun);
      open.set(row.target, begun);
    }
  }
  return `${[header, ...groups.map((group) => intervalsCsvLine(mergedRow(group)))].join('\n')}\n`;
}

/** A time between two intervals is one in which the generator was down: no row may cover it. */
function follows(before: IntervalRow, row: IntervalRow): boolean {
  return row.elapsedSeconds - (before.elapsedSeconds + before.durationSeconds) < 0.01;
}

/** One row for several of the same target: counts, means, deviations and extremes as of all their requests; percentiles empty. */
export function mergedRow(rows: readonly IntervalRow[]): IntervalRow {
  const [first, ...rest] = rows;
  if (first === undefined) throw new RangeError('no rows to merge');
  if (rest.length === 0) return first;
  const sum = (pick: (row: IntervalRow) => number): number => rows.reduce((all, row) => all + pick(row), 0);
  const counts = <Name extends string>(
    names: readonly Name[],
    of: (row: IntervalRow) => Record<Name, number>,
  ) => Object.fromEntries(names.map((name) => [name, sum((row) => of(row)[name])])) as Record<Name, number>;
  const times = (pick: (row: IntervalRow) => LatencyFigures) => mergedFigures(rows.map(pick));
  return {
    ...first,
    durationSeconds: sum((row) => row.durationSeconds),
    due: sum((row) => row.due),
    sent: sum((row) => row.sent),
    answered: sum((row) => row.answered),
    outcomes: counts(OUTCOMES, (row) => row.outcomes),
    events: counts(EVENT_COUNTS, (row) => row.events),
    latencyMs: times((row) => row.latencyMs),
    latencyAllMs: times((row) => row.latencyAllMs),
    serviceTimeMs: times((row) => row.serviceTimeMs),
    scheduleLagMs: times((row) => row.scheduleLagMs),
    transportWaitMs: times((row) => row.transportWaitMs),
    generatorStallMs: sum((row) => row.generatorStallMs),
    generatorMemoryMb: rows.reduce<number | null>(
      (most, { generatorMemoryMb: mb }) => (mb === null || (most !== null && most >= mb) ? most : mb),
      null,
    ),
  };
}

function mergedFigures(parts: readonly LatencyFigures[]): LatencyFigures {
  const filled = parts.filter((part) => part.count > 0);
  const count = filled.reduce((all, part) => all + part.count, 0);
  const none = { p50: null, p90: null, p99: null, p999: null, p9999: null };
  if (count === 0) return { count, min: null, mean: null, stdDev: null, ...none, max: null };
  const weighted = (pick: (part: LatencyFigures) => number): number =>
    filled.reduce((all, part) => all + (part.count / count) * pick(part), 0);
  const mean = weighted((part) => part.mean ?? 0);
  const square = weighted((part) => (part.mean ?? 0) ** 2 + (part.stdDev ?? 0) ** 2);
  return {
    count,
    min: filled.reduce((least, part) => Math.min(least, part.min ?? least), Number.POSITIVE_INFINITY),
    mean,
    stdDev: Math.sqrt(Math.max(0, square - mean * mean)),
    ...none,
    max: filled.reduce((most, part) => Math.max(most, part.max ?? most), 0),
  };
}
