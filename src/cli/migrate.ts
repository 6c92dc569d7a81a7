import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { MigrationReport } from '../migration/orchestrate-report.js';
import { type CliContext, EXIT, type ExitCode, UserError, worstExitCode } from './io.js';
import type { SweepResult } from './migrate-run.js';

const EXAMPLES = `
A profile names the run, the driver and what migrates where; see profiles/lab.yaml and profiles/lab-libvirt.yaml. Each migration gets a run of its own:
traffic, warm-up, the migration, settling. What is measured is on disk before the next one begins, and the same --out goes on where it stopped.
A profile with a sweep (MTU, dirty memory, load, request size, with and without probe) measures every combination, each in a folder of its own below --out.
--reachability asks the migrated host itself meanwhile: icmp (the system's ping), tcp:PORT (a refusal is an answer too), udp:PORT (an echo service), OFF.
'busyhour report DIR --format papers' prints the result as the papers' tables.

Examples:
  busyhour migrate profiles/lab-libvirt.yaml --repeat 4 --out results/kvm
  busyhour migrate profiles/tafa-2011/migration-kvm.yaml --reachability icmp
  busyhour migrate profiles/lab.yaml --warmup 30s --fail-if 'downtime.longestGap>1s' --json

Exit codes: 0 ok, 2 bad usage or profile, 3 a threshold failed or a migration did not complete, 4 target unreachable, 5 invalid run,
130 interrupted.`;

interface Flags {
  readonly driver?: string;
  readonly repeat?: string;
  readonly warmup?: string;
  readonly allowFailover?: boolean;
  readonly reachability?: string;
  readonly listDrivers?: boolean;
  readonly failIf?: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

/** `busyhour migrate PROFILE`: live migrations under load, measured. */
export function register(program: Command, context: CliContext): void {
  program
    .command('migrate')
    .description('migrate the target under load, forth and back, and measure what it costs')
    .argument('[profile]', 'migration profile (YAML)')
    .option('--driver <name>', 'what starts the migration, instead of what the profile says')
    .option('--repeat <n>', 'migrations of each case in all, those already in --out included')
    .option('--warmup <time>', 'load before each migration')
    .option('--allow-failover', 'let the pause of a migration become a failover of the cluster')
    .option('--reachability <probe>', 'ask the migrated host too: icmp, tcp:PORT, udp:PORT, OFF')
    .option('--list-drivers', 'what each driver is, its options, and how it was tested')
    .option('--fail-if <expr>', 'fail when true of the run of any migration; repeatable', collect)
    .option('--out <dir>', 'result folder (default: results/migration-<time>)')
    .option('--json', 'print migration.json on stdout instead of the tables')
    .addHelpText('after', EXAMPLES)
    .action(async (profile: string | undefined, flags: Flags) => {
      if (flags.listDrivers === true) {
        const { driversText } = await import('./migrate-view.js');
        const { driverDescriptions } = await import('../migration/registry.js');
        context.stdout.write(driversText(driverDescriptions()));
        return;
      }
      if (profile === undefined) throw new UserError('migrate: which profile? See profiles/lab.yaml for one');
      context.exitCode = await migrate(context, profile, flags);
    });
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

async function migrate(context: CliContext, profile: string, flags: Flags): Promise<ExitCode> {
  const { loadMigrationSettings } = await import('../migration/orchestrate-profile.js');
  const { MigrationFault } = await import('../migration/driver.js');
  const { abortOnSignal } = await import('./signals.js');
  const settings = loadMigrationSettings(resolve(context.cwd, profile), {
    driver: flags.driver,
    repeat: flags.repeat,
    warmup: flags.warmup,
    allowFailover: flags.allowFailover,
    reachability: flags.reachability,
    failIf: flags.failIf,
  });
  const { signal, release } = abortOnSignal();
  try {
    const outDir = resolve(context.cwd, flags.out ?? `results/migration-${stamp()}`);
    const { checkCluster, performCases } = await import('./migrate-run.js');
    const { makeOutFolder } = await import('./series-folder.js');
    await checkCluster(settings);
    makeOutFolder(outDir);
    const result = await performCases(context, settings, outDir, signal);
    await writePages(context, result, outDir);
    await print(context, result, outDir, flags.json === true);
    return exitCodeOf(
      result.cases.flatMap(({ report }) => report.migrations),
      signal.aborted,
    );
  } catch (cause) {
    if (cause instanceof MigrationFault) throw new UserError(cause.message);
    throw cause;
  } finally {
    release();
  }
}

/** The page of every case, and those of its runs with the phases of their migrations, which nobody knew when the runs ended. */
async function writePages(context: CliContext, { cases }: SweepResult, outDir: string): Promise<void> {
  const { runPage } = await import('./run-page.js');
  const { migrationSeries } = await import('./migrate-series.js');
  const { seriesHtml } = await import('../report/html/series-page.js');
  const { readPlotLibrary } = await import('./plot-library.js');
  for (const { name, report } of cases) {
    if (report.migrations.length === 0) continue;
    const folder = join(outDir, name);
    const page = seriesHtml(
      migrationSeries(report, name === '' ? basename(outDir) : name),
      readPlotLibrary(),
    );
    writeFileSync(join(folder, 'report.html'), page);
    for (const { run } of report.migrations)
      writeFileSync(join(folder, run, 'report.html'), runPage(context, join(folder, run)));
  }
}

async function print(
  context: CliContext,
  { cases, notes }: SweepResult,
  outDir: string,
  json: boolean,
): Promise<void> {
  const { migrationCasesText } = await import('./migrate-view.js');
  const swept = cases.length !== 1 || cases[0]!.name !== '';
  if (swept) writeIndex(outDir, cases);
  if (json) {
    const reports = cases.map(({ name, report }) => ({ case: name, ...report }));
    context.stdout.write(`${JSON.stringify(swept ? reports : cases[0]!.report, null, 2)}\n`);
    return;
  }
  context.stdout.write(migrationCasesText(cases));
  for (const note of notes) context.stdout.write(`note: ${note}\n`);
  context.stdout.write(`result  ${outDir}\n`);
}

/** What a sweep measured, so that the folder can be read as a whole. */
function writeIndex(outDir: string, cases: SweepResult['cases']): void {
  const index = {
    schema: 'busyhour/migration-sweep/1',
    cases: cases.map(({ name, report }) => ({ name, folder: name, settings: report.settings })),
  };
  writeFileSync(join(outDir, 'sweep.json'), `${JSON.stringify(index, null, 2)}\n`);
}

function exitCodeOf(migrations: MigrationReport['migrations'], interrupted: boolean): ExitCode {
  const codes: ExitCode[] = [];
  if (interrupted) codes.push(EXIT.interrupted);
  if (migrations.some((one) => !one.valid)) codes.push(EXIT.invalidRun);
  const failed = migrations.some((one) => one.result !== 'completed' || one.thresholdsFailed.length > 0);
  if (failed) codes.push(EXIT.thresholdFailed);
  return worstExitCode(codes);
}

/** `20261120-161803`. */
function stamp(): string {
  const digits = new Date().toISOString().replaceAll(/[-:]|\..*/g, '');
  return digits.replace('T', '-');
}
