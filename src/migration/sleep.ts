/** Resolves after a time, or when the user ends the series. */
export function sleep(ms: number, interrupt: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (interrupt.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      interrupt.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    interrupt.addEventListener('abort', done, { once: true });
  });
}
