import { boundsHold, type MeasuredMigration, type MigrationReport } from '../migration/orchestrate-report.js';
import { csvLine, rounded } from '../report/csv.js';
import { grouped, milliseconds, withMs } from '../report/format.js';
import type { Plot, Series } from '../report/html/plot.js';
import { junitXml } from '../report/junit.js';
import type { SeriesReport } from '../report/series.js';
import { boundsInWords } from '../report/verdict.js';
import { verdictLine } from './migrate-view.js';

/** Time between two requests, by the rate that the series was asked for. */
export function spacingMsOf({ settings }: MigrationReport): number {
  const rate = settings.ratePerSecond;
  return typeof rate === 'number' && rate > 0 ? 1000 / rate : 0;
}

interface Figure {
  readonly column: string;
  readonly title: string;
  readonly value: (one: MeasuredMigration) => number | null;
}

const FIGURES: readonly Figure[] = [
  { column: 'total_ms', title: 'took', value: ({ totalMs }) => totalMs },
  {
    column: 'hypervisor_downtime_ms',
    title: 'hypervisor says',
    value: ({ hypervisor }) => hypervisor.downtimeMs,
  },
  { column: 'stopped_ms', title: 'VM stopped', value: ({ truth }) => truth.stoppedMs },
  { column: 'probe_gap_ms', title: 'probe gap', value: ({ truth }) => truth.probeGapMs },
  {
    column: 'pause_at_least_ms',
    title: 'pause, at least',
    value: ({ downtime }) => downtime.pauseMs.atLeast,
  },
  { column: 'pause_at_most_ms', title: 'pause, at most', value: ({ downtime }) => downtime.pauseMs.atMost },
  { column: 'longest_gap_ms', title: 'longest gap', value: ({ downtime }) => downtime.longestGapMs },
  { column: 'max_response_ms', title: 'max response', value: ({ downtime }) => downtime.maxResponseMs },
  { column: 'max_service_ms', title: 'max service', value: ({ downtime }) => downtime.maxServiceMs },
  { column: 'stated_recovery_ms', title: 'recovery', value: ({ recovery }) => recovery?.statedMs ?? null },
];

/** The bounds have a column of their own. */
const SHOWN = FIGURES.filter(({ column }) => !column.startsWith('pause_'));

/** A series of migrations as page and ticket show it. @param name of its folder */
export function migrationSeries(report: MigrationReport, name: string): SeriesReport {
  const { migrations, notes, settings } = report;
  const sound =
    migrations.length > 0 && migrations.every(({ valid, result }) => valid && result === 'completed');
  const [headline = '', ...details] = verdictLine(report, spacingMsOf(report))
    .trim()
    .split(/(?<=\.) (?=[A-Z])/);
  return {
    kind: 'migrations',
    name,
    severity: sound ? 'good' : 'outage',
    headline,
    details: [...details, ...notes],
    plots: [downtimePlot(migrations)],
    plotsNote:
      'The true pause lies between the two blue lines. What the hypervisor says is its own definition.',
    tables: [
      {
        title: 'Migrations',
        note: 'Times in ms. Bounds: the target did not serve for a time in between. Holds: they contain what the independent probe saw.',
        header: [
          '',
          'direction',
          'result',
          'bounds',
          ...SHOWN.map(({ title }) => title),
          'lost',
          'holds',
          'run',
        ],
        rows: migrations.map((one) => [
          String(one.index),
          one.direction,
          one.valid ? one.result : `invalid run, ${one.result}`,
          boundsInWords(one.downtime.pauseMs),
          ...SHOWN.map(({ value }) => milliseconds(value(one))),
          grouped(one.requests.due - one.requests.succeeded),
          { true: 'yes', false: 'NO', null: '-' }[`${boundsHold(one)}`],
          one.run,
        ]),
        left: [1, 2, SHOWN.length + 5, SHOWN.length + 6],
      },
      {
        title: 'Settings',
        note: 'Series can be compared only where these agree.',
        header: ['', ''],
        rows: Object.entries(settings).map(([key, value]) => [key, value === null ? '-' : String(value)]),
        left: [1],
      },
    ],
    footer: 'Beside this file: migration.json and a result folder for every migration.',
  };
}

function downtimePlot(migrations: readonly MeasuredMigration[]): Plot {
  const line = (label: string, tone: Series['tone'], column: string, dashed = false): Series => ({
    label,
    tone,
    dashed,
    values: migrations.map((one) => FIGURES.find((figure) => figure.column === column)!.value(one)),
  });
  const gaps = migrations.map(({ downtime }) => downtime.longestGapMs);
  return {
    id: 'downtime-by-migration',
    title: 'Downtime, migration by migration',
    unit: 'ms',
    axis: 'count',
    logarithmic: false,
    positions: migrations.map(({ index }) => index),
    end: null,
    wide: true,
    series: [
      line('pause, at least', 'first', 'pause_at_least_ms'),
      line('pause, at most', 'first', 'pause_at_most_ms', true),
      line('longest gap', 'bad', 'longest_gap_ms'),
      line('hypervisor says', 'third', 'hypervisor_downtime_ms', true),
      line('probe gap', 'second', 'probe_gap_ms', true),
    ],
    alternative:
      gaps.length === 0
        ? 'No migration was measured.'
        : `Longest gap of ${grouped(gaps.length)} migrations: ${withMs(Math.min(...gaps))} to ${withMs(Math.max(...gaps))}.`,
  };
}

/** One line a migration. */
export function migrationCsv({ migrations }: MigrationReport): string {
  const header = [
    'index',
    'direction',
    'driver',
    'result',
    'started_at',
    'valid',
    ...FIGURES.map(({ column }) => column),
  ];
  const lines = migrations.map((one) =>
    csvLine([
      one.index,
      one.direction,
      one.driver,
      one.result,
      one.startedAt,
      String(one.valid),
      ...FIGURES.map(({ value }) => rounded(value(one), 4)),
      one.requests.due,
      one.requests.succeeded,
      one.run,
    ]),
  );
  return `${[csvLine([...header, 'due', 'succeeded', 'run']), ...lines].join('\n')}\n`;
}

/** For CI: a case a migration; one that did not complete or broke a threshold is a failure, an invalid run an error. */
export function migrationJunit(report: MigrationReport, name: string): string {
  const { migrations, settings } = report;
  return junitXml([
    {
      name: `busyhour migrate ${name}`,
      startedAt: migrations[0]?.startedAt ?? '1970-01-01T00:00:00.000Z',
      hostName: String(settings.driver ?? ''),
      seconds: migrations.reduce((sum, { totalMs }) => sum + totalMs, 0) / 1000,
      properties: Object.entries(settings).map(([key, value]) => [key, String(value)] as const),
      cases: migrations.map((one) => ({
        name: `migration ${one.index}, ${one.direction}`,
        failure:
          one.result !== 'completed'
            ? `${one.result}: ${one.reason ?? 'no reason given'}`
            : one.thresholdsFailed.length > 0
              ? one.thresholdsFailed.join('; ')
              : null,
        error: one.valid ? null : 'the run is invalid: see its summary.json',
      })),
      output: verdictLine(report, spacingMsOf(report)),
    },
  ]);
}
