import type { Claim, Core } from './core.js';
import { becomeFenced } from './following.js';
import { becomeAlone, sendHeartbeat } from './leading.js';
import type { ClaimFacts, ClaimReason } from './policy.js';
import type { Input, Register } from './types.js';

type RegisterRead = Extract<Input<unknown, unknown>, { type: 'registerRead' }>;

/**
 * Winning the right to serve without the peer. It never rests on a clock: silence only decides when to ask.
 *
 * ```
 *   with witness      read register and the peer's lease -> does it live and only the link is cut? then its turn first -> mayClaim?
 *                     -> compare and set {epoch, self, owner, what the peer lacks} -> alone
 *   without witness   the peer's host refuses a connection, the fencing command succeeded, or the operator says so -> alone
 * ```
 */
export function seekAuthority<P, S>(
  core: Core<P, S>,
  reason: ClaimReason = 'silence',
  acceptLoss = false,
): void {
  const { options, nowNs } = core;
  core.nextClaimNs = nowNs + options.claimRetryNs;
  if (core.policy.silenceProvesDeath(options.takeoverOnSilence) && hasEverything(core)) {
    becomeAlone(core, core.epochAbove(highestEpoch(core)));
    return;
  }
  if (options.witness) {
    core.attempts += 1;
    const promisedByPeer = reason === 'elected' && core.promised.to === core.self;
    core.claim = {
      attempt: core.attempts,
      reason,
      acceptLoss,
      epoch: promisedByPeer ? core.promised.epoch : core.epochAbove(highestEpoch(core)),
    };
    core.ask({ type: 'readRegister', attempt: core.attempts });
    return;
  }
  if (core.role === 'joining' || core.role === 'fenced') {
    if (core.policy.mayStartAlone(factsOf(core, null))) {
      becomeAlone(core, core.epochAbove(highestEpoch(core)));
      return;
    }
  }
  if (options.fencing && hasEverything(core)) core.emit({ type: 'fence' });
}

/** The peer's process is proven dead. With a witness that only means that it is time to ask. */
export function peerDied<P, S>(core: Core<P, S>): void {
  if (core.role === 'passive' || core.role === 'active') core.event('peerSilent');
  if (core.role === 'handingOver') core.event('peerSilent');
  const { role } = core;
  if (role === 'catchingUp') core.event('peerSilent');
  if (core.options.witness) {
    if (mayAsk(core) && core.claim === null) seekAuthority(core, 'death');
    return;
  }
  if (role === 'takingOver' || role === 'holding') {
    becomeAlone(core, core.epochAbove(highestEpoch(core)));
  } else if (core.policy.mayStartAlone(factsOf(core, null)) && (role === 'joining' || role === 'fenced')) {
    becomeAlone(core, core.epochAbove(highestEpoch(core)));
  }
}

/** The operator's word for the peer's death; with `acceptLoss` also for a node that may lack charges. */
export function promote<P, S>(core: Core<P, S>, acceptLoss: boolean): void {
  if (core.leads && core.role !== 'holding' && core.role !== 'active') {
    core.refuse('promote: this node serves already');
    return;
  }
  if (core.role === 'passive' || core.role === 'active') core.event('peerSilent');
  const complete = core.role === 'takingOver' || core.role === 'holding';
  if (!complete && !acceptLoss) {
    core.refuse(
      `promote: this node is ${core.role} and may lack charges that were answered; ` +
        'start the other node, or use --accept-loss',
    );
    return;
  }
  // With a witness the register has to say so too, or the other node could still start.
  if (core.options.witness) seekAuthority(core, 'operator', !complete);
  else becomeAlone(core, core.epochAbove(highestEpoch(core)), !complete);
}

/** Repeats attempts while the node lacks authority that it may ask for. */
export function retryClaim<P, S>(core: Core<P, S>): void {
  if (core.nowNs < core.nextClaimNs || core.waitsForWitness) return;
  if (mayAsk(core)) seekAuthority(core, core.claim?.reason, core.claim?.acceptLoss);
  else if (core.role === 'active') confirmMembers(core);
}

/** Roles in which a node without authority may ask for it now. */
function mayAsk<P, S>(core: Core<P, S>): boolean {
  if (core.role === 'takingOver' || core.role === 'holding') return true;
  const idle = core.role === 'joining' || core.role === 'fenced';
  if (core.claim !== null && (core.claim.reason === 'elected' || core.claim.reason === 'operator'))
    return idle || core.role === 'passive' || core.role === 'catchingUp';
  return idle && core.nowNs - core.heardNs >= core.options.deadAfterNs;
}

export function onRegisterRead<P, S>(
  core: Core<P, S>,
  { attempt, register, revision, peerLives }: RegisterRead,
): void {
  core.asked(attempt);
  if (attempt === core.confirmAttempt) {
    confirmWith(core, attempt, register, revision);
    return;
  }
  const { claim } = core;
  if (claim === null || claim.attempt !== attempt) return;
  core.registerEpoch = register?.epoch ?? 0;
  if (!peerLives && core.policy.lostLeaseProvesDeath() && hasEverything(core)) {
    becomeAlone(core, core.epochAbove(Math.max(highestEpoch(core), claim.epoch)));
    return;
  }
  if (peerLives && leavesItToPeer(core, claim)) {
    core.claim = null;
    core.refuse(
      `witness: node ${core.peer} is silent on the interconnect but its lease lives; it may claim first`,
    );
    return;
  }
  if (!core.policy.mayClaim(factsOf(core, claim), register)) {
    core.claim = null;
    // An election that the register has passed is held again, for a higher epoch.
    core.electing = 0;
    core.refuse(
      register === null
        ? 'witness: it holds nothing about this cluster, so this node cannot start alone'
        : `witness: node ${register.owner} serves under epoch ${register.epoch} and this node is recorded as out of sync${register.peerLacksFrom == null ? '' : ` from entry ${register.peerLacksFrom} on`}`,
    );
    if (core.role === 'takingOver') core.event('authorityLost');
    else if (core.role === 'holding' && register !== null) becomeFenced(core, register.epoch);
    return;
  }
  if (register !== null && register.epoch >= claim.epoch) claim.epoch = core.epochAbove(register.epoch);
  core.ask({
    type: 'swapRegister',
    attempt,
    revision,
    register: {
      epoch: claim.epoch,
      owner: core.self,
      members: 'owner',
      instance: core.options.instance,
      attempt,
      peerLacksFrom: peerLacksFrom(core, register),
    },
  });
}

/** The peer runs and has only lost us: it served, and should go on doing so. It asks by its own dead-after, and is given until a little after it. */
function leavesItToPeer<P, S>(core: Core<P, S>, { reason }: Claim): boolean {
  if (reason !== 'silence' || core.role !== 'takingOver') return false;
  return core.nowNs - core.heardNs < core.options.leaseWaitNs;
}

function peerLacksFrom<P, S>(core: Core<P, S>, register: Register | null): number {
  const first = (core.role === 'holding' ? core.peerDurable : core.log.lastIndex) + 1;
  const absent = register?.owner === core.self && register.members === 'owner';
  return absent ? Math.min(first, register.peerLacksFrom ?? first) : first;
}

export function onRegisterSwapped<P, S>(core: Core<P, S>, attempt: number, swapped: boolean): void {
  core.asked(attempt);
  if (attempt === core.confirmAttempt) {
    core.confirmAttempt = 0;
    if (swapped) core.confirmWanted = false;
    return;
  }
  const { claim } = core;
  if (claim === null || claim.attempt !== attempt) return;
  if (swapped) becomeAlone(core, claim.epoch, claim.acceptLoss);
}

/**
 * Records at the witness that both nodes are in sync, so that either may be promoted. Only once the peer has the configuration that
 * counts it in: from then on nothing is answered without its acceptance.
 */
function confirmMembers<P, S>(core: Core<P, S>): void {
  if (!core.confirmWanted || core.committed < core.inviteIndex) return;
  core.nextClaimNs = core.nowNs + core.options.claimRetryNs;
  core.attempts += 1;
  core.confirmAttempt = core.attempts;
  core.ask({ type: 'readRegister', attempt: core.attempts });
}

function confirmWith<P, S>(
  core: Core<P, S>,
  attempt: number,
  register: Register | null,
  revision: number,
): void {
  if (core.role !== 'active' || !core.confirmWanted) return;
  if (register?.members === 'both') {
    core.confirmWanted = false;
    return;
  }
  // A claim that the peer made is only overwritten when the peer has said, after it, that it gave it up.
  const givenUp = register?.instance === core.peerInstance && register.attempt <= core.peerAbandoned;
  if (register !== null && register.owner === core.peer && !givenUp) return;
  core.ask({
    type: 'swapRegister',
    attempt,
    revision,
    register: {
      epoch: Math.max(core.epoch, register?.epoch ?? 0),
      owner: core.self,
      members: 'both',
      instance: core.options.instance,
      attempt,
      peerLacksFrom: null,
    },
  });
}

/** Whether everything that was answered is in this node's log, as far as it can know. */
function hasEverything<P, S>(core: Core<P, S>): boolean {
  return core.role === 'takingOver' || core.role === 'holding';
}

export function highestEpoch<P, S>(core: Core<P, S>): number {
  return Math.max(core.promised.epoch, core.epoch, core.log.lastEpoch, core.registerEpoch);
}

function factsOf<P, S>(core: Core<P, S>, claim: Claim | null): ClaimFacts {
  return {
    self: core.self,
    role: core.role,
    reason: claim?.reason ?? 'silence',
    epoch: claim?.epoch ?? 0,
    config: core.log.configUpTo(core.log.durable),
    promised: core.promised,
  };
}

/** Shows the peer that this node leads, as soon as it does. */
export function announce<P, S>(core: Core<P, S>): void {
  if (core.leads) sendHeartbeat(core);
}
