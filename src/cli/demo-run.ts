import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ValueError } from '../config/errors.js';
import { parseDurationNs } from '../config/quantities.js';
import type { RunConfig } from '../config/run-config.js';
import type { RunSummary } from '../measure/summary.js';
import { verifyLedger } from '../runtime/ledger/verify.js';
import { loadRun } from '../runtime/load-run.js';
import { packageFile } from '../runtime/package-root.js';
import { makeFolder } from '../storage/make-folder.js';
import { ClusterPair, type PairOptions } from './cluster-pair.js';
import { type DemoPlan, disturb, type Happenings } from './demo-script.js';
import { outcomeOf, type Truth, truthText } from './demo-view.js';
import { type CliIo, EXIT, type ExitCode, UserError, worstExitCode } from './io.js';
import { newRunId, performAndReport } from './perform.js';
import { refusalOf } from './refusals.js';
import { RoleBook } from './role-book.js';
import { abortOnSignal } from './signals.js';
import { SyncBook } from './sync-book.js';

type DemoOptions = Readonly<Record<string, string | boolean | undefined>>;

/** Shares of the schedule at which the active node is frozen and killed: quiet time before each, and after. */
const FREEZE_AT = 0.25;
const KILL_AT = 0.5;
/** A gap counts as an outage from some 50 ms on. */
const PAUSE_MS_MIN = 100;
const RESTART_AFTER_MS = 1_000;
/** From the end of the freeze to the kill, and from the kill to the end. */
const QUIET_MS_MIN = 1_000;
const REST_MS_MIN = 5_000;

const EXIT_OF = {
  holds: EXIT.ok,
  disturbed: EXIT.invalidRun,
  broken: EXIT.thresholdFailed,
} as const;

/** Starts a cluster, offers load to both nodes, freezes and kills the active one, and sets the figures beside what really happened. */
export async function runDemo(io: CliIo, options: DemoOptions): Promise<ExitCode> {
  const runId = newRunId();
  const out = typeof options.out === 'string' ? options.out : `results/${runId}`;
  const folder = resolve(io.cwd, out);
  const freezeMs = pauseOf(options.pause);
  const configFor = (target?: string): RunConfig =>
    loadRun({
      file: packageFile('profiles/demo.yaml'),
      flags: { rate: textOf(options.rate), duration: textOf(options.duration), out, target },
      seedDefault: 1,
    });
  // What the user gave is looked at before anything is started.
  const config = configFor();
  const plan = planOf(config.durationNs / 1e6, freezeMs);
  makeOut(folder, out);
  const book = new RoleBook();
  const syncs = new SyncBook();
  const { signal, release } = abortOnSignal();
  io.stderr.write('starting a cluster of two nodes on loopback ...\n');
  const pair = await startPair(join(folder, `ledger-${runId}`), (node, event) => {
    book.take(node, event);
    syncs.take(node, event);
  });
  try {
    io.stderr.write(
      `offering ${config.ratePeakPerSecond} requests a second to ${pair.targets.replace(',', ' and ')} for ${config.durationNs / 1e9} s; ` +
        `the active node will be stopped for ${freezeMs} ms, and later killed\n`,
    );
    let happenings: Promise<Happenings> | null = null;
    const { summary, exitCode } = await performAndReport(io, {
      config: configFor(pair.targets),
      runId,
      interrupt: signal,
      // It also stops, kills and starts nodes.
      ownProcess: false,
      json: options.json === true,
      onStart: (unixMs) => {
        happenings = disturb(pair, book, plan, unixMs, signal);
        // Looked at when the run is over.
        happenings.catch(() => undefined);
      },
      tookOver: (fromUnixMs, toUnixMs) => book.takeoverIn(fromUnixMs, toUnixMs) !== undefined,
    });
    const happened: Happenings = (await happenings) ?? { frozen: null, killed: null };
    await pair.end();
    const truth = await truthOf(io, { happened, syncs, pair, folder, summary });
    if (options.json !== true) io.stdout.write(truthText(truth));
    return worstExitCode([exitCode, EXIT_OF[outcomeOf(truth)]]);
  } finally {
    release();
    await pair.end();
  }
}

function makeOut(folder: string, out: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new UserError(`--out ${out}: ${refusalOf(cause) ?? 'a file is in the way'}; choose another folder`);
  }
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function pauseOf(given: string | boolean | undefined): number {
  try {
    const ms = parseDurationNs(String(given)) / 1e6;
    if (ms >= PAUSE_MS_MIN) return ms;
    throw new ValueError(`${ms} ms would be no outage; give ${PAUSE_MS_MIN}ms or more`);
  } catch (cause) {
    if (cause instanceof ValueError) throw new UserError(`--pause: ${cause.message}`);
    throw cause;
  }
}

function planOf(durationMs: number, freezeMs: number): DemoPlan {
  const freezeAtMs = durationMs * FREEZE_AT;
  const killAtMs = durationMs * KILL_AT;
  if (killAtMs - freezeAtMs - freezeMs < QUIET_MS_MIN || durationMs - killAtMs < REST_MS_MIN) {
    const leastMs = Math.max((QUIET_MS_MIN + freezeMs) / (KILL_AT - FREEZE_AT), REST_MS_MIN / (1 - KILL_AT));
    throw new UserError(
      `--duration must be ${Math.ceil(leastMs / 1e3)}s or more for a pause of ${freezeMs} ms: there is to be quiet time round pause and kill`,
    );
  }
  return { freezeAtMs, freezeMs, killAtMs, restartAfterMs: RESTART_AFTER_MS };
}

async function startPair(folder: string, onEvent: NonNullable<PairOptions['onEvent']>): Promise<ClusterPair> {
  try {
    return await ClusterPair.start({
      cluster: 'demo',
      folder,
      extra: ['--prefer', 'a'],
      onEvent,
    });
  } catch (cause) {
    throw new UserError(`the cluster of the demo did not start: ${(cause as Error).message}`, EXIT.ourFault);
  }
}

interface Facts {
  readonly happened: Happenings;
  readonly syncs: SyncBook;
  readonly pair: ClusterPair;
  readonly folder: string;
  readonly summary: RunSummary;
}

/** Holds what was answered against what was charged, and keeps everything that the run was not told beside its result. */
async function truthOf(io: CliIo, { happened, syncs, pair, folder, summary }: Facts): Promise<Truth> {
  const [data, against] = pair.folders;
  const ledger = await verifyLedger({ data, against, result: folder });
  const place = (path: string): string => relative(io.cwd, path) || '.';
  const words = ['--data', place(data), '--against', place(against), '--result', place(folder)];
  const truth = {
    ...happened,
    heldUp: happened.frozen === null ? null : syncs.heldUp(happened.frozen),
    ledger,
    verifyCommand: `./busyhour ledger verify ${words.join(' ')}`,
  };
  try {
    writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
  } catch (cause) {
    io.stderr.write(`busyhour: truth.json could not be written: ${(cause as Error).message}\n`);
  }
  const rowsOf = (file: string): string | null => {
    const path = join(folder, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
  return { ...truth, summary, rowsOf };
}
