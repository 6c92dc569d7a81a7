import { Worker } from 'node:worker_threads';
import { startChildLines } from '../child-lines.js';
import { GapFinder, gapThresholdMs, type ReachabilityGap } from './gaps.js';
import type { ProberHandlers, ProberOptions } from './probers.js';
import type { ReachabilitySpec } from './spec.js';

/** A running probe. */
export interface Probe {
  /** Resolves when everything that it started has ended. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a probe. A fault is told once and ends nothing else: a probe is beside the measurement.
 * @param host for a spec that names none. @param env PATH decides which ping or program runs
 */
export function startProbe(
  spec: ReachabilitySpec,
  host: string,
  env: NodeJS.ProcessEnv,
  handlers: ProberHandlers,
): Probe {
  switch (spec.kind) {
    case 'command':
      return startChildLines(spec.command, env, {
        line: (text) => {
          const gap = readGap(text);
          if (gap !== null) handlers.gap(gap);
        },
        ended: handlers.fault,
      });
    case 'icmp':
      return startPing(spec.host ?? host, spec.spacingMs, env, handlers);
    case 'tcp':
    case 'udp':
      return startWorker({ ...spec, kind: spec.kind, host: spec.host ?? host, port: spec.port! }, handlers);
  }
}

/** Ping stamps its answers itself: what this process is busy with does not show. */
function startPing(host: string, spacingMs: number, env: NodeJS.ProcessEnv, handlers: ProberHandlers): Probe {
  const read = pingReader(spacingMs, handlers.gap);
  return startChildLines(
    ['ping', '-n', '-D', '-i', String(spacingMs / 1000), host],
    { ...env, LC_ALL: 'C' },
    { line: read, ended: handlers.fault },
  );
}

/** Reads the lines of `ping -D`: `[1795190882.113214] 64 bytes from 192.0.2.7: icmp_seq=12 ttl=64 time=0.04 ms`. */
export function pingReader(spacingMs: number, onGap: (gap: ReachabilityGap) => void): (line: string) => void {
  const finder = new GapFinder(gapThresholdMs(spacingMs), onGap);
  let last: { readonly atMs: number; readonly sequence: number } | null = null;
  return (line) => {
    const match = /^\[(\d{9,11}\.\d{1,9})\] \d+ bytes from .*\bicmp_seq=(\d+)\b/.exec(line);
    if (match === null) return;
    const now = { atMs: Number(match[1]) * 1000, sequence: Number(match[2]) };
    if (last !== null) {
      // The number is of 16 bits. Questions that were never asked make a gap of ping's own.
      const asked = (now.sequence - last.sequence + 0x1_0000) % 0x1_0000;
      finder.asked(Math.max(0, now.atMs - last.atMs - asked * spacingMs));
    }
    finder.answered(now.atMs);
    last = now;
  };
}

function startWorker(options: ProberOptions, handlers: ProberHandlers): Probe {
  const worker = new Worker(new URL('./probe-worker.js', import.meta.url), { workerData: options });
  let stopping = false;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('message', ({ gap, fault }: { gap?: ReachabilityGap; fault?: string }) => {
    if (gap !== undefined) handlers.gap(gap);
    if (fault !== undefined) handlers.fault(fault);
  });
  worker.on('error', (cause) => {
    if (!stopping) handlers.fault(cause.message);
  });
  return {
    stop: async () => {
      stopping = true;
      worker.postMessage('end');
      await ended;
    },
  };
}

/** `{"gap":{"fromUnixMs":F,"toUnixMs":T,...}}`; null for any other line. */
export function readGap(line: string): ReachabilityGap | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const gap = (value as { readonly gap?: Partial<ReachabilityGap> } | null)?.gap;
  const { fromUnixMs, toUnixMs } = gap ?? {};
  if (typeof fromUnixMs !== 'number' || typeof toUnixMs !== 'number' || toUnixMs < fromUnixMs) return null;
  return { fromUnixMs, toUnixMs, ms: gap?.ms ?? toUnixMs - fromUnixMs, ownLateMs: gap?.ownLateMs ?? 0 };
}
