import {
  boundsHold,
  type FigureName,
  type MeasuredMigration,
  type MigrationReport,
  unexplainedMs,
} from '../migration/orchestrate-report.js';

/** Our longest gap explains the probe's when the two, less the stated recovery, differ by no more than two request spacings and this. */
const GAP_SLACK_MS = 10;

const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(value < 10 ? 1 : 0);

interface Column {
  readonly head: string;
  readonly cell: (one: MeasuredMigration) => string;
}

const COLUMNS: readonly Column[] = [
  { head: '#', cell: (one) => String(one.index) },
  { head: 'direction', cell: (one) => one.direction },
  { head: 'result', cell: (one) => one.result },
  { head: 'took', cell: (one) => ms(one.totalMs) },
  {
    head: 'MB sent',
    cell: (one) => ms(one.hypervisor.transferredBytes && one.hypervisor.transferredBytes / 1e6),
  },
  { head: 'hypervisor', cell: (one) => ms(one.hypervisor.downtimeMs) },
  { head: 'stopped', cell: (one) => ms(one.truth.stoppedMs) },
  { head: 'probe gap', cell: (one) => ms(one.truth.probeGapMs) },
  { head: 'bounds', cell: (one) => `${ms(one.downtime.pauseMs.atLeast)}-${ms(one.downtime.pauseMs.atMost)}` },
  { head: 'gap', cell: (one) => ms(one.downtime.longestGapMs) },
  { head: 'max response', cell: (one) => ms(one.downtime.maxResponseMs) },
  { head: 'retr.', cell: (one) => (one.recovery === null ? '-' : String(one.recovery.retransmissions)) },
  { head: 'recovery', cell: (one) => ms(one.recovery?.statedMs) },
  { head: 'RTO', cell: (one) => ms(one.recovery?.largestRtoMs) },
  { head: 'lost', cell: (one) => String(one.requests.due - one.requests.succeeded) },
  { head: 'holds', cell: (one) => ({ true: 'yes', false: 'NO', null: '-' })[`${boundsHold(one)}`] },
];

/** Rows of text under their heads, right-aligned, two blanks between columns. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padStart(widths[i]!))
      .join('  ')
      .trimEnd();
  return `${[heads, ...rows].map(line).join('\n')}\n`;
}

/** One line for each migration, times in ms. */
export function migrationTable(migrations: readonly MeasuredMigration[]): string {
  return table(
    COLUMNS.map((column) => column.head),
    migrations.map((one) => COLUMNS.map((column) => column.cell(one))),
  );
}

const LEGEND = `Times in ms. hypervisor: the downtime that it reports. stopped: the VM ran nowhere (its own stop and resume events, one host clock).
probe gap: longest time without an answer to an independent probe of 1 ms. bounds: the target did not serve for a time in between (ours).
gap: our longest time without an answer. recovery: last unanswered transmission to the first answer. holds: the bounds contain the probe gap.
`;

const STATISTICS: readonly (readonly [label: string, name: FigureName])[] = [
  ['hypervisor downtime', 'hypervisorDowntimeMs'],
  ['VM stopped', 'stoppedMs'],
  ['probe gap', 'probeGapMs'],
  ['pause, at least', 'pauseAtLeastMs'],
  ['pause, at most', 'pauseAtMostMs'],
  ['longest gap', 'longestGapMs'],
  ['max service time', 'maxServiceMs'],
  ['migration command', 'totalMs'],
];

function statisticsTable(report: MigrationReport): string {
  const rows = STATISTICS.map(([label, name]) => {
    const { all, first, later } = report.statistics;
    const one = all[name];
    const figures = [one.min, one.median, one.mean, one.max, one.standardDeviation, one.marginOfError];
    return [
      label,
      String(one.count),
      ...figures.map(ms),
      ms(one.variance),
      ms(first[name].mean),
      ms(later[name].mean),
    ];
  });
  const heads = ['', 'n', 'min', 'median', 'mean', 'max', 'sd', '+-95%', 'variance', 'first', 'later'];
  return table(heads, rows);
}

/** How many of the completed migrations our figures explain. */
export function verdictLine(report: MigrationReport, spacingMs: number): string {
  const completed = report.migrations.filter((one) => one.result === 'completed');
  const judged = completed.map(boundsHold).filter((one) => one !== null);
  const widths = completed
    .flatMap(({ downtime: { pauseMs } }) =>
      pauseMs.atMost === null ? [] : [pauseMs.atMost - pauseMs.atLeast],
    )
    .sort((a, b) => a - b);
  const differences = completed.map(unexplainedMs).filter((one) => one !== null);
  const explained = differences.filter((one) => Math.abs(one) <= 2 * spacingMs + GAP_SLACK_MS).length;
  return (
    `${completed.length} of ${report.migrations.length} migrations completed. Bounds contain the probe gap in ${judged.filter(Boolean).length} of ${judged.length}, ` +
    `median width ${ms(widths[widths.length >> 1])} ms. Gap less recovery agrees with the probe's within ${ms(2 * spacingMs + GAP_SLACK_MS)} ms in ${explained} of ${differences.length}.\n`
  );
}

/** The whole report for people. @param spacingMs time between two requests to the migrated target */
export function migrationText(report: MigrationReport, spacingMs: number): string {
  const notes = report.notes.map((note) => `note: ${note}\n`).join('');
  return [
    migrationTable(report.migrations),
    '\n',
    LEGEND,
    '\n',
    statisticsTable(report),
    '\n',
    verdictLine(report, spacingMs),
    notes,
  ].join('');
}
