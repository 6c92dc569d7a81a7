import { BTH_2013_MIGRATION } from '../analysis/papers/bth-2013.js';
import { CLARKSON_2013_BASELINE } from '../analysis/papers/clarkson-2013.js';
import type { PublishedFigure } from '../analysis/papers/published.js';
import { TAFA_2011_MIGRATION } from '../analysis/papers/tafa-2011.js';
import type { HostMetric, MeasuredMigration, PhaseFigures } from '../migration/orchestrate-report.js';
import { table } from './migrate-view.js';
import type { MigrationCaseResult } from './migration-files.js';

/** What a cell shows for a figure that this result does not hold. */
const NONE = '-';

function published(
  figures: readonly PublishedFigure[],
  quantity: string,
  setup: string,
  condition = '',
): string {
  const found = figures.find(
    (one) => one.quantity === quantity && one.setup === setup && one.condition === condition,
  );
  if (found === undefined) return NONE;
  const { value, note } = found;
  if (value === null) return note ?? NONE;
  const [from, to] = [value.from, value.to].map((one) => one.value.toFixed(one.decimals));
  return from === to ? from! : `${from}-${to}`;
}

const completed = ({ report }: MigrationCaseResult): MeasuredMigration[] =>
  report.migrations.filter((one) => one.result === 'completed');

/** Mean of what is there, in the papers' resolution. */
function mean(values: readonly (number | null | undefined)[], decimals: number): string {
  const there = values.filter((value) => value !== null && value !== undefined);
  if (there.length === 0) return NONE;
  return (there.reduce((sum, value) => sum + value, 0) / there.length).toFixed(decimals);
}

/** Smallest to largest, as the thesis gives its figures. */
function range(values: readonly (number | null | undefined)[], decimals: number): string {
  const there = values.filter((value) => value !== null && value !== undefined);
  if (there.length === 0) return NONE;
  const [least, most] = [Math.min(...there).toFixed(decimals), Math.max(...there).toFixed(decimals)];
  return least === most ? least : `${least}-${most}`;
}

const phase = (
  migrations: readonly MeasuredMigration[],
  side: 'source' | 'destination',
  metric: HostMetric,
  read: (figures: PhaseFigures) => number | null,
): (number | null)[] =>
  migrations.map((one) => (one.hosts[side][metric] ? read(one.hosts[side][metric]) : null));

const rise = ({ before, during }: PhaseFigures): number | null =>
  before === null || during === null ? null : during - before;

const ownName = ({ name, report }: MigrationCaseResult): string =>
  `this result: ${String(report.settings.driver)}${name === '' ? '' : `, ${name}`}`;

/** Migration results of `bth-2013`: downtime, total migration time and CPU overhead, a hypervisor a column in the thesis, a row here. */
function bth2013(cases: readonly MigrationCaseResult[]): string {
  const heads = [
    'bth-2013, migration',
    'downtime ms',
    'total migration time s',
    'CPU overhead source %',
    'destination %',
  ];
  const rows = ['KVM', 'Xen'].map((setup) => [
    `${setup} (published)`,
    published(BTH_2013_MIGRATION, 'downtime', setup),
    published(BTH_2013_MIGRATION, 'total migration time', setup),
    published(BTH_2013_MIGRATION, 'CPU overhead', setup, 'source'),
    published(BTH_2013_MIGRATION, 'CPU overhead', setup, 'destination'),
  ]);
  const ours = cases.map((one) => {
    const migrations = completed(one);
    return [
      ownName(one),
      range(
        migrations.map(({ downtime }) => downtime.maxServiceMs),
        0,
      ),
      range(
        migrations.map(({ totalMs }) => totalMs / 1000),
        0,
      ),
      mean(phase(migrations, 'source', 'cpu', rise), 0),
      mean(phase(migrations, 'destination', 'cpu', rise), 0),
    ];
  });
  return `${table(heads, [...rows, ...ours])}Downtime there is the maximum response time from the actual send, in whole ms; beside it stands our maxServiceMs. CPU overhead: during less before.\n`;
}

const PER_MB = 1 / 1e6;

/** Bytes by the first interface that was counted, both ways, as the paper's switch counts; else by the hypervisor. */
function dataMb(migrations: readonly MeasuredMigration[]): string {
  const counted = migrations.map(({ counters: [first] }) =>
    first?.receivedBytes == null || first.sentBytes === null
      ? null
      : (first.receivedBytes + first.sentBytes) * PER_MB,
  );
  if (counted.some((value) => value !== null)) return mean(counted, 0);
  const told = mean(
    migrations.map(({ hypervisor: { transferredBytes } }) => transferredBytes && transferredBytes * PER_MB),
    0,
  );
  return told === NONE ? told : `${told} (hypervisor)`;
}

/** The baseline of `clarkson-2013`: downtime from migrations with probe, time and data from those without, where both were measured. */
function clarkson2013(cases: readonly MigrationCaseResult[]): string {
  const memory = 'memory migration, 2 GB VM';
  const heads = ['clarkson-2013, baseline', 'downtime s', 'migration s', 'VM used MB', 'data MB'];
  const rows = ['KVM', 'VMware', 'Hyper-V', 'XenServer'].map((setup) => [
    `${setup} (published)`,
    published(CLARKSON_2013_BASELINE, 'downtime', setup, memory),
    published(CLARKSON_2013_BASELINE, 'total migration time', setup, memory),
    published(CLARKSON_2013_BASELINE, 'VM used memory', setup, memory),
    published(CLARKSON_2013_BASELINE, 'data transferred', setup, memory),
  ]);
  const probed = (one: MigrationCaseResult): boolean => one.report.settings.reachability !== undefined;
  /** The same case without its probe; itself where there is none. */
  const unprobed = (one: MigrationCaseResult): MigrationCaseResult => {
    const key = ({ report }: MigrationCaseResult): string =>
      JSON.stringify({ ...report.settings, reachability: undefined });
    return cases.find((other) => !probed(other) && key(other) === key(one)) ?? one;
  };
  const shown = cases.some(probed) ? cases.filter(probed) : cases;
  const ours = shown.map((one) => {
    const [withProbe, without] = [completed(one), completed(unprobed(one))];
    return [
      ownName(one),
      mean(
        withProbe.map(({ truth }) => truth.probeGapMs && truth.probeGapMs / 1000),
        2,
      ),
      mean(
        without.map(({ totalMs }) => totalMs / 1000),
        2,
      ),
      mean(
        without.map(({ guest }) => guest?.memoryMb.before),
        0,
      ),
      dataMb(without),
    ];
  });
  return `${table(heads, [...rows, ...ours])}Downtime there is a block of unanswered pings at 1 ms: it needs --reachability icmp here. VM used needs hosts.guest.\n`;
}

const TAFA_SYSTEMS = ['Xen-PV', 'Xen-HVM', 'OpenVZ', 'KVM-FV', 'KVM-PV'] as const;
const TAFA_SIZES = [1500, 1000, 32] as const;

/** `tafa-2011`: total time per packet size; CPU and memory of the host before, peak and after. */
function tafa2011(cases: readonly MigrationCaseResult[]): string {
  const heads = [
    'tafa-2011',
    ...TAFA_SIZES.map((size) => `${size} B s / ms`),
    'CPU % before/peak/after',
    'memory %',
  ];
  const phases = ['before', 'peak', 'after'] as const;
  const rows = TAFA_SYSTEMS.map((setup) => [
    `${setup} (published)`,
    ...TAFA_SIZES.map((size) => {
      const at = `packet size ${size} B`;
      const total = published(TAFA_2011_MIGRATION, 'total migration time', setup, at);
      return total === 'did not finish'
        ? total
        : `${total} / ${published(TAFA_2011_MIGRATION, 'downtime', setup, at)}`;
    }),
    ...['CPU', 'memory'].map((quantity) =>
      phases
        .map((one) => published(TAFA_2011_MIGRATION, quantity, setup, `packet size 1500 B, ${one}`))
        .join('/'),
    ),
  ]);
  const sizeOf = ({ report: { settings } }: MigrationCaseResult): number =>
    Number(settings.mtuAskedBytes ?? settings.mtuBytes ?? 1500);
  const cell = (size: number): string => {
    const found = cases.filter((one) => sizeOf(one) === size);
    if (found.length === 0) return NONE;
    const total = mean(
      found.flatMap(completed).map(({ totalMs }) => totalMs / 1000),
      2,
    );
    return total === NONE ? 'did not finish' : `${total} / n/a`;
  };
  const whole = cases.filter((one) => sizeOf(one) === 1500).flatMap(completed);
  const host = (metric: HostMetric): string =>
    phases
      .map((one) =>
        mean(
          phase(whole, 'source', metric, (figures) => figures[one]),
          2,
        ),
      )
      .join('/');
  const driver = String(cases[0]?.report.settings.driver);
  const ours = [`this result: ${driver}`, ...TAFA_SIZES.map(cell), host('cpu'), host('memory')];
  const replaced = cases.find(({ report }) => report.settings.mtuAskedBytes !== undefined);
  const mark =
    replaced === undefined
      ? ''
      : ` ${replaced.report.settings.mtuAskedBytes} B was measured with an MTU of ${replaced.report.settings.mtuBytes}, the smallest that Linux sets.`;
  return `${table(heads, [...rows, ours])}Their downtime is the transfer time of the CPU state: nothing of ours compares with it (n/a).${mark}\n`;
}

/** A result of `busyhour migrate` in the form of the papers' tables, published rows first. Figures stand beside each other; nothing is ranked. */
export function papersText(cases: readonly MigrationCaseResult[]): string {
  const count = cases.reduce((sum, one) => sum + completed(one).length, 0);
  const head = `${count} completed migrations. Other machines, load and decade: to be read beside the published figures, not as a ranking.\n`;
  return [head, bth2013(cases), clarkson2013(cases), tafa2011(cases)].join('\n');
}
