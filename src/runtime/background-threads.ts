import { existsSync, readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const THREADS = '/proc/self/task';

/**
 * Steps of niceness below the loops: a tenth of a loop's share each. With a third, five steps, a loop that had read answers for longer than two requests
 * are apart, and slept for a moment, was found to have had more than its share, and stood behind the compiler until the next timer tick. With less
 * than a tenth a loop that collects its garbage while a helper compiles for it, which has to come to a halt first, waited up to 170 ms where other
 * programs filled the core.
 */
const HELPERS = 10;
/** No loop waits for the main thread: a thirtieth, which keeps the books in time on a full core too. */
const MAIN = 15;
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
 * @param mainToo the process is there for these loops alone, and its main thread only keeps books. Only root may raise a thread again, and programs that
 *   the process starts from then on are as low as its main thread.
 */
export function letLoopsGoFirst(mainToo: boolean): void {
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
  for (const helper of helpers) lower(helper, HELPERS);
  if (mainToo) lower(process.pid, MAIN);
}
