import type { ClusterPair } from './cluster-pair.js';
import type { NodeId, RoleBook, Takeover } from './role-book.js';

/** When the demo does what, from the first due request, ms. */
export interface DemoPlan {
  readonly freezeAtMs: number;
  readonly freezeMs: number;
  readonly killAtMs: number;
  readonly restartAfterMs: number;
}

/** A process that stood still. Times are Unix ms, stamped round SIGSTOP and SIGCONT. */
export interface Frozen {
  readonly node: NodeId;
  readonly target: string;
  readonly otherTarget: string;
  readonly fromUnixMs: number;
  readonly toUnixMs: number;
  /** What the nodes told of it: null when no role changed. */
  readonly takeover: Takeover | null;
}

/** A process that was killed, and what became of it. */
export interface Killed {
  readonly node: NodeId;
  readonly target: string;
  readonly otherTarget: string;
  readonly killedUnixMs: number;
  /** Null when the other node did not take over. */
  readonly takeover: Takeover | null;
  readonly restartedUnixMs: number;
  /** When the node that was started again said that it has everything; null when it did not. */
  readonly inSyncUnixMs: number | null;
}

export interface Happenings {
  readonly frozen: Frozen | null;
  readonly killed: Killed | null;
}

/** So long the survivor may take, and then the one that was started again. */
const PATIENCE_MS = 15_000;

/** Freezes the active node, and later kills it and starts it again. An interrupt leaves out what has not begun. */
export async function disturb(
  pair: ClusterPair,
  book: RoleBook,
  plan: DemoPlan,
  startUnixMs: number,
  interrupt: AbortSignal,
): Promise<Happenings> {
  await sleepUntil(startUnixMs + plan.freezeAtMs, interrupt);
  if (interrupt.aborted) return { frozen: null, killed: null };
  const frozen = await freeze(pair, book, plan.freezeMs);
  await sleepUntil(startUnixMs + plan.killAtMs, interrupt);
  if (interrupt.aborted) return { frozen, killed: null };
  return { frozen, killed: await kill(pair, book, plan.restartAfterMs) };
}

async function freeze(pair: ClusterPair, book: RoleBook, lengthMs: number): Promise<Frozen> {
  const index = pair.activeIndex;
  const node = pair.nodes[index];
  const fromUnixMs = unixMs();
  node.signal('SIGSTOP');
  await sleepUntil(fromUnixMs + lengthMs);
  node.signal('SIGCONT');
  const toUnixMs = unixMs();
  return {
    ...names(pair, index),
    fromUnixMs,
    toUnixMs,
    takeover: book.takeoverIn(fromUnixMs, toUnixMs) ?? null,
  };
}

async function kill(pair: ClusterPair, book: RoleBook, restartAfterMs: number): Promise<Killed> {
  const index = pair.activeIndex;
  const node = pair.nodes[index];
  const survivor = pair.nodes[1 - index]!;
  const said = survivor.events.length;
  const killedUnixMs = unixMs();
  node.signal('SIGKILL');
  await Promise.all([
    node.ended(),
    survivor.until('that it serves', ({ role }) => role === 'active', said, PATIENCE_MS).catch(ignore),
  ]);
  await sleepUntil(killedUnixMs + restartAfterMs);
  const restartedUnixMs = unixMs();
  await node.start().catch(ignore);
  const back = await node
    .until('that it is in sync', ({ state }) => state === 'passive', 0, PATIENCE_MS)
    .catch(ignore);
  return {
    ...names(pair, index),
    killedUnixMs,
    takeover: book.takeoverIn(killedUnixMs, restartedUnixMs) ?? null,
    restartedUnixMs,
    inSyncUnixMs: back?.at === undefined ? null : Date.parse(back.at),
  };
}

/** What did not come to pass is told as such. */
function ignore(): undefined {
  return undefined;
}

function names(pair: ClusterPair, index: 0 | 1) {
  return {
    node: index === 0 ? ('a' as const) : ('b' as const),
    target: pair.nodes[index].endpoint,
    otherTarget: pair.nodes[1 - index]!.endpoint,
  };
}

/** Wall clock that a step of the system's time cannot bend during the demo. */
function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

/** To about a millisecond; at once when interrupted. */
async function sleepUntil(time: number, interrupt?: AbortSignal): Promise<void> {
  const left = time - unixMs();
  if (left > 2 && interrupt?.aborted !== true) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left - 2);
      interrupt?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  while (unixMs() < time && interrupt?.aborted !== true)
    await new Promise((resolve) => setImmediate(resolve));
}
