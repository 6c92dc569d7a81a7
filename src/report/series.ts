import type { Plot } from './html/plot.js';
import { markdownTable } from './markdown.js';

/** One table of a report on several runs. */
export interface SeriesTable {
  readonly title: string;
  /** What its figures are. */
  readonly note: string;
  readonly header: readonly string[];
  /** The first cell of a row is its name; the others are figures and stand to the right, but for `left`. */
  readonly rows: readonly (readonly string[])[];
  /** Columns of words. */
  readonly left?: readonly number[];
}

/** A campaign, a search or a series of migrations as people read it: page and ticket say the same. */
export interface SeriesReport {
  readonly kind: 'campaign' | 'capacity' | 'migrations';
  readonly name: string;
  readonly severity: 'good' | 'outage' | 'invalid';
  /** One sentence. */
  readonly headline: string;
  readonly details: readonly string[];
  readonly plots: readonly Plot[];
  /** What the lines of the plots are. */
  readonly plotsNote: string;
  readonly tables: readonly SeriesTable[];
  readonly footer: string;
}

/** For a ticket (GitHub's Markdown). */
export function seriesMarkdown({ kind, name, headline, details, tables }: SeriesReport): string {
  const sections = tables.map(({ title, note, header, rows, left }) => {
    const right = header.flatMap((_, column) =>
      column === 0 || left?.includes(column) === true ? [] : [column],
    );
    return `### ${title}\n\n${markdownTable(header, rows, right)}${note === '' ? '' : `\n\n${note}`}`;
  });
  return `${[`## busyhour ${kind} ${name}`, [headline, ...details].join('\n\n'), ...sections].join('\n\n')}\n`;
}
