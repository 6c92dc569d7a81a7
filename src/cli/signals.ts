/** A signal that repeats within this time is the same one: a group signal reaches us directly and through npm. */
const SAME_SIGNAL_MS = 1_000;

export interface SignalWatch {
  /** Fires at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Fires at the second. */
  readonly hurry: AbortSignal;
  /** Stops listening. */
  readonly release: () => void;
}

/**
 * Watches for SIGINT and SIGTERM; one within a second of the one before is ignored. A command with something to save names two `stages`: it
 * ends in order at the first signal and at once, with what it has, at the second. The signal after the last stage ends the process.
 */
export function abortOnSignal(stages: 1 | 2 = 1): SignalWatch {
  const first = new AbortController();
  const second = new AbortController();
  const controllers = [first, second].slice(0, stages);
  let latestAt = Number.NEGATIVE_INFINITY;
  const handle = (): void => {
    const now = performance.now();
    if (now - latestAt <= SAME_SIGNAL_MS) return;
    latestAt = now;
    const next = controllers.shift();
    if (next === undefined) process.exit(130);
    next.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: first.signal,
    hurry: second.signal,
    release: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
