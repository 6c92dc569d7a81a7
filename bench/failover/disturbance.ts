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
  reset: 200,
  witnessKill: 1_500,
};
const FENCED_MS_MAX = 10_000;
/** The register follows the nodes within a few attempts of 200 ms; a busy machine takes longer. */
const REGISTER_MS_MAX = 20_000;

export interface Disturbance {
  readonly kind: Kind;
  /** What it lasted at most. A reset longer than 250 ms is beyond what a cluster without a witness is to bear. */
  readonly lengthMs: number;
  /** What the nodes had last said of themselves towards its end. */
  readonly meanwhile: readonly string[];
  /** The node that was active at the begin has said that it was fenced. */
  readonly fenced: boolean;
  /** From its end until both nodes were in sync. */
  readonly backInSyncMs: number;
  /** From then until the witness counted both in; null without a witness, or when it did not. */
  readonly registeredMs: number | null;
  /** What the nodes complained of. */
  readonly told: readonly string[];
}

/** Disturbs a cluster whose nodes are in sync, and waits until they are again. */
export async function disturb(kind: Kind, pair: ClusterPair, etcd: Etcd | null): Promise<Disturbance> {
  const active = pair.nodes[pair.activeIndex];
  const said = pair.nodes.map(({ events }) => events.length);
  const since = (index: number) => pair.nodes[index]!.events.slice(said[index]);
  const activeIndex = pair.nodes.indexOf(active);
  const beganMs = performance.now();
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
  const lengthMs = endedAtMs - beganMs;
  const isFenced = ({ event, message }: { readonly event: string; readonly message?: string }) =>
    event === 'trouble' && /^fenced: /.test(message ?? '');
  if (kind === 'freeze') {
    // A witness that says otherwise leaves the word out; the bench counts it.
    await active
      .until('that it was fenced', isFenced, said[activeIndex], FENCED_MS_MAX)
      .catch(() => undefined);
  }
  await pair.inSync();
  const backInSyncMs = performance.now() - endedAtMs;
  return {
    kind,
    lengthMs,
    meanwhile,
    fenced: since(activeIndex).some(isFenced),
    backInSyncMs,
    registeredMs: (await etcd?.untilBoth(REGISTER_MS_MAX)) ?? null,
    told: [0, 1].flatMap((index) => since(index).flatMap(({ message }) => message ?? [])),
  };
}

/** Adds (`-A`) or removes (`-D`) the rules that disturb the interconnect, all at once: one after the other they would take longer than a reset lasts. */
function filter(change: '-A' | '-D', pair: ClusterPair, kind: 'cut' | 'reset'): void {
  const target = kind === 'cut' ? 'DROP' : 'REJECT --reject-with tcp-reset';
  const rules = pair.interconnects.flatMap((address) =>
    ['--dport', '--sport'].map(
      (side) => `${change} INPUT -p tcp ${side} ${address.split(':')[1]} -j ${target}`,
    ),
  );
  execFileSync('iptables-restore', ['--noflush', '--wait'], {
    input: `*filter\n${rules.join('\n')}\nCOMMIT\n`,
  });
}
