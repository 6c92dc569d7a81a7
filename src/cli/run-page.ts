import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { MeasuredMigration, MigrationReport } from '../migration/orchestrate-report.js';
import { htmlReport } from '../report/html/page.js';
import type { Mark } from '../report/html/plot.js';
import type { CliIo } from './io.js';
import { readPlotLibrary } from './plot-library.js';
import { readIntervals, readLatency, readSeriesResult, readSummary } from './result-files.js';

/** `report.html` of the run in a folder; of a run that was made for a migration, with the migration's phases. @throws UserError */
export function runPage(io: CliIo, folder: string): string {
  const summary = readSummary(io, folder);
  const migration = migrationOf(io, folder);
  return htmlReport({
    summary,
    intervals: readIntervals(io, folder).filter(({ target }) => target === null),
    latency: readLatency(io, folder),
    plotLibrary: readPlotLibrary(),
    phases: migration === null ? [] : phasesOf(migration, summary.run.startedAt),
  });
}

function migrationOf(io: CliIo, folder: string): MeasuredMigration | null {
  const path = resolve(io.cwd, folder);
  if (!existsSync(join(dirname(path), 'migration.json'))) return null;
  const { migrations } = readSeriesResult(io, dirname(path), 'migration') as MigrationReport;
  return migrations.find(({ run }) => run === basename(path)) ?? null;
}

/** The migration from its start to its end, and within it the time for which the VM ran nowhere, as stamped by the driver. */
function phasesOf({ timeline }: MeasuredMigration, runStartedAt: string): Mark[] {
  const at = (name: string): number | null => {
    const event = timeline.find((one) => one.name === name);
    return event === undefined ? null : (event.atMs - Date.parse(runStartedAt)) / 1000;
  };
  const phase = (from: number | null, to: number | null, label: string): Mark[] =>
    from === null ? [] : [{ kind: 'phase', from, to, label }];
  return [
    ...phase(at('started'), at('ended'), 'migration'),
    ...phase(at('paused'), at('resumed'), 'the VM ran nowhere'),
  ];
}
