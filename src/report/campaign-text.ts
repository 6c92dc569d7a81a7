import type {
  CampaignCell,
  CampaignResult,
  CampaignSetup,
  CellStatistics,
  PublishedLevel,
} from '../measure/campaign-result.js';
import { csvLine } from './csv.js';
import { duration, grouped, milliseconds } from './format.js';
import { type JunitSuite, junitXml } from './junit.js';
import { painter, table } from './layout.js';
import type { SeriesTable } from './series.js';

/** Decimals of the papers' tables. */
const DECIMALS = 4;
const NOT_MEASURED = '';

/** The papers' tables of one set-up with the published cells beside the measured ones, then the levels that held and those that did not. */
export function campaignTables(result: CampaignResult): SeriesTable[] {
  const tables = result.setups.flatMap((setup) => {
    const cells = result.cells.filter((cell) => cell.setup === setup.name);
    return [
      statisticsTable(result, setup, cells, 'response'),
      ...(cells.some(({ cpu }) => cpu !== null) ? [statisticsTable(result, setup, cells, 'cpu')] : []),
    ];
  });
  return [...tables, feasibilityTable(result), runsTable(result)];
}

function statisticsTable(
  result: CampaignResult,
  setup: CampaignSetup,
  cells: readonly CampaignCell[],
  quantity: 'response' | 'cpu',
): SeriesTable {
  const { published } = setup;
  const repetitions = Array.from({ length: result.repetitions }, (_, index) => index + 1);
  const printed = published?.[quantity] ?? [];
  const rows = setup.levelsPerSecond.map((level) => {
    const paper = printed.find(({ loadPerSecond }) => loadPerSecond === level);
    const measured = repetitions.map((repetition) => {
      const cell = cells.find((one) => one.ratePerSecond === level && one.repetition === repetition);
      return cell === undefined ? NOT_MEASURED : measuredCell(cell, cell[quantity], paper);
    });
    return [
      grouped(level),
      ...(published === null ? [] : [paper === undefined ? '-' : printedCell(paper)]),
      ...measured,
    ];
  });
  const what = quantity === 'response' ? 'Response time in ms' : 'CPU utilisation in %';
  const own =
    quantity === 'response'
      ? 'means of the service time over intervals'
      : 'host CPU, the sum of the busy fields';
  const theirs =
    published === null
      ? ''
      : `; published: ${quantity === 'response' ? published.responseDefinition : published.cpuDefinition}. Not ranked`;
  return {
    title: `${what}, ${setup.name}`,
    note: `mean/variance/sd/margin; measured: ${own}${theirs}.`,
    header: [
      'req/s',
      ...(published === null ? [] : [`published (${published.reference})`]),
      ...repetitions.map((repetition) => (result.repetitions === 1 ? 'measured' : `measured, ${repetition}`)),
    ],
    rows,
  };
}

function measuredCell(
  cell: CampaignCell,
  statistics: CellStatistics | null,
  paper: PublishedLevel | undefined,
): string {
  if (!cell.valid) return 'invalid';
  if (statistics === null || statistics.mean === null) return 'no samples';
  const decimals = paper?.decimals ?? DECIMALS;
  const { mean, variance, standardDeviation, marginOfError } = statistics;
  const figures = [mean, variance ?? 0, standardDeviation ?? 0].map((value) => value.toFixed(decimals));
  const margin = marginOfError === null ? 'n/a' : marginOfError.toFixed(decimals);
  return `${[...figures, margin].join('/')}${cell.feasible === false ? ' *' : ''}`;
}

function printedCell({ mean, variance, standardDeviation, marginOfError }: PublishedLevel): string {
  return [mean, variance, standardDeviation, marginOfError].map((value) => value.toFixed(DECIMALS)).join('/');
}

function feasibilityTable({ setups, cells }: CampaignResult): SeriesTable {
  const rates = (levels: readonly number[]): string =>
    levels.length === 0 ? '-' : levels.map((level) => grouped(level)).join(', ');
  const rows = setups.map(({ name, levelsPerSecond, published }) => {
    const at = (level: number): CampaignCell[] =>
      cells.filter((cell) => cell.setup === name && cell.ratePerSecond === level);
    const infeasible = levelsPerSecond.filter((level) =>
      at(level).some(({ feasible }) => feasible === false),
    );
    const feasible = levelsPerSecond.filter(
      (level) => !infeasible.includes(level) && at(level).some((cell) => cell.feasible === true),
    );
    return [
      name,
      rates(feasible),
      rates(infeasible),
      published === null ? '-' : rates(published.feasiblePerSecond),
      published === null ? '-' : rates(published.infeasiblePerSecond),
    ];
  });
  return {
    title: 'Feasible levels',
    note: 'A level is infeasible when a request failed in any of its runs; refusals for lack of credit are answers. One with invalid runs only is in neither column.',
    header: ['set-up', 'feasible', 'infeasible', 'published feasible', 'published infeasible'],
    left: [1, 2, 3, 4],
    rows,
  };
}

function runsTable({ cells }: CampaignResult): SeriesTable {
  const rows = cells.map((cell) => [
    cell.setup,
    grouped(cell.ratePerSecond),
    String(cell.repetition),
    cell.valid ? (cell.feasible === true ? 'yes' : 'no') : 'invalid',
    grouped(cell.failed),
    milliseconds(cell.latencyP99Ms),
    milliseconds(cell.latencyMaxMs),
    String(cell.response.count),
    remarkOn(cell),
  ]);
  return {
    title: 'Runs',
    note: 'Latency from the intended send time, unanswered requests included; N: intervals behind the statistics.',
    header: ['set-up', 'req/s', 'run', 'held', 'failed', 'p99 ms', 'max ms', 'N', ''],
    left: [3, 8],
    rows,
  };
}

function remarkOn({ valid, invalidReasons, response: { dependentMargin } }: CampaignCell): string {
  if (!valid) return invalidReasons.join('; ');
  return dependentMargin === null
    ? ''
    : `intervals depend on each other: margin nearer ${milliseconds(dependentMargin)} ms`;
}

/** What every form says first: how complete, and how far shortened. */
export function campaignHead(result: CampaignResult): string[] {
  const { durationSeconds, intervalSeconds, cells, missing } = result;
  const planned = cells.length + missing.length;
  const invalid = cells.filter(({ valid }) => !valid).length;
  return [
    `${cells.length} of ${planned} runs measured${invalid > 0 ? `, ${invalid} of them INVALID` : ''}; ${duration(durationSeconds)} a level, intervals of ${duration(intervalSeconds)}, each ${result.repetitions === 1 ? 'once' : `${result.repetitions} times`}, ${result.order} order.`,
    ...(result.scale < 1
      ? [
          `SHORTENED to ${result.scaleText}: duration, warm-up, cool-down and interval alike. Short intervals scatter more than the papers' 10 s ones: means can be set beside them, spreads cannot.`,
        ]
      : []),
    ...(invalid > 0
      ? [
          'INVALID runs say nothing about the target: the generator itself was late, for the reason under Runs. A quieter or larger machine, or more workers, and --resume measures them again.',
        ]
      : []),
    ...(missing.length > 0 ? [`${missing.length} runs are missing: go on with --resume.`] : []),
    ...result.notes,
  ];
}

/** For a terminal. */
export function campaignText(result: CampaignResult, options: { colour: boolean; folder: string }): string {
  const paint = painter(options.colour);
  const tables = campaignTables(result).flatMap(({ title, note, header, rows, left }) => [
    '',
    paint('bold', title.toUpperCase()),
    ...table(
      [header, ...rows],
      header.map((_, index) => (index === 0 || left?.includes(index) === true ? 'left' : 'right')),
    ),
    `  ${note}`,
  ]);
  const starred = result.cells.some(({ feasible }) => feasible === false) ? ['  * requests failed'] : [];
  const lines = [
    paint('bold', `CAMPAIGN ${result.name}`),
    ...campaignHead(result).map((line) => `  ${line}`),
    ...tables,
    ...starred,
    '',
    `  result    ${options.folder}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** One line a run. */
export function campaignCsv(result: CampaignResult): string {
  const names = ['count', 'mean', 'variance', 'standardDeviation', 'marginOfError'] as const;
  const columns = ['response_ms', 'cpu_percent'].flatMap((prefix) =>
    ['count', 'mean', 'variance', 'sd', 'margin'].map((name) => `${prefix}_${name}`),
  );
  const head = [
    'setup',
    'rate_per_s',
    'repetition',
    'started_at',
    'scale',
    'valid',
    'feasible',
    'failed',
    'answered_per_s',
  ];
  const lines = result.cells.map((cell) => {
    const figures = [cell.response, cell.cpu].flatMap((statistics) =>
      names.map((name) => (statistics === null ? null : statistics[name])),
    );
    return csvLine([
      cell.setup,
      cell.ratePerSecond,
      cell.repetition,
      cell.startedAt,
      result.scaleText,
      String(cell.valid),
      cell.feasible === null ? null : String(cell.feasible),
      cell.failed,
      cell.answeredPerSecond,
      ...figures,
      cell.latencyP99Ms,
      cell.latencyMaxMs,
      cell.result,
    ]);
  });
  const header = csvLine([...head, ...columns, 'latency_all_p99_ms', 'latency_all_max_ms', 'result']);
  return `${[header, ...lines].join('\n')}\n`;
}

/** For CI: one suite a set-up, one case a run; a level with failed requests is a failure, an invalid run an error. */
export function campaignJunit(result: CampaignResult): string {
  const suites = result.setups.map((setup): JunitSuite => {
    const cells = result.cells.filter((cell) => cell.setup === setup.name);
    return {
      name: `busyhour campaign ${result.name}: ${setup.name}`,
      startedAt: cells[0]?.startedAt ?? '1970-01-01T00:00:00.000Z',
      hostName: setup.targets.join(','),
      seconds: cells.length * result.durationSeconds,
      properties: [['scale', result.scaleText]],
      cases: cells.map((cell) => ({
        name: `${cell.ratePerSecond} req/s, run ${cell.repetition}`,
        failure: cell.feasible === false ? `${cell.failed} requests failed` : null,
        error: cell.valid ? null : cell.invalidReasons.join('; '),
      })),
      output: campaignHead(result).join('\n'),
    };
  });
  return junitXml(suites);
}
