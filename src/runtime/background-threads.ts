import { existsSync, readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const THREADS = '/proc/self/task';

/**
 * In steps of niceness below the loops. While V8 compiles the code of a loop that already serves: a tenth of the loop's share each. With less, a loop
 * that has its core to the full would run uncompiled for long.
 */
const COMPILING = 10;
/** By then everything that runs often has been compiled. */
const COMPILING_MS = 3_000;
const COMPILED = 19;
const MAIN = 10;
const NICE_MAX = 19;

/**
 * Threads of V8, which compile and collect, and of libuv, which read files: whatever there is besides the main thread when this module is loaded. Later
 * there are loops and witnesses among the threads.
 */
const helpers: readonly number[] = threadsNow();

function threadsNow(): readonly number[] {
  try {
    return readdirSync(THREADS)
      .map(Number)
      .filter((thread) => thread !== process.pid);
  } catch {
    // No /proc: everything stays as it is.
    return [];
  }
}

/**
 * Lets the loops of this process, which have begun to carry traffic, go before its other threads. The kernel shares a core out evenly, so a loop that wakes
 * having had more than an even share waits until the next timer tick, milliseconds, while one of them goes on. As these get less of a core than a loop, a
 * loop that wakes takes their place. Where there is a core for each, nothing changes.
 *
 * @param forGood the process is there for these loops alone: its main thread, which only keeps books, stands back too, and its helpers further once the code
 *   is compiled. Only root may raise a thread again, and programs that the process starts from then on are as low as its main thread.
 */
export function letLoopsGoFirst(forGood: boolean): void {
  // That of the main thread, which the loops have from it.
  const nice = getPriority();
  const lower = (thread: number, steps: number): void => {
    // The number of a helper that has ended may be another process's by now.
    if (!existsSync(`${THREADS}/${thread}`)) return;
    try {
      setPriority(thread, Math.min(NICE_MAX, nice + steps));
    } catch {
      // It is lower already, and only root may raise it: it goes on as it is.
    }
  };
  for (const helper of helpers) lower(helper, COMPILING);
  if (!forGood) return;
  lower(process.pid, MAIN);
  setTimeout(() => {
    for (const helper of helpers) lower(helper, COMPILED);
  }, COMPILING_MS).unref();
}
