import type { RunSummary } from '../../measure/summary.js';
import { type CsvTable, numberColumn, parseCsv, rowsWhere } from '../csv.js';
import type { ComparedRun, RunSeries } from './compare.js';

interface FigureSource {
  readonly figure: string;
  readonly unit: string;
  readonly higherIsWorse: boolean;
  readonly column: (table: CsvTable) => readonly (number | null)[];
  readonly whole: (summary: RunSummary) => number | null;
}

const inColumn =
  (name: string) =>
  (table: CsvTable): readonly (number | null)[] =>
    numberColumn(table, name);

/** Requests of an interval that ended neither with an answer nor with a refusal, per cent of those due. */
function failedPercent(table: CsvTable): (number | null)[] {
  const [due, succeeded, rejected] = ['due', 'succeeded', 'rejected'].map((name) =>
    numberColumn(table, name),
  );
  return due!.map((count, i) =>
    count === null || count === 0
      ? null
      : (100 * (count - (succeeded![i] ?? 0) - (rejected![i] ?? 0))) / count,
  );
}

/**
 * What is compared. Few and unlike figures: each further one costs all others power, since the family's level is shared. Maxima are left out:
 * a maximum of a run grows with its length.
 */
const SOURCES: readonly FigureSource[] = [
  {
    figure: 'latency.p50',
    unit: 'ms',
    higherIsWorse: true,
    column: inColumn('latency_p50_ms'),
    whole: (summary) => summary.latencyMs.p50,
  },
  {
    figure: 'latencyAll.p99',
    unit: 'ms',
    higherIsWorse: true,
    column: inColumn('latency_all_p99_ms'),
    whole: (summary) => summary.latencyAllMs.p99,
  },
  {
    figure: 'serviceTime.mean',
    unit: 'ms',
    higherIsWorse: true,
    column: inColumn('service_time_mean_ms'),
    whole: (summary) => summary.serviceTimeMs.mean,
  },
  {
    figure: 'failedPercent',
    unit: '%',
    higherIsWorse: true,
    column: failedPercent,
    whole: ({ requests }) =>
      requests.due === 0
        ? null
        : (100 * (requests.due - requests.succeeded - requests.rejected)) / requests.due,
  },
];

/** Rows of all targets together and of full length: the last interval of a run is cut short and would weigh like the others. */
function fullIntervals(table: CsvTable): CsvTable {
  const all = rowsWhere(table, 'target', 'all');
  const durations = numberColumn(all, 'duration_s');
  const longest = Math.max(0, ...durations.map((duration) => duration ?? 0));
  const kept = all.rows.map((_, i) => i).filter((i) => (durations[i] ?? 0) >= 0.999 * longest);
  return { ...all, rows: kept.map((i) => all.rows[i]!), lines: kept.map((i) => all.lines[i]!) };
}

/**
 * One run of a comparison from what the run left behind.
 * @param summary of `summary.json`. @param intervalsCsv text of `intervals.csv`. @throws CsvError when columns are missing or broken.
 */
export function comparedRun(summary: RunSummary, intervalsCsv: string): ComparedRun {
  const table = fullIntervals(parseCsv(intervalsCsv));
  const series = SOURCES.map(
    (source): RunSeries => ({
      figure: source.figure,
      unit: source.unit,
      higherIsWorse: source.higherIsWorse,
      whole: source.whole(summary),
      intervals: source.column(table).filter((value) => value !== null),
    }),
  );
  return { id: summary.run.id, startedAtMs: Date.parse(summary.run.startedAt), series };
}

/** The papers' response time of a run: mean and spread of the interval means of serviceTimeMs. */
export function intervalServiceMeans(intervalsCsv: string): number[] {
  return numberColumn(fullIntervals(parseCsv(intervalsCsv)), 'service_time_mean_ms').filter(
    (v) => v !== null,
  );
}
