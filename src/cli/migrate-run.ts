import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatHostPort } from '../config/cluster-config.js';
import type { MigrationOutcome } from '../migration/driver.js';
import { LinkMtu } from '../migration/link-mtu.js';
import { orchestrate } from '../migration/orchestrate.js';
import type { MigrationCase, MigrationSettings } from '../migration/orchestrate-profile.js';
import { type MigrationReport, transferPoints } from '../migration/orchestrate-report.js';
import type { MigrationPlan } from '../migration/plan.js';
import { migrationDriver } from '../migration/registry.js';
import { runToEnd } from '../migration/run-command.js';
import { filled, placesOf } from '../migration/sweep-cases.js';
import { askNode } from '../runtime/ledger/control-client.js';
import { formatReachability } from '../telemetry/reachability/spec.js';
import { parseHost } from '../telemetry/ssh.js';
import { type CliContext, UserError } from './io.js';
import { migrationTable } from './migrate-view.js';
import { readPlotLibrary } from './plot-library.js';
import { VERSION } from './version.js';

/** The report of every case of a profile. */
export interface SweepResult {
  readonly cases: readonly { readonly name: string; readonly report: MigrationReport }[];
  readonly notes: readonly string[];
}

const HOOK_TIMEOUT_MS = 600_000;
/** A warning that nobody takes back outlives the migration's time-out by so much. */
const HOLD_MARGIN_MS = 60_000;

/**
 * Asks the cluster, where the profile names it, what it would do about a pause.
 * @throws UserError when it would make a failover of it; RuntimeFault when nobody answers there
 */
export async function checkCluster(settings: MigrationSettings): Promise<void> {
  const { interconnect, expectedPauseMs, allowFailover } = settings;
  if (interconnect === null || allowFailover) return;
  const { deadAfterMs } = await askNode(interconnect, 'status');
  if (deadAfterMs >= expectedPauseMs) return;
  throw new UserError(
    `interconnect: the cluster at ${formatHostPort(interconnect)} declares a node dead after ${deadAfterMs} ms, which is shorter than expectedPause ` +
      `(${expectedPauseMs} ms): the migration's pause would become a failover. Raise its --dead-after, or allow that with --allow-failover`,
  );
}

/** Measures every case, one after the other. What is done to the migration link is undone whatever happens. */
export async function performCases(
  context: CliContext,
  settings: MigrationSettings,
  outDir: string,
  interrupt: AbortSignal,
): Promise<SweepResult> {
  const link = settings.link === null ? null : new LinkMtu(settings.link, context.env);
  const cases: { name: string; report: MigrationReport }[] = [];
  let notes: string[] = [];
  try {
    for (const one of settings.cases) {
      if (interrupt.aborted) break;
      if (one.name !== '') context.stderr.write(`case ${one.name}\n`);
      if (one.mtuBytes !== null) await link?.set(one.mtuBytes);
      const folder = join(outDir, one.name);
      const report = await orchestrate(planOf(context, settings, one, folder, interrupt));
      writePoints(folder, report, settings.canonicalMemoryBytes);
      cases.push({ name: one.name, report });
    }
  } finally {
    notes = (await link?.restore()) ?? [];
    for (const note of notes) context.stderr.write(`${note}\n`);
  }
  return { cases, notes };
}

function planOf(
  context: CliContext,
  settings: MigrationSettings,
  one: MigrationCase,
  outDir: string,
  interrupt: AbortSignal,
): MigrationPlan {
  const { forth, back, mode, timeoutMs, warmupMs, settleMs, workload, trigger, interconnect } = settings;
  const isForth = (index: number): boolean => back === null || index % 2 === 1;
  const places = (index: number): Record<string, string> => ({
    ...placesOf(one),
    index: String(index),
    direction: isForth(index) ? 'forth' : 'back',
  });
  const warns = trigger === 'warning' && interconnect !== null;
  return {
    run: one.run,
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
    before: (index) => hook(context, settings.before, places(index)),
    after: (index, outcome) => hook(context, settings.after, { ...places(index), result: resultOf(outcome) }),
    warning: warns ? { interconnect, holdMs: timeoutMs + HOLD_MARGIN_MS } : null,
    witness: one.probe,
    workload:
      workload === undefined
        ? null
        : { host: parseHost(workload.host), command: filled(workload.command, placesOf(one)) },
    counters: settings.counters,
    beside: settings.beside,
    hosts: settings.hosts,
    outDir,
    settings: settingsOf(settings, one),
    version: VERSION,
    plotLibrary: readPlotLibrary(),
    interrupt,
    env: context.env,
    onProgress: (line) => context.stderr.write(`${line}\n`),
    onMigration: (migration) => context.stderr.write(migrationTable([migration])),
  };
}

/** What results have to agree in to be comparable; what the profile does not use is left out. */
function settingsOf(settings: MigrationSettings, one: MigrationCase): MigrationReport['settings'] {
  const { driver, mode, warmupMs, settleMs, trigger, workload, beside } = settings;
  const { run, probe } = one;
  const places = placesOf(one);
  return {
    driver,
    mode,
    ratePerSecond:
      run.distribution === 'split' ? run.ratePeakPerSecond / run.targets.length : run.ratePeakPerSecond,
    rtoMinMs: run.sctp.rtoMinMs,
    rtoMaxMs: run.sctp.rtoMaxMs,
    paddingBytes: run.paddingBytes,
    warmupMs,
    settleMs,
    ...(probe === null ? {} : { reachability: formatReachability(probe) }),
    ...(trigger === 'time' ? {} : { trigger }),
    ...(one.mtuBytes === null ? {} : { mtuBytes: one.mtuBytes }),
    ...(one.mtuAskedBytes === null ? {} : { mtuAskedBytes: one.mtuAskedBytes }),
    ...(one.dirtyMemory === null ? {} : { dirtyMemory: one.dirtyMemory }),
    ...(workload === undefined ? {} : { workload: filled(workload.command, places).join(' ') }),
    ...(beside.length === 0 ? {} : { beside: beside.map(({ name }) => name).join(', ') }),
  };
}

const resultOf = (outcome: MigrationOutcome | null): string => outcome?.result ?? 'none';

/** Runs a command of the profile that readies or clears up; its failure ends the series. */
async function hook(
  context: CliContext,
  command: MigrationSettings['before'],
  places: Readonly<Record<string, string>>,
): Promise<void> {
  if (command === undefined) return;
  const { fault } = await runToEnd(filled(command, places), context.env, HOOK_TIMEOUT_MS);
  if (fault !== null) throw new UserError(`the profile's command ${command[0]} failed: ${fault}`);
}

/** `lmdt.csv`, which `busyhour lmdt fit --points` reads. */
function writePoints(folder: string, report: MigrationReport, canonicalBytes: number | null): void {
  if (canonicalBytes === null) return;
  const rows = transferPoints(report.migrations, canonicalBytes / 2 ** 20).map(
    ({ amMb, transferredMb }) => `${amMb.toFixed(3)},${transferredMb.toFixed(3)}\n`,
  );
  writeFileSync(join(folder, 'lmdt.csv'), `am_mb,transferred_mb\n${rows.join('')}`);
}
