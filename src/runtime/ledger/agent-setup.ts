import { randomBytes } from 'node:crypto';
import { type ClusterPolicy, SAFE_POLICY } from '../../cluster/policy.js';
import type { RespondConfig } from '../../config/respond-config.js';
import { Journal } from '../../storage/journal.js';
import { StorageError } from '../../storage/storage-error.js';
import { RuntimeFault } from '../faults.js';
import { ledgerTermsOf } from '../respond/application.js';
import { OCTETS_KEPT } from './restore.js';

const CLAIM_RETRY_NS = 200e6;
/** A silent peer whose lease lives is given so many times dead-after to settle it. */
const LEASE_WAIT_SHARE = 1.5;
/** Above what `EtcdWitness` waits for an answer: whatever it asks is answered or told to have failed before. */
const WITNESS_PATIENCE_NS = 3e9;

/** Storage's refusals as faults of this command. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof StorageError) throw new RuntimeFault(cause.fault, cause.message);
    throw cause;
  }
}

export function openJournal(config: RespondConfig): Journal {
  const { cluster, data } = config;
  if (data === null)
    throw new RuntimeFault('usage', '--data is missing: name the folder for ledger and journal');
  return guarded(() =>
    Journal.open(data, {
      cluster: cluster?.name ?? '',
      node: cluster?.node ?? '',
      ledger: ledgerTermsOf(config),
    }),
  );
}

export function optionsOf({ cluster }: RespondConfig) {
  if (cluster === null) throw new Error('no cluster is configured');
  return {
    cluster: cluster.name,
    node: cluster.node,
    instance: randomBytes(8).toString('hex'),
    heartbeatNs: cluster.heartbeatNs,
    deadAfterNs: cluster.deadAfterNs,
    leaseWaitNs: cluster.deadAfterNs * LEASE_WAIT_SHARE,
    claimRetryNs: CLAIM_RETRY_NS,
    witnessPatienceNs: WITNESS_PATIENCE_NS,
    witness: cluster.witness !== null,
    fencing: cluster.fence !== null,
    takeoverOnSilence: cluster.takeoverOnSilence,
    preferred: cluster.prefer === cluster.node,
    entriesPerMessage: 64,
    entriesUnderWay: 256,
    octetsUnderWay: 256 * 1024,
    uncommittedMax: 2048,
    entriesKept: 20_000,
    octetsKept: OCTETS_KEPT,
  };
}

/** Weaker promises are the user's choice. A node that lost the end of its journal never serves alone by itself. */
export function policyOf({ durability }: RespondConfig, lossy: boolean): ClusterPolicy {
  const base: ClusterPolicy = lossy
    ? { ...SAFE_POLICY, mayStartAlone: () => false, mayClaim: (facts) => facts.reason === 'operator' }
    : SAFE_POLICY;
  if (durability === 'replicated') return base;
  return { ...base, journalLimit: (_, last) => last, commitLimit: (_, durable) => durable };
}

/** What makes this node promise less than exactly once; null: nothing. A node without peer promises what its disk does. */
export function weaknessOf({ cluster, durability }: RespondConfig): string | null {
  if (cluster?.takeoverOnSilence === true) return 'takeover on silence';
  if (durability === 'none' || (cluster !== null && durability === 'local'))
    return `durability ${durability}`;
  return null;
}
