import { type ChildProcess, spawn } from 'node:child_process';
import { LAUNCHER } from '../runtime/package-root.js';

/** A line of `respond --json`, as far as it is looked at here. */
export interface NodeEvent {
  readonly event: string;
  readonly at?: string;
  readonly pid?: number;
  readonly endpoint?: string;
  readonly role?: string;
  readonly state?: string;
  readonly epoch?: number;
  readonly inSync?: boolean;
  readonly message?: string;
  readonly dropped?: number;
  readonly tookMs?: number;
  readonly workers?: readonly { readonly requests: number }[];
}

const PATIENCE_MS = 60_000;
/** A process that does not end in order by then is killed. */
const ORDERLY_MS = 8_000;

/**
 * A `busyhour respond --json` process, started and ended again and again with the same words. It has a process group of its own, so that
 * Ctrl-C reaches it only through us; it never outlives us.
 */
export class NodeProcess {
  /** What it has said since its last start. */
  readonly events: NodeEvent[] = [];
  stderr = '';
  /** Where it listens; from the first start on the same one, UDP port included. */
  endpoint: string;
  readonly #args: readonly string[];
  readonly #onEvent: (event: NodeEvent) => void;
  #child: ChildProcess | null = null;
  #ended: Promise<number | null> = Promise.resolve(null);
  #waiting: (() => void)[] = [];

  /**
   * @param listen endpoint, with UDP port 0 for one that the system chooses
   * @param args further words for `respond`
   * @param onEvent takes every line of every life
   */
  constructor(
    listen: string,
    args: readonly string[],
    onEvent: (event: NodeEvent) => void = () => undefined,
  ) {
    this.endpoint = listen;
    this.#args = args;
    this.#onEvent = onEvent;
  }

  /** @throws Error while it does not run */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the node does not run');
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** The last role that it told in this life. */
  get role(): NodeEvent | undefined {
    return this.events.findLast(({ event }) => event === 'role');
  }

  /** Resolves when it listens. @throws Error with its own words when it ended instead */
  async start(): Promise<void> {
    this.events.length = 0;
    const words = ['respond', '--json', '--carrier', 'udp', '--listen', this.endpoint, ...this.#args];
    const child = spawn(LAUNCHER, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    let rest = '';
    child.stdout.on('data', (text: Buffer) => {
      const lines = (rest + text.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(JSON.parse(line) as NodeEvent);
      this.#notify();
    });
    child.stderr.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => {
        process.off('exit', kill);
        if (this.#child === child) this.#child = null;
        this.#notify();
        resolve(code);
      });
    });
    const { endpoint } = await this.until('that it listens', ({ event }) => event === 'listening');
    this.endpoint = endpoint ?? this.endpoint;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Settles when the process is gone; its last words may still be on their way. */
  exited(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child === null) resolve();
      else this.#child.once('exit', () => resolve());
    });
  }

  /** Settles with the exit code when it has ended and said everything. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Ends it in order, also when it is stopped. */
  async end(): Promise<void> {
    if (!this.running) return;
    // A stopped process takes SIGTERM only when it is continued.
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const killer = setTimeout(() => this.running && this.signal('SIGKILL'), ORDERLY_MS);
    await this.ended();
    clearTimeout(killer);
  }

  /** The first event of this life, from number `from` on, that `wanted` takes. @throws Error when the node ends or `patienceMs` passes first */
  async until(
    what: string,
    wanted: (event: NodeEvent) => boolean,
    from = 0,
    patienceMs = PATIENCE_MS,
  ): Promise<NodeEvent> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const found = this.events.slice(from).find(wanted);
      if (found !== undefined) return found;
      if (!this.running) throw new Error(`the node ended before it said ${what}: ${this.stderr.trim()}`);
      if (performance.now() > end) {
        const last = JSON.stringify(this.events.slice(-5));
        throw new Error(`the node did not say ${what} within ${patienceMs} ms: ${last} ${this.stderr}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #take(event: NodeEvent): void {
    this.events.push(event);
    this.#onEvent(event);
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
