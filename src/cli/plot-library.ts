import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Source text of the plotting library that report.html carries inside itself. */
export interface PlotLibrary {
  readonly script: string;
  readonly style: string;
}

/** Reads uPlot's browser build and style sheet out of the installed package. */
export function readPlotLibrary(): PlotLibrary {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string): string => readFileSync(resolve(`uplot/dist/${file}`), 'utf8');
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') };
}
