import {
  type DowntimeFigures,
  EVENT_COUNTS,
  type LatencyFigures,
  OUTCOMES,
  type RunSummary,
} from '../../measure/summary.js';
import { downtimeNotes } from '../downtime-notes.js';
import { clock, grouped, milliseconds, NONE, percent, withMs } from '../format.js';
import { PUBLISHED_DEFINITION, PUBLISHED_DOWNTIMES } from '../published-downtime.js';
import { boundsInWords, causesInShort } from '../verdict.js';
import { sectionHtml } from './document.js';
import { escapeHtml } from './escape.js';

/** A cell is text; numbers are set to the right. */
export type Cell = string | { readonly text: string; readonly kind: 'number' | 'failed' };

export function number(text: string): Cell {
  return { text, kind: 'number' };
}

/**
 * A table that scrolls by itself where it is too wide, by keyboard too.
 *
 * @param caption what the table holds, for those who do not see the heading above it
 * @param header names of the columns; the first cell of every row is the row's name
 */
export function htmlTable(
  caption: string,
  header: readonly Cell[],
  rows: readonly (readonly Cell[])[],
): string {
  const head =
    header.length === 0
      ? ''
      : `<tr>${header.map((cell) => cellHtml(cell, 'th scope="col"')).join('')}</tr>\n`;
  const body = rows
    .map(([name = '', ...cells]) => {
      const row = [cellHtml(name, 'th scope="row"'), ...cells.map((cell) => cellHtml(cell, 'td'))];
      return `<tr>${row.join('')}</tr>`;
    })
    .join('\n');
  const label = escapeHtml(caption);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>\n${head}${body}\n</table></div>`;
}

/** A longer cell of words is wrapped; a shorter one stays in one line, so that no column is squeezed to a word a line. */
const LINE_CHARACTERS = 30;

function cellHtml(cell: Cell, tag: string): string {
  const name = tag.split(' ')[0];
  if (typeof cell === 'string') {
    const wrapped = cell.length > LINE_CHARACTERS ? ' class="words"' : '';
    return `<${tag}${wrapped}>${escapeHtml(cell)}</${name}>`;
  }
  return `<${tag} class="${cell.kind}">${escapeHtml(cell.text)}</${name}>`;
}

export function note(text: string): string {
  return `<p class="note">${escapeHtml(text)}</p>`;
}

export function downtimeHtml(summary: RunSummary): string {
  const { downtime } = summary;
  const figures = downtime.byTarget.length > 1 ? downtime.byTarget : [{ ...downtime, target: 'figure' }];
  const several = downtime.byTarget.length > 1;
  const header: Cell[] = [
    '',
    ...figures.map(({ target }) => number(several ? target : 'measured')),
    'what it is',
  ];
  const rows = downtimeRows(figures);
  const extra = several ? [note(`All targets out at once: ${withMs(downtime.allTargetsDownMs)}.`)] : [];
  extra.push(...downtimeNotes(summary).map(note));
  if (downtime.maxResponseCensored)
    extra.push(note('Requests timed out before they were answered: maxima marked >= are lower limits.'));
  return sectionHtml('Downtime', htmlTable('Downtime figures', header, rows), ...extra);
}

function downtimeRows(figures: readonly DowntimeFigures[]): Cell[][] {
  const each = (show: (figures: DowntimeFigures) => string): Cell[] =>
    figures.map((one) => number(show(one)));
  const censored = (one: DowntimeFigures, value: number | null): string =>
    (one.maxResponseCensored && value !== null ? '>= ' : '') + withMs(value);
  return [
    [
      'pause',
      ...each((one) => boundsInWords(one.pauseMs)),
      'Out of service: the true time lies within these bounds.',
    ],
    ['longest gap', ...each((one) => withMs(one.longestGapMs)), 'Without an answer while one was due.'],
    [
      'maximum response time',
      ...each((one) => censored(one, one.maxResponseMs)),
      'From the intended send time.',
    ],
    [
      'maximum service time',
      ...each((one) => censored(one, one.maxServiceMs)),
      "From the actual send: the papers' definition of downtime.",
    ],
    [
      'loss-derived',
      ...each((one) => withMs(one.lossDerivedMs)),
      'Lost requests divided by the offered rate.',
    ],
    ['degraded', ...each((one) => withMs(one.degradedMs)), 'Time outside the objective.'],
    ['objective', ...each((one) => withMs(one.objectiveMs)), 'Largest latency that counts as normal.'],
    ['recovery', ...each((one) => withMs(one.recoveryMs)), 'Until p99 was back at its reference.'],
    [
      'outage threshold',
      ...each((one) => withMs(one.outageThresholdMs)),
      'A longer gap opens an outage window.',
    ],
  ];
}

/** Windows listed in the page; the rest is in summary.json. */
const WINDOWS_LISTED_MAX = 200;

export function windowsHtml({ downtime }: RunSummary): string {
  const { windows } = downtime;
  if (windows.length === 0) return '';
  const rows = windows
    .slice(0, WINDOWS_LISTED_MAX)
    .map((window): Cell[] => [
      clock(window.startedAt),
      window.endedAt === null ? 'end of the run' : clock(window.endedAt),
      window.target,
      number(boundsInWords(window.pauseMs)),
      number(grouped(window.lost)),
      number(grouped(window.delayed)),
      number(grouped(window.retransmissions)),
      number(milliseconds(window.largestRtoMs)),
      causesInShort(window.causes),
      window.rowsFile ?? NONE,
    ]);
  const header = [
    'start UTC',
    'end UTC',
    'target',
    number('pause'),
    number('lost'),
    number('delayed'),
    number('retransmitted'),
    number('largest RTO ms'),
    'cause',
    'raw rows',
  ];
  const left = windows.length - rows.length;
  return sectionHtml(
    'Outage windows',
    htmlTable('Outage windows', header, rows),
    ...(left > 0 ? [note(`${grouped(left)} more in summary.json.`)] : []),
  );
}

export function publishedHtml({ downtime }: RunSummary): string {
  if (downtime.windows.length === 0) return '';
  const own = (downtime.maxResponseCensored ? '>= ' : '') + withMs(downtime.maxServiceMs);
  const rows: Cell[][] = [
    ['this run', number(own), 'maximum service time'],
    ...PUBLISHED_DOWNTIMES.map(({ hypervisor, range, source }): Cell[] => [
      hypervisor,
      number(range),
      source,
    ]),
  ];
  return sectionHtml(
    'Published downtimes beside it',
    htmlTable('Published downtimes', [], rows),
    note(PUBLISHED_DEFINITION),
  );
}

export function requestsHtml({ requests, ratePerSecond }: RunSummary): string {
  const share = (name: string, count: number): Cell[] => [
    name,
    number(grouped(count)),
    number(percent(count, requests.due)),
  ];
  const rows = [
    share('due', requests.due),
    share('sent', requests.sent),
    ...OUTCOMES.map((name) => share(spaced(name), requests[name])),
    ...EVENT_COUNTS.map((name): Cell[] => [`${spaced(name)} (events)`, number(grouped(requests[name])), '']),
  ];
  const rates = `Offered ${grouped(ratePerSecond.offered, 1)}/s, sent ${grouped(ratePerSecond.sent, 1)}/s, answered ${grouped(ratePerSecond.answered, 1)}/s.`;
  return sectionHtml(
    'Requests',
    htmlTable('Requests by outcome', ['', number('requests'), number('share')], rows),
    note(rates),
  );
}

function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function timesHtml(summary: RunSummary): string {
  const kinds: readonly (readonly [string, LatencyFigures | null])[] = [
    ['latency, from the intended send', summary.latencyMs],
    ['the same with unanswered requests', summary.latencyAllMs],
    ['service time, from the actual send', summary.serviceTimeMs],
    ['release time', summary.releaseTimeMs],
    ['transport wait', summary.transportWaitMs],
    ["schedule lag (the generator's own)", summary.scheduleLagMs],
  ];
  const rows = kinds.flatMap(([name, figures]): Cell[][] => {
    if (figures === null) return [];
    const { count, min, mean, p50, p90, p99, p999, p9999, max } = figures;
    const times = [min, mean, p50, p90, p99, p999, p9999, max].map((value) => number(milliseconds(value)));
    return [[name, number(grouped(count)), ...times]];
  });
  const header = ['', 'samples', 'min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'].map(number);
  return sectionHtml('Times in ms', htmlTable('Times in milliseconds', header, rows));
}

export function thresholdsHtml({ thresholds }: RunSummary): string {
  if (thresholds.length === 0) return '';
  const rows = thresholds.map(({ expression, value, failed }): Cell[] => [
    expression,
    number(value === null ? 'no samples' : grouped(value, Number.isInteger(value) ? 0 : 3)),
    failed ? { text: 'FAILED', kind: 'failed' } : 'ok',
  ]);
  return sectionHtml(
    'Thresholds (fail if)',
    htmlTable('Thresholds', ['fails if', number('measured'), 'result'], rows),
  );
}

export function transportHtml({ transport }: RunSummary): string {
  const rows = transport.associations.map((one): Cell[] => [
    one.id,
    one.endpoint,
    one.state,
    number(grouped(one.retransmissions)),
    number(one.duplicateTsns === null ? NONE : grouped(one.duplicateTsns)),
    ...[one.srttMs, one.rtoMs, one.rtoMaxSeenMs].map((value) => number(milliseconds(value))),
  ]);
  const header: Cell[] = [
    'association',
    'peer',
    'state',
    number('retransmitted'),
    number('duplicate TSNs'),
    number('SRTT ms'),
    number('RTO ms'),
    number('largest RTO ms'),
  ];
  return sectionHtml('Transport', htmlTable('SCTP associations', header, rows));
}

/** What would have made the run invalid, what was measured of it, and what disturbed the generator. */
export function validityHtml(summary: RunSummary): string {
  const { valid, invalidReasons, scheduleLagMs, generatorStalls, cpu, requests, run } = summary;
  const workers = cpu.workersPercent.map((share) => `${grouped(share)} %`).join(', ') || NONE;
  const tickMs = typeof run.settings.tickMs === 'number' ? run.settings.tickMs : 0;
  const lagLimitMs = Math.max(10, 3 * tickMs);
  const lag = (value: number | null): Cell => number(withMs(value));
  const rows: Cell[][] = [
    [
      'schedule lag p99',
      lag(scheduleLagMs.p99),
      `Invalid when above ${withMs(lagLimitMs)} for more than 1 % of an interval's requests.`,
    ],
    [
      'schedule lag p99.9',
      lag(scheduleLagMs.p999),
      'From when a request was due until it was offered to SCTP.',
    ],
    ['schedule lag maximum', lag(scheduleLagMs.max), 'Counted in the latency of the request.'],
    ['requests due', number(grouped(requests.due)), 'Invalid when fewer than 99.9 % of them were offered.'],
    [
      'loop stood still',
      number(`${grouped(generatorStalls.count)} times`),
      `${withMs(generatorStalls.maxMs)} at most, ${withMs(generatorStalls.totalMs)} in all; taken out of every gap.`,
    ],
    ['CPU of the workers', number(workers), 'Of one core each.'],
    [
      'stolen from this host',
      number(cpu.hostStealPercent === null ? NONE : `${grouped(cpu.hostStealPercent, 1)} %`),
      'By its hypervisor, while the run went on.',
    ],
  ];
  const said = valid ? 'Valid: the generator kept its schedule.' : `INVALID: ${invalidReasons.join('; ')}.`;
  return sectionHtml(
    'Validity',
    note(said),
    htmlTable('Evidence of validity', ['', number('measured'), 'rule'], rows),
  );
}

export function runHtml({ run }: RunSummary): string {
  const { host } = run;
  const facts: Cell[][] = [
    ['run', run.id],
    ['started', run.startedAt],
    ['duration', `${grouped(run.durationSeconds, 1)} s${run.interrupted ? ', interrupted' : ''}`],
    ['scenario', `${run.scenario}, ${run.arrival} arrivals, seed ${run.seed}`],
    ['targets', run.targets.join(', ')],
    ['generator', `SCTP over ${run.carrier}, ${run.workers} workers, busyhour ${run.version}`],
    [
      'host',
      `${host.name}, ${host.cpu} x ${host.cores}, ${grouped(host.memoryMb)} MB, Linux ${host.kernel}, Node ${host.node}`,
    ],
    ...Object.entries(run.settings).map(([name, value]): Cell[] => [
      name,
      value === null ? NONE : String(value),
    ]),
  ];
  return sectionHtml('The run', htmlTable('Facts of the run', [], facts));
}
