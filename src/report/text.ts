import {
  EVENT_COUNTS,
  type LatencyFigures,
  OUTCOMES,
  type OutageWindow,
  type PauseBounds,
  type RunSummary,
} from '../measure/summary.js';
import { downtimeNotes, whoseDowntime } from './downtime-notes.js';
import { driftNote, driftTable, SEGMENT_HEADER, segmentRows } from './drift.js';
import {
  boundAbove,
  boundBelow,
  clock,
  duration,
  grouped,
  milliseconds,
  NONE,
  percent,
  withMs,
} from './format.js';
import { type Paint, painter, printable, table, wrap } from './layout.js';
import { PUBLISHED_DEFINITION, PUBLISHED_DOWNTIMES } from './published-downtime.js';
import { causesInShort, verdictOf } from './verdict.js';

export interface TextOptions {
  /** Characters a line may have; paragraphs are wrapped to at most 100. */
  readonly columns: number;
  readonly colour: boolean;
  /** Where the result folder is; null when nothing was written. */
  readonly resultFolder: string | null;
}

/** Windows listed one by one; the rest is in summary.json. */
const WINDOWS_LISTED_MAX = 10;
const COLUMNS_MAX = 100;
const COLUMNS_MIN = 40;
const LABEL_WIDTH = 10;

/**
 * The verdict of a run for a terminal: what happened first, then the figures that show it, then where the evidence is.
 *
 * @returns lines joined by `\n`, the last one ended too
 */
export function textReport(summary: RunSummary, options: TextOptions): string {
  const width = Math.min(Math.max(options.columns, COLUMNS_MIN), COLUMNS_MAX);
  const paint = painter(options.colour);
  const sections = [
    verdictSection(summary, width, paint),
    downtimeSection(summary, width, paint),
    targetsSection(summary),
    windowsSection(summary.downtime.windows),
    publishedSection(summary, width),
    requestsSection(summary),
    timesSection(summary),
    thresholdsSection(summary, paint),
    driftSection(summary, width),
    segmentsSection(summary),
    transportSection(summary),
    runSection(summary, options.resultFolder, width),
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map(([title, ...lines]) => [paint('bold', title!), ...lines].join('\n'))
    .join('\n\n');
  return `${text}\n`;
}

function verdictSection(summary: RunSummary, width: number, paint: Paint): string[] {
  const { severity, headline, details } = verdictOf(summary);
  const style = ({ good: 'green', outage: 'yellow', invalid: 'red' } as const)[severity];
  const lines = wrap(printable(headline), width).map((line) => paint(style, line));
  return ['VERDICT', ...lines, ...details.flatMap((detail) => wrap(printable(detail), width))];
}

function downtimeSection(summary: RunSummary, width: number, paint: Paint): string[] {
  const { downtime } = summary;
  const censored = downtime.maxResponseCensored ? '>= ' : '';
  const maximum = (value: number | null): string => (value === null ? NONE : censored + withMs(value));
  const objective =
    downtime.objectiveMs === null ? 'the objective' : `the objective of ${withMs(downtime.objectiveMs)}`;
  const rows = [
    ['pause', bounds(downtime.pauseMs), 'out of service: the true time lies within'],
    ['longest gap', withMs(downtime.longestGapMs), 'without an answer while one was due'],
    ['maximum response time', maximum(downtime.maxResponseMs), 'from the intended send time'],
    ['maximum service time', maximum(downtime.maxServiceMs), "from the actual send, the papers' way"],
    ['loss-derived', withMs(downtime.lossDerivedMs), 'lost requests / offered rate'],
    ['degraded', withMs(downtime.degradedMs), `outside ${objective}`],
    ['recovery', withMs(downtime.recoveryMs), 'until p99 was back at its reference'],
  ];
  const lines = table(rows, ['left', 'right']).map((line, index) =>
    index === 0 ? paint('bold', line) : line,
  );
  const whose = whoseDowntime(downtime);
  const notes = downtimeNotes(summary);
  if (downtime.maxResponseCensored)
    notes.push('Requests timed out before they were answered: the two maxima are lower limits.');
  const words = (text: string): string[] => wrap(printable(text), width);
  return ['DOWNTIME', ...(whose === null ? [] : words(whose)), ...lines, ...notes.flatMap(words)];
}

function bounds({ atLeast, atMost }: PauseBounds): string {
  if (atMost === null) return `>= ${boundBelow(atLeast)} ms`;
  if (atMost === 0) return '0 ms';
  return `${boundBelow(atLeast)} to ${boundAbove(atMost)} ms`;
}

function targetsSection({ downtime }: RunSummary): string[] {
  if (downtime.byTarget.length < 2) return [];
  const rows = downtime.byTarget.map((figures) => [
    printable(figures.target),
    bounds(figures.pauseMs),
    withMs(figures.longestGapMs),
    (figures.maxResponseCensored ? '>= ' : '') + withMs(figures.maxResponseMs),
    String(figures.windows.length),
  ]);
  return [
    'BY TARGET',
    ...table(
      [['', 'pause', 'longest gap', 'max response', 'outages'], ...rows],
      ['left', 'right', 'right', 'right', 'right'],
    ),
    `  all targets out at once: ${withMs(downtime.allTargetsDownMs)}`,
  ];
}

function windowsSection(windows: readonly OutageWindow[]): string[] {
  if (windows.length < 2) return [];
  const rows = windows
    .slice(0, WINDOWS_LISTED_MAX)
    .map((window) => [
      clock(window.startedAt),
      printable(window.target),
      bounds(window.pauseMs),
      grouped(window.lost),
      grouped(window.delayed),
      causesInShort(window.causes),
    ]);
  const rest = windows.length - WINDOWS_LISTED_MAX;
  return [
    'OUTAGES',
    ...table(
      [['UTC', 'target', 'pause', 'lost', 'delayed', 'cause'], ...rows],
      ['left', 'left', 'right', 'right', 'right'],
    ),
    ...(rest > 0 ? [`  and ${grouped(rest)} more in summary.json`] : []),
  ];
}

function publishedSection({ downtime }: RunSummary, width: number): string[] {
  if (downtime.windows.length === 0) return [];
  const own = (downtime.maxResponseCensored ? '>= ' : '') + withMs(downtime.maxServiceMs);
  const rows = [
    ['this run', own, 'maximum service time'],
    ...PUBLISHED_DOWNTIMES.map(({ hypervisor, range, source }) => [hypervisor, range, source]),
  ];
  return [
    'PUBLISHED DOWNTIMES BESIDE IT',
    ...table(rows, ['left', 'right']),
    ...wrap(PUBLISHED_DEFINITION, width),
  ];
}

function requestsSection({ requests, ratePerSecond }: RunSummary): string[] {
  const outcomes = OUTCOMES.filter(
    (name) => requests[name] > 0 || name === 'succeeded' || name === 'timedOut',
  );
  const left = [
    ['due', grouped(requests.due), ''],
    ['sent', grouped(requests.sent), percent(requests.sent, requests.due)],
    ...outcomes.map((name) => [words(name), grouped(requests[name]), percent(requests[name], requests.due)]),
  ];
  const events = EVENT_COUNTS.filter((name) => requests[name] > 0);
  const right = [
    ['offered', `${grouped(ratePerSecond.offered, 1)} /s`],
    ['sent', `${grouped(ratePerSecond.sent, 1)} /s`],
    ['answered', `${grouped(ratePerSecond.answered, 1)} /s`],
    ...events.map((name) => [words(name), grouped(requests[name])]),
  ];
  const height = Math.max(left.length, right.length);
  const rows = Array.from({ length: height }, (_, row) => [
    ...(left[row] ?? ['', '', '']),
    '  ',
    ...(right[row] ?? []),
  ]);
  return ['REQUESTS', ...table(rows, ['left', 'right', 'right', 'left', 'left', 'right'])];
}

/** `timedOut` as people write it: `timed out`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function timesSection(summary: RunSummary): string[] {
  const kinds: [string, LatencyFigures | null][] = [
    ['latency, from intended send', summary.latencyMs],
    ['  with unanswered requests', summary.latencyAllMs],
    ['service time, from offer', summary.serviceTimeMs],
    ['release time', summary.releaseTimeMs],
    ['transport wait', summary.transportWaitMs],
    ['schedule lag (our own)', summary.scheduleLagMs],
  ];
  const rows = kinds
    .filter(([, figures]) => figures !== null)
    .map(([name, figures]) => [name, ...percentiles(figures!).map(milliseconds)]);
  const header = ['', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'];
  return ['TIMES IN MS', ...table([header, ...rows], ['left', ...Array<'right'>(7).fill('right')])];
}

function percentiles({ mean, p50, p90, p99, p999, p9999, max }: LatencyFigures): (number | null)[] {
  return [mean, p50, p90, p99, p999, p9999, max];
}

function thresholdsSection({ thresholds }: RunSummary, paint: Paint): string[] {
  if (thresholds.length === 0) return [];
  const rows = thresholds.map(({ expression, value, failed, crossings }) => [
    failed ? 'FAILED' : 'ok',
    printable(expression),
    (value === null ? 'no samples' : `measured ${grouped(value, Number.isInteger(value) ? 0 : 3)}`) +
      (crossings === undefined || crossings === 0 ? '' : ` at worst, crossed ${grouped(crossings)} times`),
  ]);
  const lines = table(rows).map((line, row) => (thresholds[row]!.failed ? paint('red', line) : line));
  return ['FAIL-IF', ...lines];
}

function driftSection({ drift }: RunSummary, width: number): string[] {
  if (drift === null) return [];
  const { header, rows } = driftTable(drift);
  const aligned = table([header, ...rows], ['left', 'right', 'right', 'right', 'right', 'left']);
  return ['DRIFT', ...aligned, ...wrap(driftNote(drift), width)];
}

function segmentsSection({ run }: RunSummary): string[] {
  if (run.segments.length < 2) return [];
  return ['SEGMENTS', ...table([[...SEGMENT_HEADER], ...segmentRows(run.segments)])];
}

function transportSection({ transport, generatorStalls }: RunSummary): string[] {
  const rows = transport.associations.map(({ id, endpoint, state, retransmissions, srttMs, rtoMs }) => [
    printable(id),
    printable(endpoint),
    printable(state),
    grouped(retransmissions),
    milliseconds(srttMs),
    milliseconds(rtoMs),
  ]);
  if (rows.length === 0) return [];
  const header = ['id', 'peer', 'state', 'retransmitted', 'srtt ms', 'rto ms'];
  const stalls =
    generatorStalls.count > 0
      ? [
          `  generator stood still ${grouped(generatorStalls.count)} times, ${withMs(generatorStalls.maxMs)} at most, ${withMs(generatorStalls.totalMs)} in all`,
        ]
      : [];
  return [
    'SCTP',
    ...table([header, ...rows], ['left', 'left', 'left', 'right', 'right', 'right']),
    ...stalls,
  ];
}

function runSection({ run, cpu, valid }: RunSummary, resultFolder: string | null, width: number): string[] {
  const { host } = run;
  const load = cpu.workersPercent.map((share) => `${grouped(share)} %`).join(', ');
  const steal =
    cpu.hostStealPercent === null ? '' : `; stolen from this host ${grouped(cpu.hostStealPercent, 1)} %`;
  const facts = [
    ['run', `${run.id}, ${valid ? 'valid' : 'INVALID'}, started ${run.startedAt}`],
    ['what', `${run.scenario}, ${run.arrival} arrivals, ${duration(run.durationSeconds)}, seed ${run.seed}`],
    [
      'how',
      `SCTP over ${run.carrier}, ${run.workers} worker${run.workers === 1 ? '' : 's'} (CPU ${load || NONE})${steal}`,
    ],
    [
      'where',
      `${host.name}, ${host.cpu} x ${host.cores}, ${grouped(host.memoryMb)} MB, Linux ${host.kernel}, Node ${host.node}, busyhour ${run.version}`,
    ],
    ['result', resultFolder ?? 'not written'],
  ] as const;
  const lines = facts.flatMap(([name, value]) => {
    const [first = '', ...rest] = wrap(printable(value), width, LABEL_WIDTH);
    return [`  ${name.padEnd(LABEL_WIDTH - 2)}${first.trimStart()}`, ...rest];
  });
  return ['RUN', ...lines];
}
