import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { MigrationOutcome } from '../migration/driver.js';
import type { MigrationSettings } from '../migration/orchestrate-profile.js';
import type { MigrationReport } from '../migration/orchestrate-report.js';
import { type CliContext, EXIT, type ExitCode, UserError, worstExitCode } from './io.js';

const EXAMPLES = `
A profile names the run, the driver and what migrates where; see profiles/lab.yaml and profiles/lab-libvirt.yaml. Each migration gets a run of its own:
traffic, warm-up, the migration, settling. What is measured is on disk before the next one begins, and the same --out goes on where it stopped.

Examples:
  busyhour migrate profiles/lab-libvirt.yaml --repeat 4 --out results/kvm
  busyhour migrate profiles/lab.yaml --warmup 30s --fail-if 'downtime.longestGap>1s' --json

Exit codes: 0 ok, 2 bad usage or profile, 3 a threshold failed or a migration did not complete, 4 target unreachable, 5 invalid run,
130 interrupted.`;

interface Flags {
  readonly driver?: string;
  readonly repeat?: string;
  readonly warmup?: string;
  readonly allowFailover?: boolean;
  readonly failIf?: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

/** `busyhour migrate PROFILE`: live migrations under load, measured. */
export function register(program: Command, context: CliContext): void {
  program
    .command('migrate')
    .description('migrate the target under load, forth and back, and measure what it costs')
    .argument('<profile>', 'migration profile (YAML)')
    .option('--driver <name>', 'what starts the migration, instead of what the profile says')
    .option('--repeat <n>', 'migrations in all, those already in --out included')
    .option('--warmup <time>', 'load before each migration')
    .option('--allow-failover', 'let the pause of a migration become a failover of the cluster')
    .option('--fail-if <expr>', 'fail when true of the run of any migration; repeatable', collect)
    .option('--out <dir>', 'result folder (default: results/migration-<time>)')
    .option('--json', 'print migration.json on stdout instead of the tables')
    .addHelpText('after', EXAMPLES)
    .action(async (profile: string, flags: Flags) => {
      context.exitCode = await migrate(context, profile, flags);
    });
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

async function migrate(context: CliContext, profile: string, flags: Flags): Promise<ExitCode> {
  const { loadMigrationSettings } = await import('../migration/orchestrate-profile.js');
  const { checkThresholds } = await import('../runtime/check-thresholds.js');
  const { MigrationFault } = await import('../migration/driver.js');
  const { abortOnSignal } = await import('./signals.js');
  const settings = loadMigrationSettings(resolve(context.cwd, profile), {
    driver: flags.driver,
    repeat: flags.repeat,
    warmup: flags.warmup,
    allowFailover: flags.allowFailover,
    failIf: flags.failIf,
  });
  checkThresholds(settings.run.failIf);
  const { signal, release } = abortOnSignal();
  try {
    const outDir = resolve(context.cwd, flags.out ?? `results/migration-${stamp()}`);
    const report = await perform(context, settings, outDir, signal);
    await print(context, settings, report, outDir, flags.json === true);
    return exitCodeOf(report, signal.aborted);
  } catch (cause) {
    if (cause instanceof MigrationFault) throw new UserError(cause.message);
    throw cause;
  } finally {
    release();
  }
}

async function perform(
  context: CliContext,
  settings: MigrationSettings,
  outDir: string,
  interrupt: AbortSignal,
): Promise<MigrationReport> {
  const { orchestrate } = await import('../migration/orchestrate.js');
  const { migrationDriver } = await import('../migration/registry.js');
  const { readPlotLibrary } = await import('./plot-library.js');
  const { migrationTable } = await import('./migrate-view.js');
  const { VERSION } = await import('./version.js');
  const { run, forth, back, mode, timeoutMs, warmupMs, settleMs, probe } = settings;
  const isForth = (index: number): boolean => back === null || index % 2 === 1;
  const words = (index: number) => ({ index: String(index), direction: isForth(index) ? 'forth' : 'back' });
  return orchestrate({
    run,
    target: settings.target,
    driver: migrationDriver(settings.driver, { control: settings.control, env: context.env }),
    requestOf: (index) => ({
      ...(isForth(index) ? forth : back!),
      mode,
      timeoutMs,
      index,
      direction: isForth(index) ? 'forth' : 'back',
    }),
    repeat: settings.repeat,
    warmupMs,
    settleMs,
    before: (index) => hook(context, settings.before, words(index)),
    after: (index, outcome) => hook(context, settings.after, { ...words(index), result: resultOf(outcome) }),
    witness: probe === undefined ? null : { command: probe.command, spacingMs: probe.spacing / 1e6 },
    hosts: settings.hosts,
    outDir,
    settings: {
      driver: settings.driver,
      mode,
      ratePerSecond: run.ratePeakPerSecond,
      rtoMinMs: run.sctp.rtoMinMs,
      rtoMaxMs: run.sctp.rtoMaxMs,
      paddingBytes: run.paddingBytes,
      warmupMs,
      settleMs,
    },
    version: VERSION,
    plotLibrary: readPlotLibrary(),
    interrupt,
    env: context.env,
    onProgress: (line) => context.stderr.write(`${line}\n`),
    onMigration: (migration) => context.stderr.write(migrationTable([migration])),
  });
}

const resultOf = (outcome: MigrationOutcome | null): string => outcome?.result ?? 'none';

/** Runs a command of the profile that readies or clears up; its failure ends the series. */
async function hook(
  context: CliContext,
  command: MigrationSettings['before'],
  values: Readonly<Record<string, string>>,
): Promise<void> {
  if (command === undefined) return;
  const { runToEnd } = await import('../migration/run-command.js');
  const [program, ...args] = command.map((word) =>
    word.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place),
  );
  const { fault } = await runToEnd([program!, ...args], context.env, HOOK_TIMEOUT_MS);
  if (fault !== null) throw new UserError(`the profile's command ${program} failed: ${fault}`);
}

const HOOK_TIMEOUT_MS = 600_000;

async function print(
  context: CliContext,
  settings: MigrationSettings,
  report: MigrationReport,
  outDir: string,
  json: boolean,
): Promise<void> {
  const { migrationText } = await import('./migrate-view.js');
  if (json) {
    context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const { ratePeakPerSecond, targets, distribution } = settings.run;
  const perTarget = distribution === 'split' ? ratePeakPerSecond / targets.length : ratePeakPerSecond;
  context.stdout.write(`${migrationText(report, 1_000 / perTarget)}\nresult  ${outDir}\n`);
}

function exitCodeOf({ migrations }: MigrationReport, interrupted: boolean): ExitCode {
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
