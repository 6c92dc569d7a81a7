import type { CapacityReport, RecordedStep } from '../measure/capacity-result.js';
import { capacityHead, capacityLevels, capacitySteps } from './capacity-text.js';
import { grouped, milliseconds } from './format.js';
import type { Plot } from './html/plot.js';
import type { SeriesReport } from './series.js';

/** A search as page and ticket show it. @param name of its folder */
export function capacitySeries(report: CapacityReport, name: string): SeriesReport {
  const { limitedBy, contradictionsPerSecond, notes, targets } = report;
  const [headline = '', ...evidence] = capacityHead(report);
  const good = limitedBy === 'target' && contradictionsPerSecond.length === 0;
  return {
    kind: 'capacity',
    name,
    severity: good ? 'good' : 'outage',
    headline: `${headline}.`,
    details: [...evidence, `targets: ${targets.join(', ')}`, ...notes],
    plots: [
      stepPlot(report, { id: 'p99', title: 'p99 against load', unit: 'ms', value: ({ p99Ms }) => p99Ms }),
      stepPlot(report, {
        id: 'answered',
        title: 'Answered against asked',
        unit: '/s',
        value: ({ answeredPerSecond }) => answeredPerSecond,
      }),
    ],
    plotsNote:
      'Each point is the worst of the steps made at that rate. Dashed: steps that did not hold, of whoever the limit was.',
    tables: [
      {
        title: 'Levels',
        note: 'A level is feasible when it held each time it was tried.',
        header: ['', 'requests a second'],
        rows: capacityLevels(report),
        left: [1],
      },
      {
        title: 'Steps',
        note: 'In the order in which they were made.',
        ...capacitySteps(report),
        left: [2, 3, 7],
      },
    ],
    footer: 'Beside this file: capacity.json and a result folder for every step.',
  };
}

/** A figure against load, where the level held and where it did not; of several steps at a rate the worst. */
function stepPlot(
  { steps }: CapacityReport,
  of: Pick<Plot, 'id' | 'title' | 'unit'> & { readonly value: (step: RecordedStep) => number | null },
): Plot {
  const { id, title, unit, value } = of;
  const rates = [...new Set(steps.map(({ ratePerSecond }) => ratePerSecond))].sort((a, b) => a - b);
  const worst = (feasible: boolean): (number | null)[] =>
    rates.map((rate) => {
      const values = steps
        .filter((step) => step.ratePerSecond === rate && step.feasible === feasible)
        .flatMap((step) => value(step) ?? []);
      if (values.length === 0) return null;
      return unit === 'ms' ? Math.max(...values) : Math.min(...values);
    });
  const held = worst(true);
  const points = rates.flatMap((rate, index) =>
    held[index] == null ? [] : [`${milliseconds(held[index])} ${unit} at ${grouped(rate)}/s`],
  );
  return {
    id,
    title,
    unit,
    axis: 'load',
    logarithmic: unit === 'ms',
    positions: rates,
    end: null,
    series: [
      { label: 'held', tone: 'first', values: held },
      { label: 'did not hold', tone: 'bad', dashed: true, values: worst(false) },
    ],
    alternative: `Where the level held: ${points.join(', ') || 'nowhere'}.`,
  };
}
