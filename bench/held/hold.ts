import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunSummary } from '../../src/measure/summary.js';
import { busyhour, end, exitOf, isStopped, sleepUntil, startResponder, unixMs } from '../freezes/children.js';

export interface HoldPlan {
  readonly ratePerSecond: number;
  readonly freezeMs: number;
  readonly timeoutMs: number;
  /** Load before the freeze. */
  readonly leadMs: number;
}

/** What a run held while its target stood still. */
export interface Held {
  readonly plan: HoldPlan;
  /** Requests that were due while the target stood still and had to wait for it. */
  readonly heldMost: number;
  readonly due: number;
  readonly notSucceeded: number;
  readonly valid: boolean;
  readonly invalidReasons: readonly string[];
  readonly pauseMs: { readonly atLeast: number | null; readonly atMost: number | null };
  /** Resident memory of the generator just before the freeze and just before its end. */
  readonly residentBytes: { readonly before: number; readonly end: number };
  /** By how much the generator grew for each request held, what SCTP buffers included. */
  readonly bytesPerRequest: number;
}

/** Load that goes on after the target woke up: enough to drain. */
const tailMs = (freezeMs: number): number => 1_500 + freezeMs / 4;

function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (line === null) throw new Error('no VmRSS: the generator ended before the freeze was over');
  return Number(line[1]) * 1024;
}

async function untilStarted(folder: string): Promise<void> {
  const giveUpMs = unixMs() + 30_000;
  while (unixMs() < giveUpMs) {
    try {
      if (readFileSync(join(folder, 'events.ndjson'), 'utf8').includes('"started"')) return;
    } catch {
      // Not there yet.
    }
    await sleepUntil(unixMs() + 20);
  }
  throw new Error('the run did not start within 30 s');
}

/** Stops a responder under load for a while and reports what became of the requests. */
export async function holdThroughFreeze(plan: HoldPlan): Promise<Held> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-held-'));
  const responder = await startResponder();
  const run = busyhour(
    [
      ...[
        'run',
        '--target',
        responder.endpoint,
        '--rate',
        `${plan.ratePerSecond}`,
        '--out',
        folder,
        '--json',
      ],
      ...[
        '--duration',
        `${plan.leadMs + plan.freezeMs + tailMs(plan.freezeMs)}ms`,
        '--timeout',
        `${plan.timeoutMs}ms`,
      ],
      // The default follows the response times before, which a busy machine makes long.
      ...['--outage-threshold', '500ms'],
    ],
    'ignore',
  );
  const resident = (): number => residentBytes(run.pid ?? 0);
  try {
    await untilStarted(folder);
    await sleepUntil(unixMs() + plan.leadMs);
    const before = resident();
    const stoppedMs = unixMs();
    process.kill(responder.pid, 'SIGSTOP');
    while (!isStopped(responder.pid)) await sleepUntil(unixMs() + 1);
    await sleepUntil(stoppedMs + plan.freezeMs);
    const last = resident();
    process.kill(responder.pid, 'SIGCONT');
    await exitOf(run);
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as RunSummary;
    const { requests, downtime } = summary;
    const heldMost = Math.max(0, ...downtime.windows.map(({ lost, delayed }) => lost + delayed));
    return {
      plan,
      heldMost,
      due: requests.due,
      notSucceeded: requests.due - requests.succeeded,
      valid: summary.valid,
      invalidReasons: summary.invalidReasons,
      pauseMs: downtime.pauseMs,
      residentBytes: { before, end: last },
      bytesPerRequest: (last - before) / heldMost,
    };
  } finally {
    process.kill(responder.pid, 'SIGCONT');
    await end(run);
    await end(responder.child);
    rmSync(folder, { recursive: true, force: true });
  }
}
