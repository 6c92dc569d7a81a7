import { execFileSync } from 'node:child_process';
import type { ClusterPair } from '../../src/cli/cluster-pair.js';
import { wait } from './busyhour.js';
import type { Etcd } from './etcd.js';

export const KINDS = ['freeze', 'cut', 'reset', 'witnessKill'] as const;
export type Kind = (typeof KINDS)[number];

/** Two of them are to be longer than dead-after (1 s). */
const LENGTH_MS: Readonly<Record<Kind, number>> = {
  freeze: 2_200,
  cut: 2_200,
  reset: 250,
  witnessKill: 1_500,
};
const FENCED_MS_MAX = 10_000;

export interface Disturbance {
  readonly kind: Kind;
  /** What the nodes had last said of themselves towards its end. */
  readonly meanwhile: readonly string[];
  /** The node that was active at the begin has said that it was fenced. */
  readonly fenced: boolean;
  /** From its end until both nodes were in sync. */
  readonly backInSyncMs: number;
}

/** Disturbs a cluster whose nodes are in sync, and waits until they are again. */
export async function disturb(kind: Kind, pair: ClusterPair, etcd: Etcd | null): Promise<Disturbance> {
  const active = pair.nodes[pair.activeIndex];
  const said = active.events.length;
  const change = async (begin: boolean): Promise<void> => {
    if (kind === 'freeze') active.signal(begin ? 'SIGSTOP' : 'SIGCONT');
    else if (kind === 'witnessKill') await (begin ? etcd?.kill() : etcd?.start());
    else filter(begin ? '-A' : '-D', pair, kind);
  };
  await change(true);
  await wait(LENGTH_MS[kind] * 0.9);
  const meanwhile = pair.nodes.map(({ role }) => role?.state ?? 'none');
  await wait(LENGTH_MS[kind] * 0.1);
  await change(false);
  const endedAtMs = performance.now();
  const isFenced = ({ event, message }: { readonly event: string; readonly message?: string }) =>
    event === 'trouble' && /^fenced: /.test(message ?? '');
  if (kind === 'freeze') {
    // A witness that says otherwise leaves the word out; the bench counts it.
    await active.until('that it was fenced', isFenced, said, FENCED_MS_MAX).catch(() => undefined);
  }
  await pair.inSync();
  return {
    kind,
    meanwhile,
    fenced: active.events.slice(said).some(isFenced),
    backInSyncMs: performance.now() - endedAtMs,
  };
}

/** Adds (`-A`) or removes (`-D`) the rules that disturb the interconnect. */
function filter(change: '-A' | '-D', pair: ClusterPair, kind: 'cut' | 'reset'): void {
  const target = kind === 'cut' ? ['DROP'] : ['REJECT', '--reject-with', 'tcp-reset'];
  for (const address of pair.interconnects) {
    const port = address.split(':')[1]!;
    for (const side of ['--dport', '--sport']) {
      execFileSync('iptables', ['-w', change, 'INPUT', '-p', 'tcp', side, port, '-j', ...target]);
    }
  }
}
