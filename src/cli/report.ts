import { statSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { CampaignResult } from '../measure/campaign-result.js';
import type { CapacityReport } from '../measure/capacity-result.js';
import { type CliContext, UserError } from './io.js';

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
hgrm (percentile distribution for HdrHistogram's plotters). Of a migration or a sweep: text, json, and papers (beside the tables of bth-2013,
clarkson-2013 and tafa-2011, in their own form). Without --format: by the end of --out's name, else text.

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
      else write(context, options.out, text);
    });
}

function formatOf({ format, out }: Options): Format {
  return format ?? FORMAT_OF_EXTENSION[extname(out ?? '').toLowerCase()] ?? 'text';
}

async function runReport(context: CliContext, folder: string, format: Format): Promise<string> {
  const { readIntervals, readStream, readSummary, resultKindOf } = await import('./result-files.js');
  const kind = resultKindOf(context, folder);
  if (kind === 'campaign') return campaignReport(context, folder, format);
  if (kind === 'capacity') return capacityReport(context, folder, format);
  if (kind === 'migration' || kind === 'sweep') return migrationFormat(context, folder, kind, format);
  const summary = readSummary(context, folder);
  switch (format) {
    case 'text': {
      const { textReport } = await import('../report/text.js');
      const colour = context.stdout.isTTY === true && context.env.NO_COLOR === undefined;
      return textReport(summary, { columns: context.stdout.columns ?? 100, colour, resultFolder: folder });
    }
    case 'html': {
      const { htmlReport } = await import('../report/html/page.js');
      const { readPlotLibrary } = await import('./plot-library.js');
      const intervals = readIntervals(context, folder);
      return htmlReport({ summary, intervals, plotLibrary: readPlotLibrary() });
    }
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
      return hgrm(context, folder);
    case 'papers':
      throw new UserError(`${folder}: a run has no form 'papers'; it is one of a migration or a sweep`);
  }
}

async function campaignReport(context: CliContext, folder: string, format: Format): Promise<string> {
  const { readSeriesResult } = await import('./result-files.js');
  const forms = await import('../report/campaign-text.js');
  const result = readSeriesResult(context, folder, 'campaign') as CampaignResult;
  switch (format) {
    case 'text': {
      const colour = context.stdout.isTTY === true && context.env.NO_COLOR === undefined;
      return forms.campaignText(result, { colour, folder });
    }
    case 'html': {
      const { campaignHtml } = await import('../report/html/campaign-page.js');
      const { readPlotLibrary } = await import('./plot-library.js');
      return campaignHtml(result, readPlotLibrary());
    }
    case 'csv':
      return forms.campaignCsv(result);
    case 'json':
      return `${JSON.stringify(result, null, 2)}\n`;
    case 'md':
      return forms.campaignMarkdown(result);
    case 'junit':
      return forms.campaignJunit(result);
    case 'hgrm':
    case 'papers':
      throw noSuchForm(folder, 'campaign', format);
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
      return `${JSON.stringify(kind === 'migration' ? cases[0]?.report : cases, null, 2)}\n`;
    default:
      throw new UserError(
        `${folder}: a ${kind} has no form '${format}' as a whole; report one of the runs below it, or take text, json or papers`,
      );
  }
}

async function capacityReport(context: CliContext, folder: string, format: Format): Promise<string> {
  const { readSeriesResult } = await import('./result-files.js');
  const forms = await import('../report/capacity-text.js');
  const report = readSeriesResult(context, folder, 'capacity') as CapacityReport;
  switch (format) {
    case 'text': {
      const colour = context.stdout.isTTY === true && context.env.NO_COLOR === undefined;
      return forms.capacityText(report, { folder, colour });
    }
    case 'html': {
      const { capacityHtml } = await import('../report/html/capacity-page.js');
      const { readPlotLibrary } = await import('./plot-library.js');
      return capacityHtml(report, readPlotLibrary());
    }
    case 'csv':
      return forms.capacityCsv(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'md':
      return forms.capacityMarkdown(report);
    case 'junit': {
      const { mtime } = statSync(resolve(context.cwd, folder, 'capacity.json'));
      return forms.capacityJunit(report, mtime.toISOString());
    }
    case 'hgrm':
    case 'papers':
      throw noSuchForm(folder, 'capacity search', format);
  }
}

function noSuchForm(folder: string, what: string, format: Format): UserError {
  return new UserError(
    `${folder}: a ${what} has no form '${format}' as a whole; report one of the runs below it, or take text, csv or json`,
  );
}

async function hgrm(context: CliContext, folder: string): Promise<string> {
  const { hgrmReport } = await import('../report/hgrm.js');
  const { readStream } = await import('./result-files.js');
  const file = join(folder, 'latency.hlog');
  const log = readStream(context, folder, 'latency.hlog');
  try {
    return hgrmReport(log);
  } catch (cause) {
    if (cause instanceof RangeError) throw new UserError(`${file}: ${cause.message}`);
    throw cause;
  }
}

function write(context: CliContext, out: string, text: string): void {
  try {
    writeFileSync(resolve(context.cwd, out), text);
  } catch (cause) {
    throw new UserError(`--out ${out}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
