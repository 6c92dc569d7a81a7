import { BesideLoads, type MeasuredBeside } from './beside.js';
import { GuestWorkload, type MeasuredWorkload } from './guest-workload.js';
import type { MigrationPlan } from './plan.js';

/** What the company of a migration leaves in its result. */
export interface Kept {
  readonly workload: MeasuredWorkload | null;
  readonly beside: readonly MeasuredBeside[];
}

/** Room for connecting and rehearsing, before and after the migration's own run. */
const BESIDE_MARGIN_MS = 60_000;

/** What runs beside one migration for as long as its load does: stress inside the VM, and load on other clusters. */
export class Company {
  private readonly workload: GuestWorkload | null;
  private readonly beside: BesideLoads;
  private stopping: Promise<Kept> | null = null;

  private constructor(workload: GuestWorkload | null, beside: BesideLoads) {
    this.workload = workload;
    this.beside = beside;
  }

  /** @throws MigrationFault when a part of it does not begin: the measurement would not be the one that was asked for */
  static async start(plan: MigrationPlan, runName: string): Promise<Company> {
    const { workload = null, beside = [], outDir, run, env } = plan;
    const stress = workload === null ? null : await GuestWorkload.start(workload, env);
    const durationMs = run.durationNs / 1e6 + BESIDE_MARGIN_MS;
    const company = new Company(stress, new BesideLoads(beside, { outDir, runName }, durationMs, env));
    try {
      await company.beside.untilStarted();
    } catch (cause) {
      await company.stop();
      throw cause;
    }
    return company;
  }

  /** Ends all of it. Safe to call twice. */
  stop(): Promise<Kept> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<Kept> {
    const [workload, beside] = await Promise.all([this.workload?.stop() ?? null, this.beside.stop()]);
    return { workload, beside };
  }
}
