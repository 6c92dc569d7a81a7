import type { CapacityReport, RecordedStep } from '../../measure/capacity-result.js';
import { capacityHead, capacityLevels, capacitySteps } from '../capacity-text.js';
import { inWords, type LoadPlot, loadPage } from './campaign-page.js';
import { type Cell, htmlTable, number, section } from './tables.js';

/** `report.html` of a capacity search: one file that opens offline, readable without its script. */
export function capacityHtml(
  report: CapacityReport,
  plotLibrary: { readonly script: string; readonly style: string },
): string {
  const [headline = '', ...evidence] = capacityHead(report);
  const { header, rows } = capacitySteps(report);
  const cells = rows.map(
    ([index = '', rate = '', why = '', held = '', p99 = '', max = '', failed = '', reason = '']): Cell[] => [
      index,
      number(rate),
      why,
      held === 'no' ? { text: held, kind: 'failed' } : held,
      number(p99),
      number(max),
      number(failed),
      reason,
    ],
  );
  return loadPage({
    title: `busyhour capacity of ${report.targets.join(', ')}`,
    verdict: {
      good: report.limitedBy === 'target' && report.contradictionsPerSecond.length === 0,
      label: 'Capacity',
      headline,
      details: [...evidence, ...report.notes],
    },
    plots: [latencyPlot(report.steps)],
    plotsNote:
      'The median over the steps at each rate. Dashed: steps that did not hold, of whoever the limit was.',
    sections: [
      section('Levels', htmlTable('Levels', ['', 'requests a second'], capacityLevels(report))),
      section('Steps', htmlTable('Steps of the search', header, cells)),
    ],
    footer: 'Beside this file: capacity.json, and a result folder for every step.',
    plotLibrary,
  });
}

function latencyPlot(steps: readonly RecordedStep[]): LoadPlot {
  const rates = [...new Set(steps.map(({ ratePerSecond }) => ratePerSecond))].sort((a, b) => a - b);
  const values = (feasible: boolean): (number | null)[] =>
    rates.map((rate) => {
      const found = steps
        .filter((step) => step.ratePerSecond === rate && step.feasible === feasible)
        .flatMap(({ p99Ms }) => (p99Ms === null ? [] : [p99Ms]))
        .sort((a, b) => a - b);
      return found[found.length >> 1] ?? null;
    });
  const series = [
    { label: 'held', colour: 0, dashed: false, values: values(true) },
    { label: 'did not hold', colour: 1, dashed: true, values: values(false) },
  ];
  return {
    id: 'latency',
    title: 'Latency p99 against load',
    unit: 'ms',
    rates,
    series,
    alternative: inWords(series, rates, 'ms'),
  };
}
