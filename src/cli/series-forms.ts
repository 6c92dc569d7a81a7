import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { CampaignResult } from '../measure/campaign-result.js';
import type { CapacityReport } from '../measure/capacity-result.js';
import { type MigrationReport, reportOf } from '../migration/orchestrate-report.js';
import type { SeriesReport } from '../report/series.js';
import type { CliIo } from './io.js';
import { type ResultKind, readSeriesResult } from './result-files.js';

/** A result of several runs in each of its forms; only the one that is wanted is made. */
export interface SeriesForms {
  readonly result: unknown;
  /** Folders of its runs, below that of the series. */
  readonly runs: readonly string[];
  readonly series: () => SeriesReport;
  readonly text: () => string;
  readonly csv: () => string;
  readonly junit: () => string;
}

/** Reads a result of several runs. @throws UserError when it is none of this version */
export async function seriesForms(
  io: CliIo,
  folder: string,
  kind: Exclude<ResultKind, 'run' | 'sweep'>,
  colour: boolean,
): Promise<SeriesForms> {
  const result = readSeriesResult(io, folder, kind);
  const name = basename(resolve(io.cwd, folder));
  switch (kind) {
    case 'campaign':
      return campaignForms(result as CampaignResult, { folder, colour });
    case 'capacity':
      return capacityForms(result as CapacityReport, { folder, name, io, colour });
    case 'migration':
      return migrationForms(reportOf(result), name);
  }
}

async function campaignForms(
  result: CampaignResult,
  place: { readonly folder: string; readonly colour: boolean },
): Promise<SeriesForms> {
  const forms = await import('../report/campaign-text.js');
  const { campaignSeries } = await import('../report/campaign-series.js');
  return {
    result,
    runs: result.cells.filter(({ valid }) => valid).map((cell) => cell.result),
    series: () => campaignSeries(result),
    text: () => forms.campaignText(result, place),
    csv: () => forms.campaignCsv(result),
    junit: () => forms.campaignJunit(result),
  };
}

async function capacityForms(
  result: CapacityReport,
  place: { readonly folder: string; readonly name: string; readonly io: CliIo; readonly colour: boolean },
): Promise<SeriesForms> {
  const { folder, name, io } = place;
  const forms = await import('../report/capacity-text.js');
  const { capacitySeries } = await import('../report/capacity-series.js');
  return {
    result,
    runs: result.steps.map((step) => step.result),
    series: () => capacitySeries(result, name),
    text: () => forms.capacityText(result, place),
    csv: () => forms.capacityCsv(result),
    // A search keeps no time of its own: it ended when its result was written.
    junit: () =>
      forms.capacityJunit(result, statSync(resolve(io.cwd, folder, 'capacity.json')).mtime.toISOString()),
  };
}

async function migrationForms(result: MigrationReport, name: string): Promise<SeriesForms> {
  const forms = await import('./migrate-series.js');
  const { migrationCasesText } = await import('./migrate-view.js');
  return {
    result,
    runs: result.migrations.map(({ run }) => run),
    series: () => forms.migrationSeries(result, name),
    text: () => migrationCasesText([{ name: '', report: result }]),
    csv: () => forms.migrationCsv(result),
    junit: () => forms.migrationJunit(result, name),
  };
}
