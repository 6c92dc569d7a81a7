import { type ChildLines, startChildLines } from './child-lines.js';
import { type Sampler, stampNow, type TelemetrySink } from './sampler.js';

/** Waits before further attempts, ms; the last one repeats. */
const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000] as const;

/** One attempt at a source: fresh state for a fresh stream. */
export interface Attempt {
  readonly line: (line: string) => void;
  /** The stream has ended: what is left in the parser. */
  readonly end: () => void;
}

export interface RestartingOptions {
  readonly host: string;
  readonly source: string;
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly sink: TelemetrySink;
  /** Called at the start of each attempt with the running tool. */
  readonly attempt: (child: () => ChildLines | null) => Attempt;
  /** Waits between attempts; for tests. */
  readonly retryMs?: readonly number[];
}

/** Keeps a tool running until it is stopped: when it ends the loss is reported, and it is started again after a pause. */
export function startRestarting(options: RestartingOptions): Sampler {
  const { host, source, sink } = options;
  const waits = options.retryMs ?? RETRY_MS;
  let child: ChildLines | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let stopped = false;

  const start = (): void => {
    timer = null;
    const attempt = options.attempt(() => child);
    let told = false;
    child = startChildLines(options.command, options.env, {
      line: (line) => {
        told = true;
        attempt.line(line);
      },
      ended: (reason) => {
        attempt.end();
        child = null;
        if (stopped) return;
        if (told) failures = 0;
        sink({ kind: 'lost', host, source, at: stampNow(), reason, retrying: true });
        timer = setTimeout(start, waits[Math.min(failures, waits.length - 1)] ?? 0);
        failures++;
      },
    });
  };
  start();
  return {
    host,
    source,
    stop: async () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await child?.stop();
    },
  };
}
