import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatEndpoint } from '../config/endpoint.js';
import type { RunConfig } from '../config/run-config.js';
import { performRun, type RunResult } from '../runtime/generator/run.js';
import { ResultFolder } from '../runtime/result-folder.js';
import type {
  MigrationDriver,
  MigrationEvent,
  MigrationOutcome,
  MigrationRequest,
  RunningMigration,
} from './driver.js';
import { type Cut, cutDowntime, type Period } from './orchestrate-cut.js';
import { HostWatch, type MigrationHosts } from './orchestrate-hosts.js';
import { type MeasuredMigration, type MigrationReport, migrationReport } from './orchestrate-report.js';
import { Witness, type WitnessSpec } from './orchestrate-witness.js';

/** A series of measured migrations. */
export interface MigrationPlan {
  /** Load during each migration; its length must leave room for warm-up, time-out and settling. */
  readonly run: RunConfig;
  /** Which of the run's targets is migrated. */
  readonly target: number;
  readonly driver: MigrationDriver;
  /** What is asked of the driver for migration `index` (from 1). Called after `before`. */
  readonly requestOf: (index: number) => MigrationRequest;
  /** Migrations in all, those of an earlier session in the same folder included. */
  readonly repeat: number;
  /** Load before the migration begins, and after it has ended. */
  readonly warmupMs: number;
  readonly settleMs: number;
  /** Added to the warm-up of migration `index`, so that a series does not keep in step with arrivals and heartbeats. */
  readonly jitterMs?: (index: number) => number;
  /** Readies the hypervisors for migration `index`; and clears up after it. */
  readonly before?: (index: number) => Promise<void>;
  readonly after?: (index: number, outcome: MigrationOutcome | null) => Promise<void>;
  readonly witness: WitnessSpec | null;
  readonly hosts: MigrationHosts;
  readonly outDir: string;
  readonly settings: MigrationReport['settings'];
  readonly version: string;
  /** Sources of the plotting library for the report.html of each run. */
  readonly plotLibrary: { readonly script: string; readonly style: string };
  readonly interrupt: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  /** One line for people as things happen. */
  readonly onProgress: (line: string) => void;
  readonly onMigration?: (migration: MeasuredMigration) => void;
}

/** Finished migrations of a series, one JSON object a line: what a later session goes on from. */
const SERIES_FILE = 'migrations.ndjson';
/** How often a driver is asked how far it is, ms. */
const PROGRESS_MS = 1_000;

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
  const witness = plan.witness === null ? null : new Witness(plan.witness, plan.env);
  const notes = new Set<string>();
  try {
    while (series.length < plan.repeat && !plan.interrupt.aborted) {
      const index = series.length + 1;
      const measured = await new Measurement(plan, index, watch, witness, notes).perform();
      if (measured === null) break;
      series.push(measured);
      appendFileSync(join(plan.outDir, SERIES_FILE), `${JSON.stringify(measured)}\n`);
      writeReport(plan, series, notes);
      plan.onMigration?.(measured);
    }
  } finally {
    await Promise.all([watch.stop(), witness?.stop()]);
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
  const report = JSON.parse(readFileSync(file, 'utf8')) as MigrationReport;
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
    .map((line) => JSON.parse(line) as MeasuredMigration);
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

/** One migration under load. */
class Measurement {
  readonly #plan: MigrationPlan;
  readonly #index: number;
  readonly #watch: HostWatch;
  readonly #witness: Witness | null;
  readonly #notes: Set<string>;
  readonly #enough = new AbortController();
  readonly #lost = new AbortController();
  #runStartMs = 0;

  constructor(
    plan: MigrationPlan,
    index: number,
    watch: HostWatch,
    witness: Witness | null,
    notes: Set<string>,
  ) {
    this.#plan = plan;
    this.#index = index;
    this.#watch = watch;
    this.#witness = witness;
    this.#notes = notes;
  }

  /** Null when the user ended the series before this migration was over. */
  async perform(): Promise<MeasuredMigration | null> {
    const { before, after, requestOf, driver } = this.#plan;
    await before?.(this.#index);
    let outcome: MigrationOutcome | null = null;
    try {
      const request = requestOf(this.#index);
      await driver.prepare(request);
      let migrating: Promise<MigrationOutcome | null> = Promise.resolve(null);
      const result = await this.#run((startMs) => {
        this.#runStartMs = startMs;
        migrating = this.#migrate(request).finally(() => this.#enough.abort());
      }).catch(async (cause: unknown) => {
        // Without traffic there is nothing to measure; and nothing may go on migrating once we have said so.
        this.#lost.abort();
        await migrating.catch(() => null);
        throw cause;
      });
      outcome = await migrating;
      return outcome === null ? null : this.#measured(request, outcome, result);
    } finally {
      await after?.(this.#index, outcome);
    }
  }

  async #run(onStart: (unixMs: number) => void): Promise<RunResult> {
    const { run, outDir, version, plotLibrary, interrupt } = this.#plan;
    const folder = new ResultFolder(join(outDir, this.#folderName), { bounds: run.files });
    try {
      return await performRun({
        config: run,
        runId: this.#folderName,
        version,
        folder,
        plotLibrary,
        interrupt,
        enough: this.#enough.signal,
        onStart,
      });
    } finally {
      const trouble = folder.close();
      if (trouble !== null) this.#notes.add(`the run's result is not complete: ${trouble.message}`);
    }
  }

  /** The user ended the series, or the run broke. */
  get #stop(): AbortSignal {
    return AbortSignal.any([this.#plan.interrupt, this.#lost.signal]);
  }

  get #folderName(): string {
    return `migration-${String(this.#index).padStart(3, '0')}`;
  }

  /** Warm-up, the migration, and the time afterwards in which traffic is still watched. Null when the user ended it before it began. */
  async #migrate(request: MigrationRequest): Promise<MigrationOutcome | null> {
    const { warmupMs, settleMs, jitterMs, driver, onProgress } = this.#plan;
    const interrupt = this.#stop;
    onProgress(`migration ${this.#index}: load is up, warming up for ${(warmupMs / 1000).toFixed(0)} s`);
    await sleep(warmupMs + (jitterMs?.(this.#index) ?? 0), interrupt);
    if (interrupt.aborted) return null;
    onProgress(`migration ${this.#index}: ${request.direction}, driver ${driver.describe().name}`);
    const running = driver.migrate(request, (event) => this.#heard(event));
    const outcome = await this.#follow(running);
    await sleep(settleMs, interrupt);
    return outcome;
  }

  async #follow(running: RunningMigration): Promise<MigrationOutcome> {
    const { onProgress } = this.#plan;
    const interrupt = this.#stop;
    const cancel = (): void => running.cancel();
    interrupt.addEventListener('abort', cancel, { once: true });
    const timer = setInterval(() => {
      const { percent } = running.progress();
      if (percent !== null) onProgress(`migration ${this.#index}: ${percent} % of the memory has been sent`);
    }, PROGRESS_MS);
    try {
      return await running.outcome;
    } finally {
      clearInterval(timer);
      interrupt.removeEventListener('abort', cancel);
    }
  }

  #heard(event: MigrationEvent): void {
    if (event.name === 'message' || event.name === 'cancelling')
      this.#plan.onProgress(`migration ${this.#index}: ${event.text}`);
  }

  #measured(request: MigrationRequest, outcome: MigrationOutcome, result: RunResult): MeasuredMigration {
    const { run, target, outDir, settleMs } = this.#plan;
    const { summary } = result;
    const during: Period = { fromMs: outcome.startedAtMs, toMs: outcome.endedAtMs };
    const watched: Period = { fromMs: outcome.startedAtMs, toMs: outcome.endedAtMs + settleMs };
    const name = formatEndpoint(run.targets[target]!);
    const cut = cutDowntime({
      summary,
      target: name,
      period: watched,
      blackout: blackoutOf(outcome),
      runStartMs: this.#runStartMs,
      rowsOf: (file) => readIfThere(join(outDir, this.#folderName, file)),
    });
    this.#note(cut);
    return {
      index: this.#index,
      direction: request.direction,
      driver: outcome.driver,
      result: outcome.result,
      reason: outcome.reason,
      startedAt: new Date(outcome.startedAtMs).toISOString(),
      totalMs: outcome.totalMs,
      hypervisor: { ...outcome.hypervisor, converged: outcome.result !== 'notConverged' },
      truth: this.#truth(outcome, watched),
      downtime: cut.downtime,
      recovery: cut.recovery,
      requests: summary.requests,
      valid: summary.valid,
      thresholdsFailed: summary.thresholds.filter((one) => one.failed).map((one) => one.expression),
      hosts: this.#hosts(during, watched),
      timeline: outcome.timeline,
      run: this.#folderName,
    };
  }

  #truth(outcome: MigrationOutcome, watched: Period): MeasuredMigration['truth'] {
    const { stopped } = outcome;
    // The gap into which the blackout fell, as for our own windows: a busy host makes others.
    const blackout = blackoutOf(outcome) ?? watched;
    const gap = this.#witness?.longestGap(blackout) ?? this.#witness?.longestGap(watched) ?? null;
    return {
      stoppedMs: stopped === null ? null : (stopped.atLeastMs + stopped.atMostMs) / 2,
      probeGapMs: gap?.ms ?? null,
      probeSpacingMs: this.#witness?.spacingMs ?? null,
    };
  }

  #hosts(during: Period, watched: Period): MeasuredMigration['hosts'] {
    const { hosts, warmupMs } = this.#plan;
    const before: Period = { fromMs: during.fromMs - warmupMs, toMs: during.fromMs };
    const after: Period = { fromMs: during.toMs, toMs: watched.toMs };
    return {
      source: this.#watch.phases(hosts.source, before, during, after),
      destination: this.#watch.phases(hosts.destination, before, during, after),
    };
  }

  #note(cut: Cut): void {
    for (const note of cut.notes) this.#notes.add(`${this.#folderName}: ${note}`);
    if (this.#witness?.fault != null) this.#notes.add(this.#witness.fault);
  }
}

/** From the VM's stop to its resumption, where the driver stamped both. */
function blackoutOf({ timeline }: MigrationOutcome): Period | null {
  const stampOf = (name: MigrationEvent['name']): number | undefined =>
    timeline.find((event) => event.name === name)?.atMs;
  const [fromMs, toMs] = [stampOf('paused'), stampOf('resumed')];
  return fromMs === undefined || toMs === undefined ? null : { fromMs, toMs };
}

function readIfThere(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** Resolves after a time, or when the user ends the series. */
function sleep(ms: number, interrupt: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (interrupt.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      interrupt.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    interrupt.addEventListener('abort', done, { once: true });
  });
}
