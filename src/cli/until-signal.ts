/** Why a wait ended. */
export type WaitEnd = 'signal' | 'time' | 'cancelled';

/** Late twins of a group signal come within this time, ms. */
const TWIN_MS = 1000;

/**
 * Waits for SIGINT or SIGTERM, until `durationMs` have passed, or until `cancel` fires. A signal to the whole group arrives twice: the second one
 * finds the handler still there while the command cleans up, and does nothing.
 */
export function untilSignal(durationMs: number | null, cancel?: AbortSignal): Promise<WaitEnd> {
  return new Promise((resolve) => {
    const timer = durationMs === null ? null : setTimeout(() => end('time'), durationMs);
    // Without a timer nothing would keep the process waiting.
    const alive = setInterval(() => {}, 1 << 30);
    const end = (why: WaitEnd): void => {
      if (timer !== null) clearTimeout(timer);
      clearInterval(alive);
      resolve(why);
      setTimeout(() => {
        process.off('SIGINT', onSignal);
        process.off('SIGTERM', onSignal);
      }, TWIN_MS).unref();
    };
    const onSignal = (): void => end('signal');
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    if (cancel?.aborted) end('cancelled');
    else cancel?.addEventListener('abort', () => end('cancelled'), { once: true });
  });
}
