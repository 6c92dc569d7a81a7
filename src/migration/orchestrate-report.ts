import { describe, quantile, type SampleStatistics } from '../analysis/statistics/describe.js';
import type { DowntimeFigures, RequestCounts } from '../measure/summary.js';
import type { StampClock } from '../telemetry/sampler.js';
import type { MeasuredBeside } from './beside.js';
import type { MeasuredCounter } from './counter-reading.js';
import type { HypervisorReport, MigrationEvent, MigrationResult } from './driver.js';
import type { MeasuredWorkload } from './guest-workload.js';

/**
 * `migration.json`: what a series of measured migrations leaves behind. Its JSON Schema lives in `profiles/schema/migration.schema.json`.
 * Times are milliseconds unless a name says otherwise; null where a figure was not to be had.
 */
export interface MigrationReport {
  readonly schema: 'busyhour/migration/1';
  readonly version: string;
  /** What was asked for, by name: driver, rate, warm-up, link ... Results are comparable only where these agree. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly migrations: readonly MeasuredMigration[];
  /** Over all migrations, over the first, and over the later ones: the first is known to differ. */
  readonly statistics: {
    readonly all: FigureStatistics;
    readonly first: FigureStatistics;
    readonly later: FigureStatistics;
  };
  readonly notes: readonly string[];
}

export interface MeasuredMigration {
  /** From 1. */
  readonly index: number;
  readonly direction: 'forth' | 'back';
  readonly driver: string;
  readonly result: MigrationResult;
  /** One sentence when the result is not `completed`. */
  readonly reason: string | null;
  /** ISO 8601, UTC, this host's clock. */
  readonly startedAt: string;
  /** The migration command, by this host's clock. */
  readonly totalMs: number;
  readonly hypervisor: HypervisorReport & { readonly converged: boolean };
  readonly truth: MigrationTruth;
  /** Of the migrated target, the part of the run in which the migration fell. */
  readonly downtime: MigrationDowntime;
  /** What SCTP did in the window; null when no window fell into the migration. */
  readonly recovery: MigrationRecovery | null;
  readonly requests: RequestCounts;
  /** The run may be quoted; see its summary.json for why not. */
  readonly valid: boolean;
  /** Expressions of the run's thresholds that were true. */
  readonly thresholdsFailed: readonly string[];
  readonly hosts: Readonly<Record<'source' | 'destination', HostPhases>>;
  /** Inside the VM, where the profile names it as a host. */
  readonly guest: HostPhases | null;
  /** Clocks of remote hosts against this one, as last seen. */
  readonly clocks: readonly StampClock[];
  /** Bytes that passed the interfaces which the profile names. */
  readonly counters: readonly MeasuredCounter[];
  /** Stress inside the VM. */
  readonly workload: MeasuredWorkload | null;
  /** Load on other clusters meanwhile. */
  readonly beside: readonly MeasuredBeside[];
  readonly timeline: readonly MigrationEvent[];
  /** Folder of the run beside migration.json. */
  readonly run: string;
}

/** What is known of the migration without asking the measured application. */
export interface MigrationTruth {
  /** The VM ran nowhere; null where the driver cannot see that. */
  readonly stoppedMs: number | null;
  /** How far that may be off, either way: the driver saw a stop or a return some time after it happened. */
  readonly stoppedErrorMs: number | null;
  /** Longest time between two answers that the independent probe saw during the migration; null without a probe. */
  readonly probeGapMs: number | null;
  /** Time between two questions of the probe: the unreachable time is at least its gap less this. */
  readonly probeSpacingMs: number | null;
  /** When that gap ended, ms since 1970 by this host's clock; null without a probe. */
  readonly probeBackAtMs: number | null;
  /** Longest time between two new answers of the measured service itself, as a program of its own saw it on the wire; null without one, or when no gap was to be seen. */
  readonly serviceGapMs: number | null;
}

export interface MigrationDowntime extends DowntimeFigures {
  readonly target: string;
  /** `takeover`: the other node answered; the figures then show a failover, not a pause. `none`: no gap above the outage threshold. */
  readonly label: 'pause' | 'takeover' | 'none';
}

export interface MigrationRecovery {
  readonly retransmissions: number;
  /** Last transmission without an answer until the first answer, from counted retransmissions; 0 without any. */
  readonly statedMs: number;
  readonly largestRtoMs: number | null;
}

export const HOST_METRICS = ['cpu', 'memory', 'memoryMb', 'disk', 'network'] as const;
export type HostMetric = (typeof HOST_METRICS)[number];
/** cpu and memory in per cent, memoryMb in MB, disk writes in KB/s, network in bytes/s both ways; mean before, during and after, largest sample during. */
export type HostPhases = Readonly<Record<HostMetric, PhaseFigures>>;

export interface PhaseFigures {
  readonly before: number | null;
  readonly peak: number | null;
  readonly during: number | null;
  readonly after: number | null;
}

/** Figures that statistics are made of, and where each is found. */
const FIGURES = {
  hypervisorDowntimeMs: (one: MeasuredMigration) => one.hypervisor.downtimeMs,
  hypervisorTotalMs: (one: MeasuredMigration) => one.hypervisor.totalMs,
  transferredBytes: (one: MeasuredMigration) => one.hypervisor.transferredBytes,
  totalMs: (one: MeasuredMigration) => one.totalMs,
  stoppedMs: (one: MeasuredMigration) => one.truth.stoppedMs,
  probeGapMs: (one: MeasuredMigration) => one.truth.probeGapMs,
  pauseAtLeastMs: (one: MeasuredMigration) => one.downtime.pauseMs.atLeast,
  pauseAtMostMs: (one: MeasuredMigration) => one.downtime.pauseMs.atMost,
  longestGapMs: (one: MeasuredMigration) => one.downtime.longestGapMs,
  maxResponseMs: (one: MeasuredMigration) => one.downtime.maxResponseMs,
  maxServiceMs: (one: MeasuredMigration) => one.downtime.maxServiceMs,
  retransmissions: (one: MeasuredMigration) => one.recovery?.retransmissions ?? null,
  statedRecoveryMs: (one: MeasuredMigration) => one.recovery?.statedMs ?? null,
} as const;
export type FigureName = keyof typeof FIGURES;
const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[];

/** The papers' statistics of each figure, with minimum, median and maximum, which skewed figures need. */
export type FigureStatistics = Readonly<
  Record<
    FigureName,
    SampleStatistics & {
      readonly min: number | null;
      readonly median: number | null;
      readonly max: number | null;
    }
  >
>;

/** Statistics over the migrations that completed. */
export function figureStatistics(migrations: readonly MeasuredMigration[]): FigureStatistics {
  const completed = migrations.filter((one) => one.result === 'completed');
  const entries = FIGURE_NAMES.map((name) => {
    const values = completed.map((one) => FIGURES[name](one)).filter((value) => value !== null);
    const at = (fraction: number): number | null => (values.length === 0 ? null : quantile(values, fraction));
    return [name, { ...describe(values), min: at(0), median: at(0.5), max: at(1) }] as const;
  });
  return Object.fromEntries(entries) as FigureStatistics;
}

/** Stops a process or a VM and knows for how long; the host goes on answering a probe. */
const CALIBRATION = 'pause';

/** Do the bounds contain the time for which the probe could not reach the service, or for which the calibration driver stopped it? Null without a probe or without an end. */
export function boundsHold({ downtime, truth, driver, hypervisor }: MeasuredMigration): boolean | null {
  const { atLeast, atMost } = downtime.pauseMs;
  if (driver === CALIBRATION) {
    const { downtimeMs: surely, totalMs: possibly } = hypervisor;
    if (surely === null || possibly === null || atMost === null) return null;
    return atLeast <= possibly && atMost >= surely;
  }
  if (truth.probeGapMs === null || truth.probeSpacingMs === null || atMost === null) return null;
  return atLeast <= truth.probeGapMs && atMost >= truth.probeGapMs - truth.probeSpacingMs;
}

/** Our longest gap less the stated recovery less the probe's gap; null where one of them is missing. */
export function unexplainedMs({ downtime, recovery, truth, driver }: MeasuredMigration): number | null {
  if (truth.probeGapMs === null || driver === CALIBRATION) return null;
  return downtime.longestGapMs - (recovery?.statedMs ?? 0) - truth.probeGapMs;
}

/** Puts the report together. */
export function migrationReport(
  facts: Pick<MigrationReport, 'version' | 'settings' | 'notes'>,
  migrations: readonly MeasuredMigration[],
): MigrationReport {
  return {
    schema: 'busyhour/migration/1',
    version: facts.version,
    settings: facts.settings,
    migrations,
    statistics: {
      all: figureStatistics(migrations),
      first: figureStatistics(migrations.filter((one) => one.index === 1)),
      later: figureStatistics(migrations.filter((one) => one.index > 1)),
    },
    notes: facts.notes,
  };
}

/** What a build before these parts existed did not write. */
const ABSENT: Pick<MeasuredMigration, 'guest' | 'clocks' | 'counters' | 'workload' | 'beside'> = {
  guest: null,
  clocks: [],
  counters: [],
  workload: null,
  beside: [],
};
const ABSENT_TRUTH: Pick<MigrationTruth, 'serviceGapMs' | 'stoppedErrorMs'> = {
  serviceGapMs: null,
  stoppedErrorMs: null,
};

/** A migration as read from a file: a series that an earlier build began goes on. */
export function measuredOf(stored: unknown): MeasuredMigration {
  const one = stored as MeasuredMigration;
  return { ...ABSENT, ...one, truth: { ...ABSENT_TRUTH, ...one.truth } };
}

/** `migration.json` as read from a file; the caller has looked at its `schema`. */
export function reportOf(stored: unknown): MigrationReport {
  const report = stored as MigrationReport;
  return { ...report, migrations: report.migrations.map(measuredOf) };
}

/**
 * Points for the transfer model of `westminster-2017`, all in MB: application memory (what the VM used before the migration, less what its kernel uses
 * by itself) and data transferred, by the hypervisor's count. Migrations of which one of the two is not known make no point.
 */
export function transferPoints(
  migrations: readonly MeasuredMigration[],
  canonicalMb: number,
): { readonly amMb: number; readonly transferredMb: number }[] {
  return migrations.flatMap(({ result, guest, hypervisor }) => {
    const usedMb = guest?.memoryMb.before ?? null;
    const { transferredBytes } = hypervisor;
    if (result !== 'completed' || usedMb === null || transferredBytes === null) return [];
    return [{ amMb: Math.max(0, usedMb - canonicalMb), transferredMb: transferredBytes / 2 ** 20 }];
  });
}
