/** A signal that repeats within this time is the same one: a group signal reaches us directly and through npm. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Aborts at the first SIGINT or SIGTERM. A further one within a second is ignored; one after that ends the process at once.
 *
 * @returns the signal to watch, and a function that stops listening
 */
export function abortOnSignal(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  let firstAt: number | null = null;
  const handle = (): void => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      controller.abort();
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      process.exit(130);
    }
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
