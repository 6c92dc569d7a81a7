import type { CampaignResult, CampaignSetup, CellStatistics } from '../measure/campaign-result.js';
import { campaignHead, campaignTables } from './campaign-text.js';
import { grouped } from './format.js';
import { LINE_COLOURS, type Plot, type Series } from './html/plot.js';
import type { SeriesReport } from './series.js';

/** Response time and CPU utilisation against load: a line a set-up, and a dashed one of what was published of it. */
export function loadPlots(result: CampaignResult): Plot[] {
  return (['response', 'cpu'] as const)
    .map((id) => loadPlot(result, id))
    .filter(({ series }) =>
      series.some(({ dashed, values }) => !dashed && values.some((value) => value !== null)),
    );
}

function loadPlot(result: CampaignResult, id: 'response' | 'cpu'): Plot {
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
    axis: 'load',
    logarithmic: false,
    positions: rates,
    end: null,
    series,
    alternative: inWords(series, rates, unit),
  };
}

function seriesOf(
  result: CampaignResult,
  setup: CampaignSetup,
  of: { readonly id: 'response' | 'cpu'; readonly index: number; readonly rates: readonly number[] },
): Series[] {
  const { id, index, rates } = of;
  const tone = `line-${index % LINE_COLOURS}` as const;
  const measured = rates.map((rate) => {
    const means = result.cells
      .filter((cell) => cell.setup === setup.name && cell.ratePerSecond === rate && cell.valid)
      .map((cell): CellStatistics | null => cell[id])
      .flatMap((statistics) => (statistics === null || statistics.mean === null ? [] : [statistics.mean]));
    // Repetitions have as many intervals each: the mean of their means is the mean of all.
    return means.length === 0 ? null : means.reduce((sum, mean) => sum + mean, 0) / means.length;
  });
  const own: Series = { label: setup.name, tone, dashed: false, values: measured };
  const { published } = setup;
  if (published === null || published[id].length === 0) return [own];
  const printed = rates.map(
    (rate) => published[id].find(({ loadPerSecond }) => loadPerSecond === rate)?.mean ?? null,
  );
  return [own, { label: `${published.reference}, published`, tone, dashed: true, values: printed }];
}

function inWords(series: readonly Series[], rates: readonly number[], unit: string): string {
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

/** A campaign as page and ticket show it: how complete, figures against load, the papers' tables. */
export function campaignSeries(result: CampaignResult): SeriesReport {
  const [headline = '', ...details] = campaignHead(result);
  const complete = result.missing.length === 0 && result.cells.every(({ valid }) => valid);
  return {
    kind: 'campaign',
    name: result.name,
    severity: complete && result.scale === 1 ? 'good' : 'outage',
    headline,
    details,
    plots: loadPlots(result),
    plotsNote:
      'Solid: measured here. Dashed: published, of other hardware and another definition; beside it, not ranked.',
    tables: campaignTables(result),
    footer: 'Beside this file: campaign.json, cells.csv, and a result folder for every run.',
  };
}
