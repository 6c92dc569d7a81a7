import type { NodeEvent } from '../../src/cli/node-process.js';

type NodeId = 'a' | 'b';

/** Adds up the time for which both nodes of a cluster said that they serve without the other. */
export class AloneWatch {
  bothMs = 0;
  readonly #since = new Map<NodeId, number>();

  take(node: NodeId, { event, state, at }: NodeEvent): void {
    if (event === 'listening') this.#since.delete(node);
    if (event !== 'role' || at === undefined) return;
    const atMs = Date.parse(at);
    const since = this.#since.get(node);
    if (state === 'alone') {
      if (since === undefined) this.#since.set(node, atMs);
      return;
    }
    if (since === undefined) return;
    this.#since.delete(node);
    const others = this.#since.get(node === 'a' ? 'b' : 'a');
    // A stamp has whole milliseconds: an overlap of none is still one.
    if (others !== undefined) this.bothMs += Math.max(1, atMs - Math.max(since, others));
  }
}
