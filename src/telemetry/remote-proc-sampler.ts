import type { ChildLines } from './child-lines.js';
import {
  figuresBetween,
  PROC_COMMAND,
  type ProcSnapshot,
  parseProcOutput,
  procSnapshot,
} from './parsers/proc.js';
import { type Attempt, startRestarting } from './restarting.js';
import { type Sampler, type StampClock, stampNow, type TelemetrySink } from './sampler.js';
import { type SshHost, sshCommand } from './ssh.js';

export interface RemoteOptions {
  readonly host: SshHost;
  readonly intervalMs: number;
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly sink: TelemetrySink;
  readonly retryMs?: readonly number[];
}

/** The remote clock's reading taken between `askedAt` and `answeredAt` (this host's wall clock, ms): offset, and how sure. */
function clockOf(host: string, clockMs: number | null, askedAt: number, answeredAt: number): StampClock {
  if (clockMs === null) return { of: host, offsetMs: null, offsetErrorMs: null };
  return {
    of: host,
    offsetMs: clockMs - (askedAt + answeredAt) / 2,
    offsetErrorMs: (answeredAt - askedAt) / 2,
  };
}

/** Longest output of one question; more than this is not /proc. */
const OUTPUT_LINES_MAX = 20_000;

/**
 * Samples a remote Linux host by its `/proc`, over one ssh connection that stays open. Nothing has to be installed there. Each sample is a question
 * from here, so that its round trip bounds how far the two clocks stand apart.
 */
export function startRemoteProcSampler(options: RemoteOptions): Sampler {
  const { host, intervalMs, sink } = options;
  let timer: NodeJS.Timeout | null = null;

  const attempt = (child: () => ChildLines | null): Attempt => {
    let lines: string[] = [];
    let askedAt: number | null = null;
    let previous: { readonly snapshot: ProcSnapshot; readonly at: number } | null = null;
    const ask = (): void => {
      // An answer that is still missing means a slow link: asking again would only queue up.
      if (askedAt !== null) return;
      askedAt = Date.now();
      child()?.write(`${PROC_COMMAND}\n`);
    };
    const answer = (output: string): void => {
      const answeredAt = Date.now();
      const asked = askedAt ?? answeredAt;
      askedAt = null;
      const parsed = parseProcOutput(output);
      if (parsed === null) return;
      const now = { snapshot: procSnapshot(parsed.texts), at: performance.now() };
      const before = previous;
      previous = now;
      if (before === null) return;
      const intervalSeconds = (now.at - before.at) / 1000;
      sink({
        kind: 'sample',
        host: host.name,
        source: 'proc',
        at: stampNow(),
        sourceStamp: parsed.clockMs === null ? null : new Date(parsed.clockMs).toISOString(),
        clock: clockOf(host.name, parsed.clockMs, asked, answeredAt),
        intervalSeconds,
        figures: figuresBetween(before.snapshot, now.snapshot, intervalSeconds),
      });
    };
    if (timer !== null) clearInterval(timer);
    timer = setInterval(ask, intervalMs);
    setImmediate(ask);
    return {
      line: (line) => {
        lines.push(line);
        if (line.startsWith('== end')) {
          answer(lines.join('\n'));
          lines = [];
        } else if (lines.length > OUTPUT_LINES_MAX) lines = [];
      },
      end: () => {
        if (timer !== null) clearInterval(timer);
      },
    };
  };
  const sampler = startRestarting({
    host: host.name,
    source: 'proc',
    command: sshCommand(host, 'sh'),
    env: options.env ?? process.env,
    sink,
    attempt,
    ...(options.retryMs === undefined ? {} : { retryMs: options.retryMs }),
  });
  return {
    ...sampler,
    stop: async () => {
      if (timer !== null) clearInterval(timer);
      await sampler.stop();
    },
  };
}
