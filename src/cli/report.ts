import { extname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { type CliContext, UserError } from './io.js';
import type { ResultKind } from './result-files.js';
import { writeUserFile } from './user-file.js';

const FORMATS = ['html', 'text', 'csv', 'json', 'md', 'junit', 'hgrm', 'papers'] as const;
type Format = (typeof FORMATS)[number];

interface Options {
  readonly format?: Format;
  readonly out?: string;
}

const FORMAT_OF_EXTENSION: Readonly<Record<string, Format>> = {
  '.html': 'html',
  '.htm': 'html',
  '.txt': 'text',
  '.csv': 'csv',
  '.json': 'json',
  '.md': 'md',
  '.xml': 'junit',
  '.hgrm': 'hgrm',
};

const NOTES = `
Formats: html (one file, opens offline), text, csv (the time series), json (the summary), md (for a ticket), junit (for CI),
hgrm (percentile distribution for HdrHistogram's plotters), papers (migrations and sweeps beside the tables of bth-2013, clarkson-2013 and tafa-2011).
Without --format: by the end of --out's name, else text. A result is what run, campaign, capacity or migrate left behind. Of several runs, hgrm merges the
histograms of all. A sweep of migrations has text, json and papers; each of its cases has every form.

Examples:
  busyhour report results/20261120-161803-3fa9
  busyhour report results/20261120-161803-3fa9 --format junit --out busyhour.xml`;

/** `busyhour report RESULT`: a result in another form. */
export function register(program: Command, context: CliContext): void {
  program
    .command('report')
    .description('show a result in any of its forms')
    .argument('<result>', 'result folder')
    .addOption(new Option('--format <format>', 'form of the report').choices(FORMATS))
    .option('--out <file>', 'file to write; by default stdout')
    .addHelpText('after', NOTES)
    .action(async (result: string, options: Options) => {
      const format = formatOf(options);
      const text = await runReport(context, result, format);
      if (options.out === undefined) context.stdout.write(text);
      else writeUserFile(context, options.out, text);
    });
}

function formatOf({ format, out }: Options): Format {
  return format ?? FORMAT_OF_EXTENSION[extname(out ?? '').toLowerCase()] ?? 'text';
}

async function runReport(context: CliContext, folder: string, format: Format): Promise<string> {
  const { readIntervals, readStream, readSummary, resultKindOf } = await import('./result-files.js');
  const kind = resultKindOf(context, folder);
  if (kind === 'sweep' || (kind === 'migration' && format === 'papers'))
    return migrationFormat(context, folder, kind, format);
  if (kind !== 'run') return seriesReport(context, folder, kind, format);
  const summary = readSummary(context, folder);
  switch (format) {
    case 'text': {
      const { textReport } = await import('../report/text.js');
      return textReport(summary, {
        columns: context.stdout.columns ?? 100,
        colour: hasColour(context),
        resultFolder: folder,
      });
    }
    case 'html':
      return (await import('./run-page.js')).runPage(context, folder);
    case 'csv':
      readIntervals(context, folder);
      return readStream(context, folder, 'intervals.csv');
    case 'json':
      return `${JSON.stringify(summary, null, 2)}\n`;
    case 'md':
      return (await import('../report/markdown.js')).markdownReport(summary);
    case 'junit':
      return (await import('../report/junit.js')).junitReport(summary);
    case 'hgrm':
      return hgrm(context, [folder]);
    case 'papers':
      throw new UserError(`${folder}: a run has no form 'papers'; it is one of a migration or a sweep`);
  }
}

async function seriesReport(
  context: CliContext,
  folder: string,
  kind: Exclude<ResultKind, 'run' | 'sweep'>,
  format: Format,
): Promise<string> {
  const { seriesForms } = await import('./series-forms.js');
  const forms = await seriesForms(context, folder, kind, hasColour(context));
  switch (format) {
    case 'html': {
      const { seriesHtml } = await import('../report/html/series-page.js');
      const { readPlotLibrary } = await import('./plot-library.js');
      return seriesHtml(forms.series(), readPlotLibrary());
    }
    case 'md':
      return (await import('../report/series.js')).seriesMarkdown(forms.series());
    case 'json':
      return `${JSON.stringify(forms.result, null, 2)}\n`;
    case 'hgrm':
      return hgrm(
        context,
        forms.runs.map((run) => join(folder, run)),
      );
    case 'papers':
      throw new UserError(`${folder}: a ${kind} has no form 'papers'; it is one of a migration or a sweep`);
    default:
      return forms[format]();
  }
}

async function migrationFormat(
  context: CliContext,
  folder: string,
  kind: 'migration' | 'sweep',
  format: Format,
): Promise<string> {
  const { readMigrationCases } = await import('./migration-files.js');
  const cases = readMigrationCases(context, folder, kind);
  switch (format) {
    case 'text': {
      const { migrationCasesText } = await import('./migrate-view.js');
      return migrationCasesText(cases);
    }
    case 'papers':
      return (await import('./migrate-papers.js')).papersText(cases);
    case 'json':
      return `${JSON.stringify(cases, null, 2)}\n`;
    default:
      throw new UserError(
        `${folder}: a sweep has no form '${format}' as a whole; report one of the cases below it, or take text, json or papers`,
      );
  }
}

function hasColour({ stdout, env }: CliContext): boolean {
  return stdout.isTTY === true && env.NO_COLOR === undefined;
}

/** Histograms of one run or of several, merged. */
async function hgrm(context: CliContext, folders: readonly string[]): Promise<string> {
  const { PercentileReport } = await import('../report/hgrm.js');
  const { readStream } = await import('./result-files.js');
  const report = new PercentileReport();
  for (const folder of folders) {
    try {
      report.add(readStream(context, folder, 'latency.hlog'));
    } catch (cause) {
      if (cause instanceof RangeError)
        throw new UserError(`${join(folder, 'latency.hlog')}: ${cause.message}`);
      throw cause;
    }
  }
  return report.text();
}
