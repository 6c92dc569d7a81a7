import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReachabilitySpec } from '../telemetry/reachability/spec.js';
import { Measurement } from './measurement.js';
import { HostWatch } from './orchestrate-hosts.js';
import {
  type MeasuredMigration,
  type MigrationReport,
  measuredOf,
  migrationReport,
  reportOf,
} from './orchestrate-report.js';
import { Witness } from './orchestrate-witness.js';
import type { MigrationPlan } from './plan.js';

/** Finished migrations of a series, one JSON object a line: what a later session goes on from. */
const SERIES_FILE = 'migrations.ndjson';

/**
 * Makes the series: for each migration traffic, warm-up, the migration, settling, and the figures. What is measured is on disk before the
 * next one begins; a series that was ended goes on where it stopped.
 *
 * @throws ConfigError, RuntimeFault or MigrationFault when a migration cannot even begin; a migration that fails is a result
 */
export async function orchestrate(plan: MigrationPlan): Promise<MigrationReport> {
  mkdirSync(plan.outDir, { recursive: true });
  const series = readSeries(plan);
  const watch = new HostWatch(plan.hosts, plan.env);
  const host = plan.run.targets[plan.target]?.addresses[0] ?? '';
  const witnessOf = (spec: ReachabilitySpec | null): Witness | null =>
    spec === null ? null : new Witness(spec, host, plan.env);
  const witness = witnessOf(plan.witness);
  const serviceWitness = witnessOf(plan.serviceWitness ?? null);
  const notes = new Set<string>();
  try {
    while (series.length < plan.repeat && !plan.interrupt.aborted) {
      const index = series.length + 1;
      const measured = await new Measurement(plan, index, {
        watch,
        witness,
        serviceWitness,
        notes,
      }).perform();
      if (measured === null) break;
      series.push(measured);
      appendFileSync(join(plan.outDir, SERIES_FILE), `${JSON.stringify(measured)}\n`);
      writeReport(plan, series, notes);
      plan.onMigration?.(measured);
    }
  } finally {
    await Promise.all([watch.stop(), witness?.stop(), serviceWitness?.stop()]);
  }
  for (const note of watch.notes) notes.add(note);
  return writeReport(plan, series, notes);
}

/** The report of a series that an earlier session finished, with the same settings; null when something is left to measure. */
export function finishedReport(
  plan: Pick<MigrationPlan, 'outDir' | 'settings' | 'repeat'>,
): MigrationReport | null {
  const file = join(plan.outDir, 'migration.json');
  if (!existsSync(file)) return null;
  const report = reportOf(JSON.parse(readFileSync(file, 'utf8')));
  const same = JSON.stringify(report.settings) === JSON.stringify(plan.settings);
  return same && report.migrations.length >= plan.repeat ? report : null;
}

/** Migrations of an earlier session with the same settings; with other ones they are set aside. */
function readSeries({ outDir, settings }: MigrationPlan): MeasuredMigration[] {
  const file = join(outDir, SERIES_FILE);
  const report = join(outDir, 'migration.json');
  if (!existsSync(file) || !existsSync(report)) return [];
  const earlier = JSON.parse(readFileSync(report, 'utf8')) as MigrationReport;
  if (JSON.stringify(earlier.settings) !== JSON.stringify(settings)) {
    let count = 1;
    while (existsSync(join(outDir, `previous-${count}.ndjson`))) count += 1;
    renameSync(file, join(outDir, `previous-${count}.ndjson`));
    return [];
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => measuredOf(JSON.parse(line)));
}

function writeReport(
  plan: MigrationPlan,
  series: readonly MeasuredMigration[],
  notes: ReadonlySet<string>,
): MigrationReport {
  const { version, settings, outDir } = plan;
  const report = migrationReport({ version, settings, notes: [...notes] }, series);
  const file = join(outDir, 'migration.json');
  writeFileSync(`${file}.partial`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${file}.partial`, file);
  return report;
}
