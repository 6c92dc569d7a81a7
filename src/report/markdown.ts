import { type LatencyFigures, OUTCOMES, type RunSummary } from '../measure/summary.js';
import { downtimeNotes, whoseDowntime } from './downtime-notes.js';
import { clock, duration, grouped, milliseconds, NONE, percent, withMs } from './format.js';
import { boundsInWords, causesInShort, verdictOf } from './verdict.js';

/** Windows listed; the rest is in summary.json. */
const WINDOWS_LISTED_MAX = 20;

/** A run for a ticket: verdict first, then the tables behind it (GitHub's Markdown, which Jira and GitLab read too). */
export function markdownReport(summary: RunSummary): string {
  const { headline, details } = verdictOf(summary);
  const sections = [
    `## busyhour run ${escapeMarkdown(summary.run.id)}`,
    `**${escapeMarkdown(headline)}**`,
    ...details.map(escapeMarkdown),
    escapeMarkdown(whoseDowntime(summary.downtime) ?? ''),
    markdownTable(['downtime', 'value'], downtimeRows(summary)),
    ...downtimeNotes(summary).map(escapeMarkdown),
    windowsTable(summary),
    requestsTable(summary),
    timesTable(summary),
    thresholdsTable(summary),
    markdownTable(['run', ''], runRows(summary)),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

/** A table; cells are escaped here. @param right indexes of columns that hold numbers. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = `|${header.map((_, index) => (right.includes(index) ? ' ---: ' : ' --- ')).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** Text that stands as it is: what Markdown or HTML would act on is escaped, line ends become spaces. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_[\]|#~]/g, (found) => `\\${found}`);
}

function downtimeRows({ downtime }: RunSummary): string[][] {
  const censored = downtime.maxResponseCensored ? 'at least ' : '';
  const maximum = (value: number | null): string => (value === null ? NONE : censored + withMs(value));
  return [
    ['pause', boundsInWords(downtime.pauseMs)],
    ['longest gap', withMs(downtime.longestGapMs)],
    ['maximum response time, from the intended send', maximum(downtime.maxResponseMs)],
    ["maximum service time, from the actual send (the papers' downtime)", maximum(downtime.maxServiceMs)],
    ['loss-derived', withMs(downtime.lossDerivedMs)],
    ['degraded', withMs(downtime.degradedMs)],
    ['recovery', withMs(downtime.recoveryMs)],
  ];
}

function windowsTable({ downtime }: RunSummary): string {
  if (downtime.windows.length === 0) return '';
  const rows = downtime.windows
    .slice(0, WINDOWS_LISTED_MAX)
    .map((window) => [
      clock(window.startedAt),
      window.target,
      boundsInWords(window.pauseMs),
      grouped(window.lost),
      grouped(window.delayed),
      causesInShort(window.causes),
    ]);
  const more = downtime.windows.length - rows.length;
  const table = markdownTable(['outage, UTC', 'target', 'pause', 'lost', 'delayed', 'cause'], rows, [3, 4]);
  return more > 0 ? `${table}\n\nand ${grouped(more)} more in summary.json` : table;
}

function requestsTable({ requests }: RunSummary): string {
  const shown = OUTCOMES.filter((name) => requests[name] > 0 || name === 'succeeded' || name === 'timedOut');
  const rows = (['due', 'sent', ...shown] as const).map((name) => [
    name,
    grouped(requests[name]),
    percent(requests[name], requests.due),
  ]);
  return markdownTable(['requests', 'count', 'share'], rows, [1, 2]);
}

function timesTable(summary: RunSummary): string {
  const kinds: [string, LatencyFigures | null][] = [
    ['latency, from intended send', summary.latencyMs],
    ['the same with unanswered requests', summary.latencyAllMs],
    ['service time, from offer', summary.serviceTimeMs],
    ['release time', summary.releaseTimeMs],
    ['transport wait', summary.transportWaitMs],
    ['schedule lag (our own)', summary.scheduleLagMs],
  ];
  const rows = kinds.flatMap(([name, figures]) =>
    figures === null
      ? []
      : [
          [
            name,
            ...[figures.mean, figures.p50, figures.p99, figures.p999, figures.max].map((value) =>
              milliseconds(value),
            ),
          ],
        ],
  );
  return markdownTable(['ms', 'mean', 'p50', 'p99', 'p99.9', 'max'], rows, [1, 2, 3, 4, 5]);
}

function thresholdsTable({ thresholds }: RunSummary): string {
  if (thresholds.length === 0) return '';
  const rows = thresholds.map(({ expression, value, failed }) => [
    expression,
    value === null ? 'no samples' : String(Number(value.toFixed(3))),
    failed ? 'FAILED' : 'ok',
  ]);
  return markdownTable(['fail if', 'measured', ''], rows, [1]);
}

function runRows({ run, ratePerSecond, cpu, valid }: RunSummary): string[][] {
  const { host } = run;
  return [
    ['valid', valid ? 'yes' : 'NO'],
    ['started', run.startedAt],
    [
      'load',
      `${grouped(ratePerSecond.offered, 1)} /s offered, ${run.arrival}, ${duration(run.durationSeconds)}`,
    ],
    ['targets', run.targets.join(', ')],
    ['generator', `SCTP over ${run.carrier}, ${run.workers} workers, busyhour ${run.version}`],
    ['host', `${host.name}, ${host.cpu} x ${host.cores}, Linux ${host.kernel}, Node ${host.node}`],
    ['stolen from the host', cpu.hostStealPercent === null ? NONE : `${cpu.hostStealPercent.toFixed(1)} %`],
  ];
}
