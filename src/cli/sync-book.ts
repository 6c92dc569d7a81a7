import type { NodeEvent } from './node-process.js';
import type { NodeId } from './role-book.js';

/** A sync of a node's journal, Unix ms: until its end no answer was given that waited for it. */
export interface SlowSync {
  readonly node: NodeId;
  readonly fromUnixMs: number;
  readonly toUnixMs: number;
}

/** A freeze together with the slow syncs that it met: for so long the service may have stood still. */
export interface HeldUp {
  readonly fromUnixMs: number;
  readonly toUnixMs: number;
  readonly syncs: readonly SlowSync[];
}

/** A sync counts when it took this long besides the freeze: every freeze catches some sync under way. */
const BESIDE_MS_MIN = 20;
/** The next sync begins soon after the one whose end it waited for. */
const SOON_MS = 5;

/** What the nodes of a cluster said of slow syncs. Of nothing else can one know here that the disk held a service up. */
export class SyncBook {
  readonly #syncs: SlowSync[] = [];

  /** Takes a line of `respond --json` of a node. */
  take(node: NodeId, { event, at, tookMs }: NodeEvent): void {
    if (event !== 'slowSync' || at === undefined || tookMs === undefined) return;
    const fromUnixMs = Date.parse(at);
    this.#syncs.push({ node, fromUnixMs, toUnixMs: fromUnixMs + tookMs });
  }

  /** The slow syncs, one after the other, that a freeze fell into or that it was followed by; null when there were none. */
  heldUp(freeze: { readonly fromUnixMs: number; readonly toUnixMs: number }): HeldUp | null {
    let { fromUnixMs, toUnixMs } = freeze;
    const beside = this.#syncs.filter((sync) => besideMs(sync, freeze) >= BESIDE_MS_MIN);
    const syncs: SlowSync[] = [];
    for (;;) {
      const next = beside.find(
        (sync) =>
          !syncs.includes(sync) &&
          sync.fromUnixMs <= toUnixMs + SOON_MS &&
          sync.toUnixMs >= fromUnixMs - SOON_MS,
      );
      if (next === undefined) break;
      syncs.push(next);
      fromUnixMs = Math.min(fromUnixMs, next.fromUnixMs);
      toUnixMs = Math.max(toUnixMs, next.toUnixMs);
    }
    return syncs.length === 0 ? null : { fromUnixMs, toUnixMs, syncs };
  }
}

function besideMs(
  sync: SlowSync,
  { fromUnixMs, toUnixMs }: { readonly fromUnixMs: number; readonly toUnixMs: number },
): number {
  const within = Math.min(sync.toUnixMs, toUnixMs) - Math.max(sync.fromUnixMs, fromUnixMs);
  return sync.toUnixMs - sync.fromUnixMs - Math.max(0, within);
}
