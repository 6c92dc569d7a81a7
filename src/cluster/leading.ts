import { type Core, FIRST_STRETCH } from './core.js';
import { endTransfer, repeatPieces, wantSnapshot } from './state-transfer.js';
import type { Entry, Message } from './types.js';

/** Members whose acceptance the newest entries need. */
function members<P, S>(core: Core<P, S>): 'both' | 'owner' {
  return core.config?.members ?? 'owner';
}

/**
 * Takes a batch of records of this node. It is answered when `committed` reaches the index returned.
 * @returns -1 when the node does not serve, hands over, or has `uncommittedMax` entries unanswered
 */
export function propose<P, S>(core: Core<P, S>, payload: P): number {
  if (!core.leads || core.switching) return -1;
  const { log } = core;
  if (log.lastIndex - core.committed >= core.options.uncommittedMax) return -1;
  const index = log.lastIndex + 1;
  log.append({ index, epoch: core.epoch, kind: 'data', payload });
  pump(core);
  return index;
}

/** Begins to serve without the peer under `epoch`: records its absence in the log, and answers whatever was waiting once that is durable. */
export function becomeAlone<P, S>(core: Core<P, S>, epoch: number, acceptedLoss = false): void {
  const { log } = core;
  core.claim = null;
  core.electing = 0;
  core.switching = false;
  core.confirmWanted = false;
  core.inviteIndex = 0;
  core.matchedIndex = -1;
  core.epoch = epoch;
  core.promised = { epoch, to: core.self };
  const config = { epoch, owner: core.self, members: 'owner' as const };
  log.append({
    index: log.lastIndex + 1,
    epoch,
    kind: 'config',
    config: acceptedLoss ? { ...config, acceptedLoss } : config,
  });
  core.aloneIndex = log.lastIndex;
  forgetPeer(core);
  core.event('authorityWon');
  pump(core);
}

/**
 * Gives what is new to the journal and to the peer, in the order that the membership asks for.
 *
 * ```
 *   owner   journal first, and only what is durable goes to the peer
 *   both    peer first: an entry goes to our journal when the peer has it, so that no charge of an epoch becomes durable
 *           here after the peer began the next one
 * ```
 */
export function pump<P, S>(core: Core<P, S>): void {
  if (!core.leads) return;
  const { log } = core;
  const limit = core.policy.journalLimit(members(core), log.lastIndex, core.peerDurable);
  core.journalUpTo(Math.max(limit, newestConfigIndex(core)), () => durableHere(core));
  sendEntries(core);
}

/** The entry that counts the peer in is journaled here before the peer can see it: from then on this node cannot start alone. */
function newestConfigIndex<P, S>(core: Core<P, S>): number {
  return core.inviteIndex <= core.log.lastIndex ? core.inviteIndex : 0;
}

function durableHere<P, S>(core: Core<P, S>): void {
  if (!core.leads) return;
  advanceCommit(core);
  sendEntries(core);
  maybeInvite(core);
}

/** Another process than the one that was catching up is there, perhaps with an empty folder. */
export function forgetPeer<P, S>(core: Core<P, S>): void {
  core.peerDurable = 0;
  sendFrom(core, core.log.lastIndex + 1);
  core.stretch = FIRST_STRETCH;
  endTransfer(core);
}

/** The peer is known to have the entries before `index`, or nothing is known of it. */
export function sendFrom<P, S>(core: Core<P, S>, index: number): void {
  core.peerNext = index;
  core.underWayFrom = index - 1;
}

/** Sends the peer what it lacks, as much as may be under way. */
export function sendEntries<P, S>(core: Core<P, S>): void {
  const { log } = core;
  const { entriesPerMessage, entriesUnderWay, octetsUnderWay } = core.options;
  // They follow the state that is on its way.
  if (core.snapshotWanted || core.transfer !== null) return;
  for (;;) {
    const last = members(core) === 'owner' || log.durable < core.inviteIndex ? log.durable : log.lastIndex;
    const room = core.underWayFrom + entriesUnderWay + 1 - core.peerNext;
    const count = Math.min(last - core.peerNext + 1, entriesPerMessage, room);
    const octets = octetsUnderWay - log.octetsOf(core.underWayFrom + 1, core.peerNext - 1);
    if (count <= 0 || octets <= 0) return;
    const entries = log.slice(core.peerNext, count, octets);
    if (entries === null) {
      wantSnapshot(core);
      return;
    }
    sendAppend(core, core.peerNext - 1, entries);
    core.peerNext += entries.length;
  }
}

/**
 * An append without entries: shows that this node leads, and asks how far the peer is. What is under way and has not moved for a heartbeat is
 * sent again: a peer that is only slow would have every copy to look at before what is new.
 */
export function sendHeartbeat<P, S>(core: Core<P, S>): void {
  const stuck = core.underWayFrom === core.underWayFromThen && core.peerNext > core.underWayFrom + 1;
  if (stuck && core.peerDurable > 0) {
    sendFrom(core, core.peerDurable + 1);
    sendEntries(core);
  }
  core.underWayFromThen = core.underWayFrom;
  repeatPieces(core);
  const previous = Math.max(core.log.baseIndex, core.peerNext - 1);
  sendAppend(core, previous, []);
}

function sendAppend<P, S>(core: Core<P, S>, previousIndex: number, entries: readonly Entry<P>[]): void {
  core.send({
    type: 'append',
    epoch: core.epoch,
    previousIndex,
    previousEpoch: core.log.epochAt(previousIndex),
    entries,
  });
}

/** The peer says how far it is. */
export function onAppended<P, S>(
  core: Core<P, S>,
  message: Extract<Message<P, S>, { type: 'appended' }>,
): void {
  if (!core.leads || message.epoch !== core.epoch) return;
  peerAnswered(core);
  if (message.abandoned > core.peerAbandoned) {
    core.peerAbandoned = message.abandoned;
    core.confirmWanted = core.options.witness;
  }
  if (core.transfer !== null && message.index >= core.transfer.snapshot.index) endTransfer(core);
  core.peerDurable = Math.max(core.peerDurable, message.index);
  core.underWayFrom = Math.max(core.underWayFrom, message.index);
  core.peerNext = Math.max(core.peerNext, core.underWayFrom + 1);
  pump(core);
  advanceCommit(core);
  maybeInvite(core);
}

/** The peer's log ends elsewhere: go on from there, or give it the whole state. */
export function onMismatch<P, S>(
  core: Core<P, S>,
  message: Extract<Message<P, S>, { type: 'mismatch' }>,
): void {
  if (!core.leads || message.epoch !== core.epoch) return;
  peerAnswered(core);
  if (core.transfer !== null) return;
  const { log } = core;
  const fits = message.lastIndex <= log.lastIndex && log.epochAt(message.lastIndex) === message.lastEpoch;
  if (!fits) {
    wantSnapshot(core);
    return;
  }
  sendFrom(core, message.lastIndex + 1);
  sendEntries(core);
}

export function peerAnswered<P, S>(core: Core<P, S>): void {
  core.heardNs = core.nowNs;
  if (core.role !== 'holding') return;
  // Acceptance by the peer is authority enough; a claim that still wins is set right at the witness.
  if (core.claim !== null) core.confirmWanted = core.options.witness;
  core.claim = null;
  core.event('peerHeard');
}

/**
 * Lag up to which the peer is counted in, of what may wait for it. Not zero, nor a message's worth: with a slow disk on the other side and traffic going on
 * the peer is always behind by what came while it wrote.
 */
const INVITE_SHARE = 0.25;
/** Answers wait about that long for a peer which is counted in: more is not asked of it. */
const STRETCH_NS = 10e6;
/** A stretch that took more than this share of the one before shows that the peer gains no more: it is slow, and stays so. */
const GAINING = 0.8;

/** When the peer has caught up, counts it in: a configuration that is durable here first, and from then on it must accept everything. */
function maybeInvite<P, S>(core: Core<P, S>): void {
  const { log } = core;
  const { entriesPerMessage, uncommittedMax } = core.options;
  if (core.role !== 'alone' || core.peerDurable === 0 || gains(core)) return;
  if (log.lastIndex - core.peerDurable > Math.max(entriesPerMessage, uncommittedMax * INVITE_SHARE)) return;
  const index = log.lastIndex + 1;
  log.append({
    index,
    epoch: core.epoch,
    kind: 'config',
    config: { epoch: core.epoch, owner: core.self, members: 'both' },
  });
  core.inviteIndex = index;
  core.confirmWanted = core.options.witness;
  core.event('peerInSync');
  pump(core);
}

/** Whether the peer will have less before it by and by: only then do answers wait for it as short as they can. */
function gains<P, S>(core: Core<P, S>): boolean {
  const { log, peerDurable, stretch, nowNs } = core;
  if (peerDurable >= log.lastIndex) return false;
  if (peerDurable < stretch.end) return true;
  const tookNs = nowNs - stretch.begunNs;
  core.stretch = { end: log.lastIndex, begunNs: nowNs, beforeNs: tookNs };
  return tookNs > STRETCH_NS && tookNs < stretch.beforeNs * GAINING;
}

/** Tells how far answers may leave. */
export function advanceCommit<P, S>(core: Core<P, S>): void {
  const { log } = core;
  if (log.durable < core.aloneIndex) return;
  const limit = core.policy.commitLimit(members(core), log.durable, core.peerDurable);
  if (limit > core.committed) {
    core.committed = limit;
    core.emit({ type: 'committed', index: limit });
    log.trim(Math.min(limit, core.transfer?.snapshot.index ?? limit), core.options);
  }
  maybeHandOver(core);
}

/**
 * Stops serving and offers an epoch of the peer's to the peer, once everything taken was answered. The configuration is the peer's to write:
 * were it written here first, this log would look further than that of a peer that had taken over meanwhile. The promise makes whatever
 * this node begins later come after the epoch offered, also when the offer arrives late.
 */
function maybeHandOver<P, S>(core: Core<P, S>): void {
  const { log } = core;
  if (!core.switching || core.role !== 'active') return;
  if (core.committed < log.lastIndex || log.durable < log.lastIndex) return;
  core.switching = false;
  const epoch = core.epochAbove(core.promised.epoch, core.peer);
  core.heardNs = core.nowNs;
  core.event('switchover');
  core.offeredEpoch = 0;
  core.promise({ epoch, to: core.peer }, () => {
    core.offeredEpoch = epoch;
    sendHandover(core);
  });
}

/** Tells the peer that it may own the next epoch; repeated until it shows. */
export function sendHandover<P, S>(core: Core<P, S>): void {
  const { lastIndex, lastEpoch } = core.log;
  const epoch = core.offeredEpoch;
  if (core.role !== 'handingOver' || epoch !== core.promised.epoch) return;
  const config = { epoch, owner: core.peer, members: 'both' as const };
  core.send({
    type: 'handover',
    previousIndex: lastIndex,
    previousEpoch: lastEpoch,
    entry: { index: lastIndex + 1, epoch, kind: 'config', config },
  });
}
