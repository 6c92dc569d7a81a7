import type { DrawnInterval } from '../../measure/interval.js';
import type { LatencyDrawing } from '../../measure/latency-picture.js';
import type { RunSummary } from '../../measure/summary.js';
import { grouped, milliseconds, percent, withMs } from '../format.js';
import { boundsInWords, verdictOf } from '../verdict.js';
import {
  contentsHtml,
  figureHtml,
  keyFiguresHtml,
  type PlotLibrary,
  reportDocument,
  sectionHtml,
  verdictHtml,
} from './document.js';
import { driftHtml, segmentsHtml } from './drift.js';
import type { HeatPlot, Mark, Plot } from './plot.js';
import { downMarksOf, heatPlot, latencyRanges, marksOf, plotsOf, spectrumPlot } from './plot-data.js';
import {
  type Cell,
  downtimeHtml,
  htmlTable,
  number,
  publishedHtml,
  requestsHtml,
  runHtml,
  thresholdsHtml,
  timesHtml,
  transportHtml,
  validityHtml,
  windowsHtml,
} from './tables.js';

export interface HtmlReportInput {
  readonly summary: RunSummary;
  /** Intervals of all targets together. */
  readonly intervals: readonly DrawnInterval[];
  /** What `latency.hlog` holds; null where it is not to be had. */
  readonly latency: LatencyDrawing | null;
  readonly plotLibrary: PlotLibrary;
  /** What else happened, for the plots over time: the phases of a migration. */
  readonly phases?: readonly Mark[];
}

/** Rows of a plot's table; a longer run's are in intervals.csv. */
const PLOT_ROWS_MAX = 300;
/** Windows with a button of their own. */
const WINDOW_BUTTONS_MAX = 12;

/** `report.html` of a run: verdict, plots, tables, configuration, host, and what makes the figures worth quoting. */
export function htmlReport({ summary, intervals, latency, plotLibrary, phases }: HtmlReportInput): string {
  const timePlots = plotsOf(intervals);
  const marks = [
    ...(phases ?? []),
    ...marksOf(summary),
    ...downMarksOf(summary.run.segments, summary.run.startedAt),
  ];
  const heat = latency === null ? null : heatPlot(latency);
  const spectrum = latency === null ? null : spectrumPlot(latency.spectra, summary.latencyMs.max);
  const sections = [
    overTimeHtml(timePlots, heat, marks),
    distributionHtml(spectrum),
    downtimeHtml(summary),
    windowsHtml(summary),
    requestsHtml(summary),
    timesHtml(summary),
    thresholdsHtml(summary),
    publishedHtml(summary),
    validityHtml(summary),
    driftHtml(summary),
    segmentsHtml(summary),
    transportHtml(summary),
    runHtml(summary),
  ].filter((text) => text !== '');
  const main = [
    verdictHtml(verdictOf(summary), 'Verdict'),
    keyFigures(summary),
    contentsHtml(sections),
    ...sections,
  ];
  const plots = spectrum === null ? timePlots : [...timePlots, spectrum];
  return reportDocument(
    {
      kind: 'run',
      name: summary.run.id,
      main: main.join('\n'),
      footer:
        "Figures as defined in busyhour's page on its method of measurement. Beside this file: summary.json, intervals.csv, latency.hlog, events.ndjson and the raw rows of each outage.",
      plotLibrary,
    },
    { plots, heat: timePlots.length === 0 ? null : heat, marks },
  );
}

function keyFigures(summary: RunSummary): string {
  const { downtime, latencyAllMs, requests, ratePerSecond, scheduleLagMs } = summary;
  const unanswered = requests.timedOut + requests.aborted + requests.unsent;
  const worst = downtime.byTarget.length > 1 ? ', worst target' : '';
  return keyFiguresHtml([
    [
      'pause',
      boundsInWords(downtime.pauseMs),
      downtime.windows.length === 0 ? 'no outage was seen' : `the true time lies within${worst}`,
    ],
    ['longest gap', withMs(downtime.longestGapMs), 'without an answer while one was due'],
    ['latency p50', withMs(latencyAllMs.p50), 'from the intended send'],
    ['latency p99', withMs(latencyAllMs.p99), 'unanswered requests included'],
    ['latency maximum', withMs(latencyAllMs.max), 'exact'],
    [
      'answered',
      `${grouped(ratePerSecond.answered, 1)}/s`,
      `of ${grouped(ratePerSecond.offered, 1)}/s offered`,
    ],
    [
      'unanswered',
      grouped(unanswered),
      `${percent(unanswered, requests.due)} of ${grouped(requests.due)} due`,
    ],
    ['schedule lag p99', withMs(scheduleLagMs.p99), "the generator's own fault"],
  ]);
}

function overTimeHtml(plots: readonly Plot[], heat: HeatPlot | null, marks: readonly Mark[]): string {
  if (plots.length === 0) return '';
  const shown = shownMarks(marks);
  const [first, ...others] = plots;
  const figures = [
    figureHtml(first!, { table: plotTable(first!), note: shown }),
    heat === null ? '' : heatHtml(heat),
    ...others.map((plot) => figureHtml(plot, { table: plotTable(plot), note: shown })),
  ];
  return sectionHtml(
    'Over time',
    '<p class="note">By the time at which requests were due. Drag to zoom, double-click to see all; the plots move together.</p>',
    rangeButtons(marks),
    `<div class="plots">\n${figures.filter((figure) => figure !== '').join('\n')}\n</div>`,
  );
}

/** What the shades and lines of the plots are. */
function shownMarks(marks: readonly Mark[]): string {
  const has = (kind: Mark['kind']): boolean => marks.some((mark) => mark.kind === kind);
  const words = [
    has('outage') ? 'Outage windows are shaded red.' : '',
    has('phase') ? 'The migration is shaded blue.' : '',
    has('pause') ? 'Pauses of the load, made by the user, are shaded grey.' : '',
    has('down') ? `Where the generator was down is shaded grey${has('pause') ? ' too' : ''}.` : '',
    has('change') ? 'Dashed: the user changed the rate.' : '',
    has('mark') ? 'Dashed: marks of the user.' : '',
  ].filter((text) => text !== '');
  return words.length === 0 ? '' : ` ${words.join(' ')}`;
}

const RANGES = [
  ['all', 'all'],
  ['in', 'closer'],
  ['out', 'wider'],
  ['earlier', 'earlier'],
  ['later', 'later'],
] as const;

function rangeButtons(marks: readonly Mark[]): string {
  const moves = RANGES.map(([name, text]) => `<button type="button" data-zoom="${name}">${text}</button>`);
  const outages = marks.filter((mark) => mark.kind === 'outage').slice(0, WINDOW_BUTTONS_MAX);
  const windows = outages.map(({ from, to }, index) => {
    const around = to === null ? 5 : Math.max(0.5, 2 * (to - from));
    return `<button type="button" data-from="${Math.max(0, from - around)}" data-to="${(to ?? from + around) + around}">outage ${index + 1}</button>`;
  });
  return `<div class="range needs-script" role="group" aria-label="Time shown" hidden>${[...moves, ...windows].join('')}</div>`;
}

function heatHtml(heat: HeatPlot): string {
  const rows = latencyRanges(heat.heat);
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const table = htmlTable(
    'Answers by latency',
    ['latency', number('answers'), number('share')],
    rows.map(({ fromMs, toMs, count }): Cell[] => [
      `${milliseconds(fromMs)} to ${withMs(toMs)}`,
      number(grouped(count)),
      number(percent(count, total)),
    ]),
  );
  return figureHtml(
    { ...heat, wide: true },
    {
      table,
      note: ' Requests without an answer are not in it.',
      below:
        '<p class="scale"><span>1 answer</span><span class="ramp" aria-hidden="true"></span><span>most answers</span><output id="heat-readout"></output></p>\n',
    },
  );
}

function distributionHtml(spectrum: Plot | null): string {
  if (spectrum === null) return '';
  const whole = spectrum.positions.flatMap((oneIn, index) =>
    index === spectrum.positions.length - 1 || PRINTED.includes(oneIn) ? [{ oneIn, index }] : [],
  );
  const rows = whole.map(({ oneIn, index }): Cell[] => [
    index === spectrum.positions.length - 1 ? 'maximum' : `${Number((100 - 100 / oneIn).toFixed(5))} %`,
    ...spectrum.series.map(({ values }) => number(milliseconds(values[index] ?? null))),
  ]);
  const header: Cell[] = ['percentile', ...spectrum.series.map(({ label }) => number(`${label}, ms`))];
  return sectionHtml(
    'Distribution',
    '<p class="note">Answered requests, from the intended send time. Every further nine takes the same room.</p>',
    `<div class="plots">\n${figureHtml({ ...spectrum, wide: true }, { table: htmlTable(spectrum.title, header, rows) })}\n</div>`,
  );
}

/** Percentiles of the table, as 1 / (1 - percentile). */
const PRINTED = [2, 4, 10, 20, 100, 1_000, 10_000, 100_000, 1_000_000];

function plotTable(plot: Plot): string {
  const header: Cell[] = ['s', ...plot.series.map(({ label }) => number(`${label}, ${plot.unit}`))];
  const every = Math.ceil(plot.positions.length / PLOT_ROWS_MAX) || 1;
  const rows = plot.positions.flatMap((second, index): Cell[][] =>
    index % every === 0
      ? [
          [
            String(Number(second.toFixed(1))),
            ...plot.series.map(({ values }) => number(milliseconds(values[index] ?? null))),
          ],
        ]
      : [],
  );
  const thinned =
    every > 1 ? `<p class="note">One row in ${every}; all of them are in intervals.csv.</p>` : '';
  return htmlTable(plot.title, header, rows) + thinned;
}
