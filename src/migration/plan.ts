import type { HostPort } from '../config/cluster-config.js';
import type { RunConfig } from '../config/run-config.js';
import type { CounterPlace } from '../telemetry/counters.js';
import type { ReachabilitySpec } from '../telemetry/reachability/spec.js';
import type { BesideLoad } from './beside.js';
import type { MigrationDriver, MigrationOutcome, MigrationRequest } from './driver.js';
import type { GuestWorkloadSpec } from './guest-workload.js';
import type { MigrationHosts } from './orchestrate-hosts.js';
import type { MeasuredMigration, MigrationReport } from './orchestrate-report.js';

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
  /** Warning failure: the node that listens there is told that its peer is dead while it lives, and the migration follows. */
  readonly warning?: { readonly interconnect: HostPort; readonly holdMs: number } | null;
  readonly witness: ReachabilitySpec | null;
  /** A second one, that sees from outside when the measured service itself gave new answers. */
  readonly serviceWitness?: ReachabilitySpec | null;
  /** Stress inside the VM. */
  readonly workload?: GuestWorkloadSpec | null;
  /** Interfaces whose byte counters are read before and after each migration. */
  readonly counters?: readonly CounterPlace[];
  /** Load on other clusters meanwhile. */
  readonly beside?: readonly BesideLoad[];
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
