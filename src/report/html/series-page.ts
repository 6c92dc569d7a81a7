import type { SeriesReport, SeriesTable } from '../series.js';
import {
  contentsHtml,
  figureHtml,
  type PlotLibrary,
  reportDocument,
  sectionHtml,
  verdictHtml,
} from './document.js';
import { escapeHtml } from './escape.js';
import type { Plot } from './plot.js';
import { type Cell, htmlTable, number } from './tables.js';

/** `report.html` of several runs: one file that opens offline, readable without its script. */
export function seriesHtml(report: SeriesReport, plotLibrary: PlotLibrary): string {
  const { kind, name, plots, plotsNote, tables, footer } = report;
  const figures = plots.map((plot) => figureHtml(plot, { table: plotTable(plot) }));
  const sections = [
    ...(plots.length === 0
      ? []
      : [
          sectionHtml(
            'Plots',
            `<p class="note">${escapeHtml(plotsNote)}</p>`,
            `<div class="plots">\n${figures.join('\n')}\n</div>`,
          ),
        ]),
    ...tables.map(tableSection),
  ];
  const main = [verdictHtml(report, 'What was found'), contentsHtml(sections), ...sections];
  return reportDocument({ kind, name, main: main.join('\n'), footer, plotLibrary }, { plots });
}

function tableSection({ title, note, header, rows, left }: SeriesTable): string {
  const isWord = (column: number): boolean => column === 0 || left?.includes(column) === true;
  const cells = rows.map((row) =>
    row.map((text, column): Cell => {
      if (/^(invalid|NO|FAILED)\b/.test(text)) return { text, kind: 'failed' };
      return isWord(column) ? text : number(text);
    }),
  );
  const heads = header.map((text, column): Cell => (isWord(column) ? text : number(text)));
  return sectionHtml(
    title,
    htmlTable(title, heads, cells),
    note === '' ? '' : `<p class="note">${escapeHtml(note)}</p>`,
  );
}

function plotTable(plot: Plot): string {
  const header: Cell[] = ['', ...plot.series.map(({ label }) => number(`${label}, ${plot.unit}`))];
  const rows = plot.positions.map((position, index): Cell[] => [
    String(position),
    ...plot.series.map(({ values }) => {
      const value = values[index] ?? null;
      return number(value === null ? '-' : String(Number(value.toPrecision(4))));
    }),
  ]);
  return htmlTable(plot.title, header, rows);
}
