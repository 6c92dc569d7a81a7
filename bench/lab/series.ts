import { join } from 'node:path';
import { readPlotLibrary } from '../../src/cli/plot-library.js';
import { VERSION } from '../../src/cli/version.js';
import { loadRunConfig } from '../../src/config/load.js';
import type { RunConfig } from '../../src/config/run-config.js';
import type { MigrationDriver, MigrationOutcome, MigrationRequest } from '../../src/migration/driver.js';
import { finishedReport, orchestrate } from '../../src/migration/orchestrate.js';
import type { MeasuredMigration, MigrationReport } from '../../src/migration/orchestrate-report.js';
import { migrationDriver } from '../../src/migration/registry.js';
import { caseName, type LabCase } from './case.js';
import { LibvirtPair } from './libvirt-pair.js';
import { BRIDGE, GUEST_ADDRESS } from './network.js';
import { MIGRATION_TIMEOUT_MS, QemuPair } from './qemu-pair.js';
import { warmUp } from './warm-up.js';

/** What a series of migrations of the guest needs of its hypervisors. */
export interface LabPair {
  /** Boots the guest and waits until what runs in it is ready. */
  boot(): Promise<void>;
  /** The driver, completed by what only the lab can know. Called after {@link boot}. */
  watched(driver: MigrationDriver): MigrationDriver;
  before(): Promise<void>;
  requestOf(index: number): MigrationRequest;
  after(outcome: MigrationOutcome | null): Promise<void>;
  end(): Promise<void>;
}

export interface SeriesOptions {
  /** Folder that lab/guest/build has filled. */
  readonly images: string;
  /** Results of all cases; each case has a folder of its own in it. */
  readonly outDir: string;
  readonly repeat: number;
  readonly warmupMs: number;
  readonly interrupt: AbortSignal;
  readonly onProgress: (line: string) => void;
  readonly onMigration: (migration: MeasuredMigration) => void;
}

const SETTLE_MS = 3_000;
const PROBE_EVERY_US = 1_000;
/** Gaps up to this are no news on a shared host. */
const PROBE_GAP_MS = 5;
/** The same between new answers, which come at the rate of the load. */
const SERVICE_GAP_MS = 30;
/** SCTP in UDP, RFC 6951. */
const UDP_PORT = 9899;
/** The default follows the reference p99, which a busy host moves; migrations are looked for with one threshold throughout. */
const OUTAGE_THRESHOLD = '50ms';
const WARM_UP_ROUND_MS = 4_000;

function runConfig(one: LabCase, durationMs: number): RunConfig {
  const [carrier, endpoint] =
    one.engine === 'kernel' ? ['raw', `${GUEST_ADDRESS}:2907`] : ['udp', `${GUEST_ADDRESS}:2905/${UDP_PORT}`];
  return loadRunConfig({
    flags: {
      ...{
        target: endpoint,
        carrier,
        rate: one.rate,
        arrival: 'constant',
        seed: 1,
        sctp: [`rto=${one.rto}`],
      },
      ...{
        duration: `${durationMs}ms`,
        timeout: '20s',
        connectTimeout: '30s',
        interval: '1s',
        outageThreshold: OUTAGE_THRESHOLD,
      },
    },
    seedDefault: 1,
  });
}

/** Boots the guest, migrates it under load until the case has `repeat` measured migrations, and ends it. */
export async function measureCase(one: LabCase, options: SeriesOptions): Promise<MigrationReport> {
  const { images, outDir, repeat, warmupMs, interrupt, onProgress, onMigration } = options;
  const series = {
    outDir: join(outDir, caseName(one)),
    settings: { ...one, warmupMs, settleMs: SETTLE_MS },
    repeat,
  };
  const finished = finishedReport(series);
  if (finished !== null) return finished;
  const pair = pairOf(one, images);
  const driver: MigrationDriver = migrationDriver(one.driver, { control: null, env: process.env });
  try {
    onProgress(`${caseName(one)}: booting the guest`);
    await pair.boot();
    await warmUp(runConfig(one, WARM_UP_ROUND_MS), interrupt, onProgress);
    const run = runConfig(one, warmupMs + MIGRATION_TIMEOUT_MS + SETTLE_MS + 5_000);
    return await orchestrate({
      run,
      target: 0,
      driver: pair.watched(driver),
      requestOf: (index) => pair.requestOf(index),
      warmupMs,
      settleMs: SETTLE_MS,
      before: () => pair.before(),
      after: (_, outcome) => pair.after(outcome),
      witness: {
        kind: 'command',
        command: [
          join(images, 'echo-probe'),
          'probe',
          GUEST_ADDRESS,
          '7',
          String(PROBE_EVERY_US),
          String(PROBE_GAP_MS),
        ],
        spacingMs: PROBE_EVERY_US / 1_000,
      },
      serviceWitness: {
        kind: 'command',
        command: [
          join(images, 'wire-watch'),
          BRIDGE,
          GUEST_ADDRESS,
          String(UDP_PORT),
          String(SERVICE_GAP_MS),
        ],
        spacingMs: 1_000 / one.rate,
      },
      hosts: { source: 'local', destination: 'local' },
      ...series,
      version: VERSION,
      plotLibrary: readPlotLibrary(),
      interrupt,
      env: process.env,
      onProgress,
      onMigration,
    });
  } finally {
    await pair.end();
  }
}

function pairOf(one: LabCase, images: string): LabPair {
  return one.driver === 'qemu' ? new QemuPair(images, one) : new LibvirtPair(images, one);
}
