import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatEndpoint } from '../config/endpoint.js';
import { performRun, type RunResult } from '../runtime/generator/run.js';
import { ResultFolder } from '../runtime/result-folder.js';
import { Company, type Kept } from './company.js';
import { CounterReading, type MeasuredCounter } from './counter-reading.js';
import type { MigrationEvent, MigrationOutcome, MigrationRequest, RunningMigration } from './driver.js';
import { type Cut, cutDowntime, type Period } from './orchestrate-cut.js';
import type { HostWatch } from './orchestrate-hosts.js';
import type { HostPhases, MeasuredMigration } from './orchestrate-report.js';
import type { Witness } from './orchestrate-witness.js';
import type { MigrationPlan } from './plan.js';
import { notStarted } from './recorder.js';
import { sleep } from './sleep.js';
import { giveWarning, takeWarningBack } from './warning.js';

/** What lasts as long as the series. */
export interface Around {
  readonly watch: HostWatch;
  readonly witness: Witness | null;
  readonly serviceWitness: Witness | null;
  /** Sentences for the report. */
  readonly notes: Set<string>;
}

/** A migration that was tried, and what passed the interfaces meanwhile. */
interface Attempt {
  readonly outcome: MigrationOutcome;
  readonly counters: readonly MeasuredCounter[];
}

/** How often a driver is asked how far it is, ms. */
const PROGRESS_MS = 1_000;

/** One migration under load. */
export class Measurement {
  readonly #plan: MigrationPlan;
  readonly #index: number;
  readonly #around: Around;
  readonly #enough = new AbortController();
  readonly #lost = new AbortController();
  #runStartMs = 0;

  constructor(plan: MigrationPlan, index: number, around: Around) {
    this.#plan = plan;
    this.#index = index;
    this.#around = around;
  }

  /** Null when the user ended the series before this migration was over. */
  async perform(): Promise<MeasuredMigration | null> {
    const { before, after, requestOf, driver } = this.#plan;
    await before?.(this.#index);
    let outcome: MigrationOutcome | null = null;
    let company: Company | null = null;
    try {
      const request = requestOf(this.#index);
      await driver.prepare(request);
      company = await Company.start(this.#plan, this.#folderName);
      let migrating: Promise<Attempt | null> = Promise.resolve(null);
      const result = await this.#run((startMs) => {
        this.#runStartMs = startMs;
        migrating = this.#migrate(request).finally(() => this.#enough.abort());
      }).catch(async (cause: unknown) => {
        // Without traffic there is nothing to measure; and nothing may go on migrating once we have said so.
        this.#lost.abort();
        await migrating.catch(() => null);
        throw cause;
      });
      const attempt = await migrating;
      const kept = await company.stop();
      outcome = attempt?.outcome ?? null;
      return attempt === null ? null : { ...this.#measured(request, attempt, result), ...kept };
    } finally {
      await company?.stop();
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
      if (trouble !== null) this.#around.notes.add(`the run's result is not complete: ${trouble.message}`);
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
  async #migrate(request: MigrationRequest): Promise<Attempt | null> {
    const { warmupMs, settleMs, jitterMs, driver, onProgress, env, counters = [] } = this.#plan;
    const interrupt = this.#stop;
    onProgress(`migration ${this.#index}: load is up, warming up for ${(warmupMs / 1000).toFixed(0)} s`);
    await sleep(warmupMs + (jitterMs?.(this.#index) ?? 0), interrupt);
    if (interrupt.aborted) return null;
    const reading = new CounterReading(counters, env);
    await reading.begin();
    onProgress(`migration ${this.#index}: ${request.direction}, driver ${driver.describe().name}`);
    const outcome = await this.#warned(driver.describe().name, () =>
      this.#follow(driver.migrate(request, (event) => this.#heard(event))),
    );
    const counted = reading.end(interrupt);
    await sleep(settleMs, interrupt);
    return { outcome, counters: await counted };
  }

  /** With a warning failure the cluster is told first, and told again when all is over; the stamps of both stand in the timeline. */
  async #warned(driver: string, migrate: () => Promise<MigrationOutcome>): Promise<MigrationOutcome> {
    const { warning } = this.#plan;
    if (warning == null) return migrate();
    const warned = await giveWarning(warning);
    if (warned.fault !== null) return notStarted(driver, warned.fault);
    this.#plan.onProgress(`migration ${this.#index}: ${warned.event.text}`);
    const outcome = await migrate();
    const released = await takeWarningBack(warning);
    const timeline = [...outcome.timeline, warned.event, released].sort((a, b) => a.atMs - b.atMs);
    return { ...outcome, timeline };
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

  #measured(
    request: MigrationRequest,
    { outcome, counters }: Attempt,
    result: RunResult,
  ): Omit<MeasuredMigration, keyof Kept> {
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
      ...this.#hosts(during, watched),
      counters,
      timeline: outcome.timeline,
      run: this.#folderName,
    };
  }

  #truth(outcome: MigrationOutcome, watched: Period): MeasuredMigration['truth'] {
    const { stopped } = outcome;
    // The gap into which the blackout fell, as for our own windows: a busy host makes others.
    const blackout = blackoutOf(outcome) ?? watched;
    const { witness, serviceWitness } = this.#around;
    const gap = witness?.longestGap(blackout) ?? witness?.longestGap(watched) ?? null;
    const service = serviceWitness?.longestGap(blackout) ?? null;
    return {
      stoppedMs: stopped === null ? null : (stopped.atLeastMs + stopped.atMostMs) / 2,
      stoppedErrorMs: stopped === null ? null : (stopped.atMostMs - stopped.atLeastMs) / 2,
      probeGapMs: gap?.ms ?? null,
      // A question that came late leaves as much more room for a service that was there.
      probeSpacingMs: witness === null ? null : witness.spacingMs + (gap?.ownLateMs ?? 0),
      probeBackAtMs: gap?.toUnixMs ?? null,
      serviceGapMs: service?.ms ?? null,
    };
  }

  #hosts(during: Period, watched: Period): Pick<MeasuredMigration, 'hosts' | 'guest' | 'clocks'> {
    const { hosts, warmupMs } = this.#plan;
    const { watch } = this.#around;
    const before: Period = { fromMs: during.fromMs - warmupMs, toMs: during.fromMs };
    const after: Period = { fromMs: during.toMs, toMs: watched.toMs };
    const phases = (host: string): HostPhases => watch.phases(host, before, during, after);
    return {
      hosts: { source: phases(hosts.source), destination: phases(hosts.destination) },
      guest: hosts.guest === undefined ? null : phases(hosts.guest),
      clocks: watch.clocks(),
    };
  }

  #note(cut: Cut): void {
    const { notes, witness, serviceWitness } = this.#around;
    for (const note of cut.notes) notes.add(`${this.#folderName}: ${note}`);
    for (const fault of [witness?.fault, serviceWitness?.fault]) if (fault != null) notes.add(fault);
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
