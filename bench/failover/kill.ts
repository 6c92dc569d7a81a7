import type { ClusterPair } from '../../src/cli/cluster-pair.js';
import { wait } from './busyhour.js';

/** The death of the active node by SIGKILL, and its return. */
export interface Kill {
  readonly killed: 'a' | 'b';
  /** From the signal to the other node's word that it serves. */
  readonly takeoverMs: number;
  /** From the signal to the end of the killed process: until then its host refuses nothing. */
  readonly exitMs: number;
  /** From the start of the killed node to its word that it has everything. */
  readonly backInSyncMs: number;
}

/** Both nodes are in sync before and after. */
export async function killActive(pair: ClusterPair, restartAfterMs: number): Promise<Kill> {
  const index = pair.activeIndex;
  const node = pair.nodes[index];
  const survivor = pair.nodes[1 - index]!;
  const said = survivor.events.length;
  const killedAtMs = unixMs();
  const exit = node.exited().then(() => unixMs() - killedAtMs);
  node.signal('SIGKILL');
  const serves = await survivor.until('that it serves', ({ state }) => state === 'alone', said);
  const takeoverMs = Date.parse(serves.at!) - killedAtMs;
  const exitMs = await exit;
  await node.ended();
  await wait(restartAfterMs);
  const startedMs = unixMs();
  await node.start();
  await node.until('that it is in sync', ({ state }) => state === 'passive');
  await pair.inSync();
  return { killed: index === 0 ? 'a' : 'b', takeoverMs, exitMs, backInSyncMs: unixMs() - startedMs };
}

/** The clock of the nodes' stamps. */
function unixMs(): number {
  return performance.timeOrigin + performance.now();
}
