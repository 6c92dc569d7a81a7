import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

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

/** Found once: later there are loops among the threads, perhaps another run's. */
let helpers: readonly number[] | null = null;

/**
 * The threads of this process that are no loops: V8's compilers and collectors, those that read files, the main thread with its bookkeeping. The
 * kernel shares a core out evenly, so a loop that wakes having had more than they had waits until the next timer tick, milliseconds, while one
 * of them goes on. As these get less of a core than a loop, a loop that wakes takes their place. Where there is a core for each, nothing changes.
 */
export class BackgroundThreads {
  /** The loops' niceness, which they have from the main thread. */
  readonly #nice = getPriority();

  /** Before the first worker of the process starts: whatever thread there is then, besides the main one, is a helper. */
  constructor() {
    helpers ??= readdirSync('/proc/self/task')
      .map(Number)
      .filter((thread) => thread !== process.pid);
    this.#lowerHelpers(COMPILING);
  }

  /**
   * Traffic begins.
   *
   * @param mainThreadToo false where the main thread has more to do than to keep books. It stays so for the life of the process: only
   *   root may raise a thread again. Programs that the process starts from then on are like it.
   */
  trafficBegins(mainThreadToo: boolean): void {
    if (mainThreadToo) this.#lower(process.pid, MAIN);
    setTimeout(() => this.#lowerHelpers(COMPILED), COMPILING_MS).unref();
  }

  #lowerHelpers(steps: number): void {
    for (const helper of helpers ?? []) this.#lower(helper, steps);
  }

  #lower(thread: number, steps: number): void {
    try {
      setPriority(thread, Math.min(NICE_MAX, this.#nice + steps));
    } catch {
      // It has ended, or is lower already, and only root may raise it: it goes on as it is.
    }
  }
}
