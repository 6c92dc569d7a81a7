import type { Configuration, NodeId, Promised, Register } from './types.js';

export type ClaimReason = 'silence' | 'death' | 'elected' | 'operator';

/** What a claim rests on. */
export interface ClaimFacts {
  readonly self: NodeId;
  readonly role: string;
  /** Why it is made: the peer is silent, its process is proven dead, it promised an epoch to this node, or the operator says so. */
  readonly reason: ClaimReason;
  /** Epoch that would begin. */
  readonly epoch: number;
  readonly config: Configuration | null;
  readonly promised: Promised;
}

/**
 * The decisions that exactly-once rests on, in one place. Tests replace one at a time by a wrong one and show that the simulation notices.
 */
export interface ClusterPolicy {
  /** Last entry that may go to this node's journal. */
  journalLimit(members: 'both' | 'owner', last: number, peerDurable: number): number;
  /** Last entry that may be answered. */
  commitLimit(members: 'both' | 'owner', durable: number, peerDurable: number): number;
  /** Whether a node that hears nothing of its peer may start serving, by its own journal alone. */
  mayStartAlone(facts: ClaimFacts): boolean;
  /** Whether the witness's register lets the node serve without its peer. */
  mayClaim(facts: ClaimFacts, register: Register | null): boolean;
  /** Whether silence by the node's own clock is enough to serve without the peer. */
  silenceProvesDeath(takeoverOnSilence: boolean): boolean;
  /** Whether it is enough that the peer's lease at the witness ran out. */
  lostLeaseProvesDeath(): boolean;
}

export const SAFE_POLICY: ClusterPolicy = {
  journalLimit(members, last, peerDurable) {
    return members === 'both' ? Math.min(peerDurable, last) : last;
  },

  commitLimit(members, durable, peerDurable) {
    return members === 'both' ? Math.min(durable, peerDurable) : durable;
  },

  /** Only the owner that recorded its peer as out of sync knows that the other cannot have served since. */
  mayStartAlone({ self, config, promised }) {
    if (config === null || config.owner !== self || config.members !== 'owner') return false;
    return promised.epoch <= config.epoch || promised.to === self;
  },

  mayClaim(facts, register) {
    const { self, role, reason, epoch, config, promised } = facts;
    if (reason === 'operator') return true;
    // What the peer promised holds for epochs below; whatever the register got since is beyond it.
    if (reason === 'elected') return register === null || register.owner === self || register.epoch < epoch;
    if (register === null) return false;
    const inSync = role === 'takingOver' || role === 'holding';
    const free = promised.to === self || promised.epoch <= register.epoch;
    if (register.owner === self && role !== 'catchingUp') return inSync || free;
    if (register.members === 'owner') return false;
    if (inSync) return true;
    // A node that starts: it was the owner, nobody was left out, and nobody was promised anything since.
    if (config === null || config.owner !== self || config.epoch < register.epoch) return false;
    return promised.epoch <= config.epoch || promised.to === self;
  },

  silenceProvesDeath(takeoverOnSilence) {
    return takeoverOnSilence;
  },

  /** A node whose lease ran out may run on, and answer until the register says otherwise. */
  lostLeaseProvesDeath() {
    return false;
  },
};
