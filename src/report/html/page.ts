import type { IntervalRow } from '../../measure/interval.js';
import type { RunSummary } from '../../measure/summary.js';
import { milliseconds } from '../format.js';
import { verdictOf } from '../verdict.js';
import { CLIENT_SCRIPT } from './client.js';
import { driftHtml, segmentsHtml } from './drift.js';
import { escapeHtml, jsonForScript } from './escape.js';
import { downMarksOf, type Mark, marksOf, type Plot, plotsOf } from './plot-data.js';
import { STYLE } from './style.js';
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
  windowsHtml,
} from './tables.js';

export interface HtmlReportInput {
  readonly summary: RunSummary;
  /** Rows of `intervals.csv`; those of all targets together are drawn. */
  readonly intervals: readonly IntervalRow[];
  /** Sources of uPlot, read from the package: `dist/uPlot.iife.min.js` and `dist/uPlot.min.css`. */
  readonly plotLibrary: { readonly script: string; readonly style: string };
}

/** Rows of a plot's table; a longer run's are in intervals.csv. */
const PLOT_ROWS_MAX = 300;

/** `report.html`: one file that opens offline, asks nothing of any network and stays readable without its script. */
export function htmlReport({ summary, intervals, plotLibrary }: HtmlReportInput): string {
  const plots = plotsOf(intervals, null);
  const marks = [
    ...marksOf(summary.downtime.windows, summary.run.startedAt),
    ...downMarksOf(summary.run.segments, summary.run.startedAt),
  ];
  const title = escapeHtml(`busyhour run ${summary.run.id}`);
  const sections = [
    verdictHtml(summary),
    downtimeHtml(summary),
    plotsHtml(plots, marks),
    windowsHtml(summary),
    requestsHtml(summary),
    timesHtml(summary),
    thresholdsHtml(summary),
    publishedHtml(summary),
    driftHtml(summary),
    segmentsHtml(summary),
    transportHtml(summary),
    runHtml(summary),
  ];
  // The policy is what keeps the promise that nothing leaves the page, whatever the data holds.
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${inline(plotLibrary.style, 'style')}${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<main>
${sections.filter((text) => text !== '').join('\n')}
</main>
<footer>Figures as defined in busyhour's README. Beside this file: summary.json, intervals.csv, latency.hlog, events.ndjson and the raw rows of each outage.</footer>
<script type="application/json" id="plot-data">${jsonForScript({ plots: plots.map(forDrawing), marks })}</script>
<script>${inline(plotLibrary.script, 'script')}</script>
<script>${CLIENT_SCRIPT}</script>
</body>
</html>
`;
}

/** What the page's script needs of a plot; its words are in the page already. */
function forDrawing({ id, unit, logarithmic, seconds, endSeconds, series }: Plot): Partial<Plot> {
  return { id, unit, logarithmic, seconds, endSeconds, series };
}

/** Foreign source inside its own element; it must not be able to end it. */
function inline(source: string, element: 'script' | 'style'): string {
  return source.replaceAll(new RegExp(`</(?=${element})`, 'gi'), '<\\/');
}

function verdictHtml(summary: RunSummary): string {
  const { severity, headline, details } = verdictOf(summary);
  const paragraphs = details.map((detail) => `<p>${escapeHtml(detail)}</p>`).join('\n');
  return `<section class="verdict ${severity}" aria-label="Verdict">\n<strong>${escapeHtml(headline)}</strong>\n${paragraphs}\n</section>`;
}

function plotsHtml(plots: readonly Plot[], marks: readonly Mark[]): string {
  if (plots.length === 0) return '';
  const marked = marks.length === 0 ? '' : ' Outage windows are shaded.';
  const figures = plots.map((plot) => figureHtml(plot, marked)).join('\n');
  return `<section>\n<h2>Over time</h2>\n<p class="note">By the time at which requests were due. Drag to zoom, double-click to see all.</p>\n${figures}\n</section>`;
}

function figureHtml(plot: Plot, marked: string): string {
  const name = escapeHtml(plot.title);
  return `<figure>
<h3>${name}</h3>
<div class="plot" id="plot-${plot.id}" role="img" aria-label="${escapeHtml(`${plot.title}: ${plot.alternative}`)}"></div>
<figcaption>${escapeHtml(plot.alternative + marked)}</figcaption>
<details><summary>${name} as a table</summary>
${plotTable(plot)}
</details>
</figure>`;
}

function plotTable(plot: Plot): string {
  const header: Cell[] = ['s', ...plot.series.map(({ label }) => number(`${label}, ${plot.unit}`))];
  const every = Math.ceil(plot.seconds.length / PLOT_ROWS_MAX) || 1;
  const rows = plot.seconds.flatMap((second, index): Cell[][] =>
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
