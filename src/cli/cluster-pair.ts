import { createServer } from 'node:net';
import { join } from 'node:path';
import { type NodeEvent, NodeProcess } from './node-process.js';
import type { NodeId } from './role-book.js';

export interface PairOptions {
  readonly cluster: string;
  /** Gets a data folder for each node, `a` and `b`. */
  readonly folder: string;
  /** Further words for `respond`, for both nodes. */
  readonly extra?: readonly string[];
  readonly onEvent?: (node: NodeId, event: NodeEvent) => void;
}

const NODES = ['a', 'b'] as const;
const PATIENCE_MS = 60_000;

/** Two processes of one cluster on loopback, SCTP ports 2905 and 2906 in UDP ports that the system chose. */
export class ClusterPair {
  readonly nodes: readonly [NodeProcess, NodeProcess];
  readonly folders: readonly [string, string];
  readonly interconnects: readonly [string, string];

  private constructor(
    { cluster, folder, extra = [], onEvent }: PairOptions,
    ports: readonly [number, number],
  ) {
    this.folders = [join(folder, 'a'), join(folder, 'b')];
    this.interconnects = [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`];
    const node = (i: 0 | 1): NodeProcess =>
      new NodeProcess(
        `127.0.0.1:${2905 + i}/0`,
        [
          ...['--cluster', cluster, '--node', NODES[i], '--data', this.folders[i]],
          ...['--interconnect', this.interconnects[i], '--peer', this.interconnects[1 - i]!],
          ...['--interval', '60s', ...extra],
        ],
        (event) => onEvent?.(NODES[i], event),
      );
    this.nodes = [node(0), node(1)];
  }

  /** Resolves when one node serves and the other has everything. @throws Error with the words of the node that did not start */
  static async start(options: PairOptions): Promise<ClusterPair> {
    const pair = new ClusterPair(options, await twoFreePorts());
    try {
      await Promise.all(pair.nodes.map((node) => node.start()));
      await pair.inSync();
    } catch (cause) {
      await pair.end();
      throw cause;
    }
    return pair;
  }

  /** Where to send requests, for `--target`. */
  get targets(): string {
    return this.nodes.map(({ endpoint }) => endpoint).join(',');
  }

  /** Which node serves; the one with the higher epoch when both say so. */
  get activeIndex(): 0 | 1 {
    const serving = (i: 0 | 1) => {
      const { running, role } = this.nodes[i];
      return running && role?.role === 'active' ? (role.epoch ?? 0) : -1;
    };
    return serving(1) > serving(0) ? 1 : 0;
  }

  /** Settles when one node serves and the other has everything. @throws Error when they do not within `patienceMs` */
  async inSync(patienceMs = PATIENCE_MS): Promise<void> {
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

  async end(): Promise<void> {
    for (const node of this.nodes) await node.end();
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
