import type { CampaignResult, CampaignSetup, CellStatistics } from '../../measure/campaign-result.js';
import { campaignHead, campaignTables } from '../campaign-text.js';
import { grouped } from '../format.js';
import { escapeHtml, jsonForScript } from './escape.js';
import { LINE_COLOURS, LOAD_CLIENT_SCRIPT, LOAD_STYLE } from './load-client.js';
import { STYLE } from './style.js';
import { type Cell, htmlTable } from './tables.js';

interface LoadSeries {
  readonly label: string;
  readonly colour: number;
  readonly dashed: boolean;
  /** One a rate of the plot; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** A figure against load, as the papers draw it. */
export interface LoadPlot {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly rates: readonly number[];
  readonly series: readonly LoadSeries[];
  readonly alternative: string;
}

type Quantity = 'response' | 'cpu';

/** Response time and CPU utilisation against load: a line a set-up, and a dashed one of what was published of it. */
export function loadPlots(result: CampaignResult): LoadPlot[] {
  return (['response', 'cpu'] as const)
    .map((id) => loadPlot(result, id))
    .filter(({ series }) =>
      series.some(({ dashed, values }) => !dashed && values.some((value) => value !== null)),
    );
}

function loadPlot(result: CampaignResult, id: Quantity): LoadPlot {
  const published = result.setups.flatMap((setup) => setup.published?.[id] ?? []);
  const rates = [
    ...new Set([
      ...result.setups.flatMap(({ levelsPerSecond }) => levelsPerSecond),
      ...published.map(({ loadPerSecond }) => loadPerSecond),
    ]),
  ].sort((a, b) => a - b);
  const series = result.setups.flatMap((setup, index) => seriesOf(result, setup, { id, index, rates }));
  const unit = id === 'response' ? 'ms' : '%';
  return {
    id,
    title: id === 'response' ? 'Response time against load' : 'CPU utilisation against load',
    unit,
    rates,
    series,
    alternative: inWords(series, rates, unit),
  };
}

function seriesOf(
  result: CampaignResult,
  setup: CampaignSetup,
  of: { readonly id: Quantity; readonly index: number; readonly rates: readonly number[] },
): LoadSeries[] {
  const { id, index, rates } = of;
  const colour = index % LINE_COLOURS;
  const measured = rates.map((rate) => {
    const means = result.cells
      .filter((cell) => cell.setup === setup.name && cell.ratePerSecond === rate && cell.valid)
      .map((cell): CellStatistics | null => cell[id])
      .flatMap((statistics) => (statistics === null || statistics.mean === null ? [] : [statistics.mean]));
    // Repetitions have as many intervals each: the mean of their means is the mean of all.
    return means.length === 0 ? null : means.reduce((sum, mean) => sum + mean, 0) / means.length;
  });
  const own: LoadSeries = { label: setup.name, colour, dashed: false, values: measured };
  const { published } = setup;
  if (published === null || published[id].length === 0) return [own];
  const printed = rates.map(
    (rate) => published[id].find(({ loadPerSecond }) => loadPerSecond === rate)?.mean ?? null,
  );
  return [own, { label: `${published.reference}, published`, colour, dashed: true, values: printed }];
}

/** A plot against load in words. */
export function inWords(series: readonly LoadSeries[], rates: readonly number[], unit: string): string {
  const lines = series.map(({ label, values }) => {
    const points = values.flatMap((value, index) => (value === null ? [] : [{ rate: rates[index]!, value }]));
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return `${label}: nothing measured`;
    const at = ({ rate, value }: { rate: number; value: number }): string =>
      `${Number(value.toPrecision(3))} ${unit} at ${grouped(rate)}/s`;
    return first === last ? `${label}: ${at(first)}` : `${label}: ${at(first)} to ${at(last)}`;
  });
  return `${lines.join('; ')}.`;
}

/** `report.html` of a campaign: one file that opens offline, readable without its script. */
export function campaignHtml(
  result: CampaignResult,
  plotLibrary: { readonly script: string; readonly style: string },
): string {
  const [headline = '', ...details] = campaignHead(result);
  const complete = result.missing.length === 0 && result.cells.every(({ valid }) => valid);
  const plots = loadPlots(result);
  const tables = campaignTables(result).map(({ title: name, note, header, rows }) => {
    const cells = rows.map(([first = '', ...rest]): Cell[] => [
      first,
      ...rest.map((text): Cell => ({ text, kind: text.startsWith('invalid') ? 'failed' : 'number' })),
    ]);
    const heads = header.map((text, index): Cell => (index === 0 ? text : { text, kind: 'number' }));
    return `<section>\n<h2>${escapeHtml(name)}</h2>\n${htmlTable(name, heads, cells)}\n<p class="note">${escapeHtml(note)}</p>\n</section>`;
  });
  return loadPage({
    title: `busyhour campaign ${result.name}`,
    verdict: { good: complete && result.scale === 1, label: 'How complete', headline, details },
    plots,
    plotsNote:
      'Solid: measured here. Dashed: published, of other hardware and another definition; beside it, not ranked.',
    sections: tables,
    footer: 'Beside this file: campaign.json, cells.csv, and a result folder for every run.',
    plotLibrary,
  });
}

export interface LoadPage {
  readonly title: string;
  readonly verdict: {
    readonly good: boolean;
    readonly label: string;
    readonly headline: string;
    readonly details: readonly string[];
  };
  readonly plots: readonly LoadPlot[];
  readonly plotsNote: string;
  /** HTML. */
  readonly sections: readonly string[];
  readonly footer: string;
  readonly plotLibrary: { readonly script: string; readonly style: string };
}

/** The page of a series of runs at several loads. */
export function loadPage(page: LoadPage): string {
  const { plots, plotLibrary, verdict } = page;
  const title = escapeHtml(page.title);
  const figures = plots.map(
    (plot) => `<figure>
<h3>${escapeHtml(plot.title)}</h3>
<div class="plot" id="plot-${plot.id}" role="img" aria-label="${escapeHtml(`${plot.title}: ${plot.alternative}`)}"></div>
<figcaption>${escapeHtml(plot.alternative)}</figcaption>
</figure>`,
  );
  // The policy keeps the promise that nothing leaves the page, whatever the data holds.
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${plotLibrary.style.replaceAll(/<\/(?=style)/gi, '<\\/')}${STYLE}${LOAD_STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<main>
<section class="verdict ${verdict.good ? 'good' : 'outage'}" aria-label="${escapeHtml(verdict.label)}">
<strong>${escapeHtml(verdict.headline)}</strong>
${verdict.details.map((detail) => `<p>${escapeHtml(detail)}</p>`).join('\n')}
</section>
<section>
<h2>Against load</h2>
<p class="note">${escapeHtml(page.plotsNote)}</p>
${figures.join('\n')}
</section>
${page.sections.join('\n')}
</main>
<footer>${escapeHtml(page.footer)}</footer>
<script type="application/json" id="plot-data">${jsonForScript({ plots: plots.map(({ id, unit, rates, series }) => ({ id, unit, rates, series })) })}</script>
<script>${plotLibrary.script.replaceAll(/<\/(?=script)/gi, '<\\/')}</script>
<script>${LOAD_CLIENT_SCRIPT}</script>
</body>
</html>
`;
}
