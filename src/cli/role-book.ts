import type { NodeEvent } from './node-process.js';

export type NodeId = 'a' | 'b';

/** A node began to serve in place of the other one. */
export interface Takeover {
  readonly node: NodeId;
  readonly unixMs: number;
  readonly epoch: number;
}

/** States from which a node comes to serve because the other one does so no more. */
const STANDING_BY: ReadonlySet<string> = new Set(['passive', 'takingOver']);

/** What the nodes of a cluster said of their roles, and what follows from it. Nothing else is known here. */
export class RoleBook {
  readonly takeovers: Takeover[] = [];
  readonly #states = new Map<NodeId, string>();

  /** Takes a line of `respond --json` of a node, in the order of its output. */
  take(node: NodeId, { event, at, role, state, epoch }: NodeEvent): void {
    if (event !== 'role' || state === undefined) return;
    const before = this.#states.get(node) ?? '';
    this.#states.set(node, state);
    if (role !== 'active' || !STANDING_BY.has(before)) return;
    this.takeovers.push({ node, unixMs: Date.parse(at ?? ''), epoch: epoch ?? 0 });
  }

  /** The first takeover in a time, Unix ms; undefined when there was none. */
  takeoverIn(fromUnixMs: number, toUnixMs: number): Takeover | undefined {
    return this.takeovers.find(({ unixMs }) => unixMs >= fromUnixMs && unixMs <= toUnixMs);
  }
}
