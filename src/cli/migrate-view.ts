import type { DriverDescription } from '../migration/driver.js';
import {
  boundsHold,
  type FigureName,
  HOST_METRICS,
  type HostMetric,
  type MeasuredMigration,
  type MigrationReport,
  unexplainedMs,
} from '../migration/orchestrate-report.js';

/** Our longest gap explains the probe's when the two, less the stated recovery, differ by no more than two request spacings and this. */
const GAP_SLACK_MS = 10;

const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(value < 10 ? 1 : 0);

/** An error below a millisecond is not worth its column. */
const withError = (value: number | null, error: number | null): string =>
  error === null || error < 1 ? ms(value) : `${ms(value)} ±${ms(error)}`;

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
  { head: 'stopped', cell: ({ truth }) => withError(truth.stoppedMs, truth.stoppedErrorMs) },
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

const LEGEND = `Times in ms. hypervisor: the downtime that it reports. stopped: the VM ran nowhere (its own stop and resume events, one host clock; where these were seen late, how far it may be off).
probe gap: longest time without an answer to an independent probe of 1 ms. bounds: the target did not serve for a time in between (ours).
gap: our longest time without an answer. recovery: last unanswered transmission to the first answer. holds: the bounds contain the probe gap (driver pause: the time stopped).
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

const METRIC_UNITS: Readonly<Record<HostMetric, string>> = {
  cpu: 'CPU %',
  memory: 'memory %',
  memoryMb: 'memory MB',
  disk: 'disk write KB/s',
  network: 'network KB/s',
};

/** Means over the migrations that completed: before, peak, during and after, for each host and metric. */
export function hostsTable({ migrations }: MigrationReport): string {
  const completed = migrations.filter((one) => one.result === 'completed');
  const sides = {
    source: completed.map((one) => one.hosts.source),
    destination: completed.map((one) => one.hosts.destination),
    guest: completed.flatMap((one) => one.guest ?? []),
  };
  const rows = Object.entries(sides).flatMap(([side, phases]) =>
    HOST_METRICS.flatMap((metric) => {
      const scale = metric === 'network' ? 1 / 1024 : 1;
      const cells = (['before', 'peak', 'during', 'after'] as const).map((phase) => {
        const values = phases.flatMap((one) => one[metric]?.[phase] ?? []);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return values.length === 0 ? '-' : (mean * scale).toFixed(1);
      });
      return cells.every((cell) => cell === '-') ? [] : [[side, METRIC_UNITS[metric], ...cells]];
    }),
  );
  return rows.length === 0 ? '' : table(['hosts, means', '', 'before', 'peak', 'during', 'after'], rows);
}

/** Where the longest gap comes from, one step after the other; medians of what each step adds, ms. */
export function differenceText({ migrations }: MigrationReport): string {
  const steps: readonly (readonly [string, (one: MeasuredMigration) => number | null])[] = [
    ['downtime by the hypervisor', (one) => one.hypervisor.downtimeMs],
    ['VM stopped longer than it says', (one) => less(one.truth.stoppedMs, one.hypervisor.downtimeMs)],
    [
      'until the host was reachable (network convergence)',
      (one) => (one.driver === 'pause' ? null : less(one.truth.probeGapMs, one.truth.stoppedMs)),
    ],
    ['SCTP recovery, from counted retransmissions', (one) => one.recovery?.statedMs ?? null],
    ['left: the application, and twice the request spacing', unexplainedMs],
  ];
  const rows = steps.flatMap(([label, read]) => {
    const values = migrations
      .filter((one) => one.result === 'completed' && one.downtime.label !== 'none')
      .map(read)
      .filter((value) => value !== null)
      .sort((a, b) => a - b);
    return values.length === 0 ? [] : [[label, String(values.length), ms(values[values.length >> 1])]];
  });
  return rows.length < 2 ? '' : table(['from their downtime to our longest gap, medians', 'n', 'ms'], rows);
}

const less = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b);

/** What ran beside, what the interfaces counted, and what did not go as asked. */
function besideText({ migrations }: MigrationReport): string {
  const counted = migrations.flatMap((one) =>
    one.counters.map(({ place, receivedBytes, sentBytes, fault }) =>
      fault === null && receivedBytes !== null && sentBytes !== null
        ? [String(one.index), place, (receivedBytes / 1e6).toFixed(1), (sentBytes / 1e6).toFixed(1)]
        : [String(one.index), place, '-', fault ?? '-'],
    ),
  );
  const loads = migrations.flatMap((one) =>
    one.beside.map((load) => [
      String(one.index),
      load.name,
      ...(load.fault === null
        ? [String(load.due), String(load.due - load.succeeded), ms(load.longestGapMs), ms(load.maxServiceMs)]
        : ['-', '-', '-', load.fault]),
    ]),
  );
  const faults = migrations.flatMap((one) => [
    ...(one.reason === null ? [] : [`migration ${one.index}: ${one.result}: ${one.reason}\n`]),
    ...(one.workload?.fault == null
      ? []
      : [`migration ${one.index}: ${one.workload.command}: ${one.workload.fault}\n`]),
  ]);
  return [
    counted.length === 0 ? '' : `${table(['#', 'interface', 'MB received', 'MB sent'], counted)}\n`,
    loads.length === 0 ? '' : `${table(['#', 'load beside', 'due', 'lost', 'gap', 'max service'], loads)}\n`,
    ...faults,
  ].join('');
}

/** One line for each case of a sweep: medians. */
export function sweepTable(
  cases: readonly { readonly name: string; readonly report: MigrationReport }[],
): string {
  const names = [
    'hypervisorDowntimeMs',
    'stoppedMs',
    'probeGapMs',
    'pauseAtLeastMs',
    'pauseAtMostMs',
    'maxServiceMs',
  ] as const;
  const rows = cases.map(({ name, report }) => {
    const { all } = report.statistics;
    const bytes = all.transferredBytes.median;
    return [
      name,
      `${all.totalMs.count}/${report.migrations.length}`,
      all.totalMs.median === null ? '-' : (all.totalMs.median / 1_000).toFixed(2),
      bytes === null ? '-' : (bytes / 1e6).toFixed(1),
      ...names.map((figure) => ms(all[figure].median)),
      String(report.migrations.reduce((sum, one) => sum + one.requests.due - one.requests.succeeded, 0)),
    ];
  });
  const heads = [
    'case (medians)',
    'completed',
    'took s',
    'MB',
    'hypervisor',
    'stopped',
    'probe gap',
    'at least',
    'at most',
    'max service',
    'lost',
  ];
  const replaced = cases.filter(({ report }) => report.settings.mtuAskedBytes !== undefined);
  const marks = replaced.map(
    ({ name, report }) =>
      `${name}: an MTU of ${report.settings.mtuAskedBytes} was asked for; Linux refuses less than ${report.settings.mtuBytes}, which stands for it\n`,
  );
  return `${table(heads, rows)}${marks.join('')}`;
}

/** What the drivers are, for people. */
export function driversText(drivers: readonly DriverDescription[]): string {
  return drivers
    .map(({ name, what, vm, destination, options, modes, proved, proof }) =>
      [
        `${name}: ${what}`,
        `  vm           ${vm}`,
        ...(destination === null ? [] : [`  destination  ${destination}`]),
        `  modes        ${modes.join(', ')}`,
        ...options.map((one) => `  ${one.name}${one.required ? ' (needed)' : ''}: ${one.what}`),
        `  tested       ${proved === 'real' ? 'against the tool itself' : 'against recorded output only'}: ${proof}`,
        '',
      ].join('\n'),
    )
    .join('\n');
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
    ...[differenceText(report), hostsTable(report), besideText(report)].flatMap((text) =>
      text === '' ? [] : [text, '\n'],
    ),
    verdictLine(report, spacingMs),
    notes,
  ].join('');
}

/** The reports of all cases, and one line for each where there are several. */
export function migrationCasesText(
  cases: readonly { readonly name: string; readonly report: MigrationReport }[],
): string {
  const texts = cases.map(({ name, report }) => {
    const spacingMs = 1_000 / Number(report.settings.ratePerSecond);
    return `${name === '' ? '' : `\n${name}\n\n`}${migrationText(report, spacingMs)}`;
  });
  return `${texts.join('')}${cases.some(({ name }) => name !== '') ? `\n${sweepTable(cases)}` : ''}`;
}
