import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The compiled command line. */
const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url)).replace(
  /^(?!.*\/dist\/)(.*)\/src\/cli\/main\.js$/,
  '$1/dist/src/cli/main.js',
);

/** A line of `respond --json`. */
export interface NodeEvent {
  readonly event: string;
  readonly at?: string;
  readonly role?: string;
  readonly state?: string;
  readonly epoch?: number;
  readonly inSync?: boolean;
  readonly endpoint?: string;
  readonly message?: string;
  readonly dropped?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const alive = new Set<ChildProcess>();

/** Ends whatever was started here and still runs. */
export function killAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

/** Runs `busyhour ARGS` to its end. */
export function busyhour(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      alive.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
}

/** One node of a cluster, started and killed again and again over the same data. */
export class ClusterNodeProcess {
  readonly events: NodeEvent[] = [];
  stderr = '';
  endpoint = '127.0.0.1:2905/0';
  #child: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);
  readonly #args: readonly string[];
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the node does not run');
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** The last role that it told. */
  get role(): NodeEvent | undefined {
    return this.events.findLast(({ event }) => event === 'role');
  }

  async start(sctpPort: number): Promise<void> {
    const listen = this.endpoint.replace(':2905', `:${sctpPort}`);
    this.events.length = 0;
    const child = spawn(
      process.execPath,
      [CLI, 'respond', '--json', '--carrier', 'udp', '--listen', listen, ...this.#args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    alive.add(child);
    this.#child = child;
    let rest = '';
    child.stdout.on('data', (text: Buffer) => {
      const lines = (rest + text.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line) as NodeEvent);
      this.#notify();
    });
    child.stderr.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
    this.#exited = new Promise((resolve) => {
      child.once('close', (code) => {
        alive.delete(child);
        if (this.#child === child) this.#child = null;
        this.#notify();
        resolve(code);
      });
    });
    const { endpoint } = await this.until('listening', ({ event }) => event === 'listening');
    this.endpoint = endpoint!.replace(`:${sctpPort}`, ':2905');
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Settles when the process is gone. */
  exited(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child === null) resolve();
      else this.#child.once('exit', () => resolve());
    });
  }

  /** Settles with the exit code. */
  ended(): Promise<number | null> {
    return this.#exited;
  }

  /** The first event, from `from` on, that `wanted` takes. @throws Error when the node ends or `patienceMs` passes first */
  async until(
    what: string,
    wanted: (event: NodeEvent) => boolean,
    from = 0,
    patienceMs = 60_000,
  ): Promise<NodeEvent> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const found = this.events.slice(from).find(wanted);
      if (found !== undefined) return found;
      if (this.#child === null) throw new Error(`the node ended before it said ${what}: ${this.stderr}`);
      if (performance.now() > end) {
        throw new Error(
          `the node did not say ${what}: ${JSON.stringify(this.events.slice(-5))} ${this.stderr}`,
        );
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

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export interface PairOptions {
  readonly folder: string;
  readonly extra?: readonly string[];
}

/** Two nodes of one cluster on loopback. */
export class Pair {
  readonly nodes: readonly [ClusterNodeProcess, ClusterNodeProcess];
  readonly folders: readonly [string, string];
  readonly interconnects: readonly [string, string];
  readonly #sctpPorts = [2905, 2906] as const;

  private constructor({ folder, extra = [] }: PairOptions, ports: readonly [number, number]) {
    this.folders = [join(folder, 'a'), join(folder, 'b')];
    this.interconnects = [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`];
    const argsOf = (i: 0 | 1) => [
      ...['--cluster', 'lab', '--node', i === 0 ? 'a' : 'b', '--data', this.folders[i]],
      ...['--interconnect', this.interconnects[i], '--peer', this.interconnects[1 - i]!, '--interval', '60s'],
      ...extra,
    ];
    this.nodes = [new ClusterNodeProcess(argsOf(0)), new ClusterNodeProcess(argsOf(1))];
  }

  static async start(options: PairOptions): Promise<Pair> {
    const pair = new Pair(options, await twoFreePorts());
    await Promise.all([pair.start(0), pair.start(1)]);
    await pair.inSync();
    return pair;
  }

  start(index: 0 | 1): Promise<void> {
    return this.nodes[index].start(this.#sctpPorts[index]);
  }

  /** Where to send requests, for `--target`. */
  get targets(): string {
    return this.nodes.map(({ endpoint }, i) => endpoint.replace(':2905', `:${this.#sctpPorts[i]}`)).join(',');
  }

  /** Which node serves; the one with the higher epoch when both say so. */
  get activeIndex(): 0 | 1 {
    const serving = (i: 0 | 1) => {
      const { running, role } = this.nodes[i];
      return running && role?.role === 'active' ? (role.epoch ?? 0) : -1;
    };
    return serving(1) > serving(0) ? 1 : 0;
  }

  /** Settles when one node serves and the other has everything. */
  async inSync(patienceMs = 60_000): Promise<void> {
    const end = performance.now() + patienceMs;
    const fine = () => {
      const states = this.nodes.map(({ role }) => role?.state);
      return states.includes('active') && states.includes('passive');
    };
    while (!fine()) {
      if (performance.now() > end) {
        const said = this.nodes.map(({ role, stderr }) => `${JSON.stringify(role)} ${stderr}`);
        throw new Error(`the nodes did not come in sync: ${said.join(' | ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) {
      if (!node.running) continue;
      node.signal('SIGCONT');
      node.signal('SIGTERM');
      await node.ended();
    }
  }
}

async function twoFreePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number];
}
