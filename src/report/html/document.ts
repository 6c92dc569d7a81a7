import { CLIENT_SCRIPT } from './client.js';
import { escapeHtml, jsonForScript } from './escape.js';
import type { HeatPlot, Mark, Plot } from './plot.js';
import { PLOT_TOOLS } from './plot-tools.js';
import { STYLE } from './style.js';

/** Sources of uPlot, read from the package: `dist/uPlot.iife.min.js` and `dist/uPlot.min.css`. */
export interface PlotLibrary {
  readonly script: string;
  readonly style: string;
}

export interface Document {
  /** What is reported on, for instance `run` and its id: heading and title of the page. */
  readonly kind: string;
  readonly name: string;
  /** Well-formed HTML. */
  readonly main: string;
  /** Plain text. */
  readonly footer: string;
  readonly plotLibrary: PlotLibrary;
  /** Scripts of the page, after uPlot and the plot tools. */
  readonly script: string;
  readonly style?: string;
  /** What the page's script reads from the element `plot-data`. */
  readonly data?: unknown;
  /** The page listens to the server that it came from. */
  readonly live?: boolean;
  /** See `livePage`. */
  readonly token?: string;
}

/** One file that opens offline, asks nothing of any network and stays readable without its script. */
export function htmlDocument(document: Document): string {
  const { kind, name, main, footer, plotLibrary, script, style, data, live, token } = document;
  const title = escapeHtml(`busyhour ${kind} ${name}${live === true ? ', live' : ''}`);
  const json =
    data === undefined
      ? ''
      : `<script type="application/json" id="plot-data">${jsonForScript(data)}</script>\n`;
  // The policy is what keeps the promise that nothing leaves the page, whatever the data holds.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:${live === true ? "; connect-src 'self'" : ''}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${inline(plotLibrary.style, 'style')}${STYLE}${style ?? ''}</style>
</head>
<body${token === undefined ? '' : ` data-token="${escapeHtml(token)}"`}>
<header><h1><span class="mark">busyhour</span> ${escapeHtml(kind)} <code>${escapeHtml(name)}</code>${live === true ? ', live' : ''}</h1></header>
<main>
${main}
</main>
<footer>${escapeHtml(footer)}</footer>
${json}<script>${inline(plotLibrary.script, 'script')}</script>
<script>${PLOT_TOOLS}${script}</script>
</body>
</html>
`;
}

/** Foreign source inside its own element; it must not be able to end it. */
function inline(source: string, element: 'script' | 'style'): string {
  return source.replaceAll(new RegExp(`</(?=${element})`, 'gi'), '<\\/');
}

/** A page of plots and tables that {@link CLIENT_SCRIPT} draws. */
export function reportDocument(
  page: Pick<Document, 'kind' | 'name' | 'main' | 'footer' | 'plotLibrary'>,
  drawn: {
    readonly plots: readonly Plot[];
    readonly heat?: HeatPlot | null;
    readonly marks?: readonly Mark[];
  },
): string {
  const { plots, heat, marks } = drawn;
  return htmlDocument({
    ...page,
    script: CLIENT_SCRIPT,
    data: {
      plots: plots.map(forDrawing),
      heat: heat == null ? null : heatForDrawing(heat),
      marks: marks ?? [],
    },
  });
}

/** What the page's script needs of a plot; its words are in the page already. */
function forDrawing({ id, unit, axis, logarithmic, positions, end, series }: Plot): Partial<Plot> {
  return { id, unit, axis, logarithmic, positions, end, series };
}

function heatForDrawing({ heat }: HeatPlot): object {
  const { floorMs, rowsPerDecade, columns } = heat;
  return {
    floorMs,
    rowsPerDecade,
    columns: columns.map(({ fromSeconds, toSeconds, firstRow, counts }) => [
      fromSeconds,
      toSeconds,
      firstRow,
      counts,
    ]),
  };
}

/** The headline of a page and what follows it. @param label what the part is, for those who do not see its colour */
export function verdictHtml(
  verdict: {
    readonly severity: 'good' | 'outage' | 'invalid';
    readonly headline: string;
    readonly details: readonly string[];
  },
  label: string,
): string {
  const paragraphs = verdict.details.map((detail) => `<p>${escapeHtml(detail)}</p>`).join('\n');
  return `<section class="verdict ${verdict.severity}" aria-label="${escapeHtml(label)}">\n<strong>${escapeHtml(verdict.headline)}</strong>\n${paragraphs}\n</section>`;
}

/** A plot with its text alternative and, where there is one, its figures as a table. */
export function figureHtml(
  plot: Pick<Plot, 'id' | 'title' | 'alternative' | 'wide'>,
  more: { readonly table?: string; readonly note?: string; readonly below?: string } = {},
): string {
  const name = escapeHtml(plot.title);
  const details =
    more.table === undefined
      ? ''
      : `\n<details><summary>${name} as a table</summary>\n${more.table}\n</details>`;
  return `<figure${plot.wide === true ? ' class="wide"' : ''}>
<h3>${name}</h3>
<div class="plot" id="plot-${plot.id}" role="img" aria-label="${escapeHtml(`${plot.title}: ${plot.alternative}`)}"></div>
${more.below ?? ''}<figcaption>${escapeHtml(plot.alternative + (more.note ?? ''))}</figcaption>${details}
</figure>`;
}

/** A section that the page's list of contents can point to. */
export function sectionHtml(title: string, ...parts: readonly string[]): string {
  const id = title
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/^-|-$/g, '');
  return `<section id="${id}">\n<h2>${escapeHtml(title)}</h2>\n${parts.filter((part) => part !== '').join('\n')}\n</section>`;
}

/** Links to the sections that a page has, in their order. */
export function contentsHtml(sections: readonly string[]): string {
  const links = sections.flatMap((section) => {
    const found = /^<section id="([^"]+)">\n<h2>([^<]+)<\/h2>/.exec(section);
    return found === null ? [] : [`<li><a href="#${found[1]}">${found[2]}</a></li>`];
  });
  return `<nav aria-label="Contents"><ul>${links.join('')}</ul></nav>`;
}

/** A few figures that are read before any table. */
export function keyFiguresHtml(
  figures: readonly (readonly [name: string, value: string, what: string])[],
): string {
  const items = figures.map(
    ([name, value, what]) =>
      `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}<small>${escapeHtml(what)}</small></dd></div>`,
  );
  return `<dl class="figures">\n${items.join('\n')}\n</dl>`;
}
