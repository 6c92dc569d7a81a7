import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LatencyFigures, RunSummary } from '../measure/summary.js';
import { RuntimeFault } from './faults.js';
import { LAUNCHER } from './package-root.js';

/** What this host's generator showed against a responder beside it. */
export interface HostBench {
  /** Generator and responder each had a core of their own. */
  readonly pinned: boolean;
  readonly paced: {
    readonly ratePerSecond: number;
    readonly valid: boolean;
    /** Of one core, the worker's thread. */
    readonly cpuPercent: number;
    readonly lagMs: LatencyFigures;
    readonly latencyMs: LatencyFigures;
  };
  readonly saturated: { readonly answeredPerSecond: number };
}

/** The rate of the papers' largest configuration. */
const PACED_RATE = 9450;
const PACED_SECONDS = 3;
/** The first that is not answered nearly in full says how much can be. Far more than can be answered would measure the queue instead. */
const OVERLOAD_RATES = [60_000, 150_000, 300_000, 500_000];
const OVERLOAD_SECONDS = 1;
const OVERLOAD_TIMEOUT_SECONDS = 6;
const NEARLY = 0.9;
/** The generator may end with one of these: measured, and the verdict is ours to draw. */
const RUN_CODES: readonly (number | null)[] = [0, 5];

/**
 * Measures, in about 10 s, how exactly this host's generator keeps a schedule and how much it can offer at most.
 *
 * @throws RuntimeFault `system` when one of the processes fails, `interrupted` when told to stop
 */
export async function benchHost(interrupt: AbortSignal): Promise<HostBench> {
  const pinned = availableParallelism() >= 2;
  const responder = startResponder(interrupt, pinned ? ['--cpu', '1'] : []);
  try {
    const target = await responder.endpoint;
    const run = (flags: readonly string[]): Promise<RunSummary> =>
      runAgainst(interrupt, ['--target', target, ...flags, ...(pinned ? ['--cpu', '0'] : [])]);
    const paced = await run(['--rate', `${PACED_RATE}`, '--duration', `${PACED_SECONDS}s`]);
    let most = 0;
    for (const rate of OVERLOAD_RATES) {
      const timeout = `${OVERLOAD_TIMEOUT_SECONDS}s`;
      const answered = answeredPerSecond(
        await run(['--rate', `${rate}`, '--duration', `${OVERLOAD_SECONDS}s`, '--timeout', timeout]),
      );
      most = Math.max(most, answered);
      if (answered < NEARLY * rate) break;
    }
    return {
      pinned,
      paced: {
        ratePerSecond: PACED_RATE,
        valid: paced.valid,
        cpuPercent: paced.cpu.workersPercent[0] ?? 0,
        lagMs: paced.scheduleLagMs,
        latencyMs: paced.latencyMs,
      },
      saturated: { answeredPerSecond: most },
    };
  } finally {
    responder.stop();
  }
}

/**
 * Answers come for as long after the last due time as the last request was late. Under overload lateness grows evenly, so that the last request's is twice
 * the median; the largest would do as well, but for a hiccup in a run that is not overloaded.
 */
function answeredPerSecond({ run, requests, latencyMs }: RunSummary): number {
  const lateSeconds = Math.min(latencyMs.max ?? 0, 2 * (latencyMs.p50 ?? 0)) / 1000;
  return requests.succeeded / (run.durationSeconds + lateSeconds);
}

function startResponder(interrupt: AbortSignal, flags: readonly string[]) {
  const child = spawn(LAUNCHER, ['respond', '--listen', '127.0.0.1:2905/0', '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: interrupt,
  });
  const endpoint = new Promise<string>((resolve, reject) => {
    child.once('error', (cause) => reject(faultOf(interrupt, `the responder: ${cause.message}`)));
    child.once('exit', (code) => reject(faultOf(interrupt, `the responder ended with code ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as { readonly event: string; readonly endpoint: string };
      if (event.event === 'listening') resolve(event.endpoint);
    });
  });
  return { endpoint, stop: () => child.kill('SIGTERM') };
}

function runAgainst(interrupt: AbortSignal, flags: readonly string[]): Promise<RunSummary> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-doctor-'));
  const child = spawn(LAUNCHER, ['run', '--json', '--out', folder, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: interrupt,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise<RunSummary>((resolve, reject) => {
    child.once('error', (cause) => reject(faultOf(interrupt, `the generator: ${cause.message}`)));
    child.once('close', (code) => {
      if (RUN_CODES.includes(code)) resolve(JSON.parse(stdout) as RunSummary);
      else reject(faultOf(interrupt, `the generator ended with code ${code}: ${stderr.trim()}`));
    });
  }).finally(() => rmSync(folder, { recursive: true, force: true }));
}

function faultOf(interrupt: AbortSignal, message: string): RuntimeFault {
  return interrupt.aborted
    ? new RuntimeFault('interrupted', 'interrupted before the measurement was over')
    : new RuntimeFault('system', `cannot measure this host: ${message}`);
}
