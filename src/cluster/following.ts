import type { Core } from './core.js';
import { advanceCommit, pump, sendFrom } from './leading.js';
import { endTransfer } from './state-transfer.js';
import type { Message } from './types.js';

type Of<P, S, T extends Message<P, S>['type']> = Extract<Message<P, S>, { type: T }>;

/** Entries of the node that leads, or its heartbeat. */
export function onAppend<P, S>(core: Core<P, S>, message: Of<P, S, 'append'>): void {
  if (!adoptLeader(core, message.epoch)) return;
  const { log } = core;
  const { previousIndex, entries } = message;
  // Entries that were forgotten cannot be compared; a log that ends with an entry of the leader's epoch is a part of the leader's.
  const fits =
    previousIndex >= log.baseIndex
      ? log.epochAt(previousIndex) === message.previousEpoch
      : log.lastEpoch === message.epoch;
  if (!fits) {
    sendMismatch(core, log.lastIndex >= previousIndex);
    return;
  }
  for (const entry of entries) {
    if (entry.index <= log.baseIndex) continue;
    if (entry.index > log.lastIndex + 1) {
      sendMismatch(core, false);
      return;
    }
    if (entry.index <= log.lastIndex) {
      if (log.epochAt(entry.index) === entry.epoch) continue;
      sendMismatch(core, true);
      return;
    }
    log.append(entry);
    core.emit({ type: 'apply', entry });
  }
  core.matchedIndex = Math.max(core.matchedIndex, previousIndex + entries.length);
  if (log.journaled < log.lastIndex) core.journalUpTo(log.lastIndex, () => durableHere(core));
  else durableHere(core);
}

/** The active node gives its part to this one. */
export function onHandover<P, S>(core: Core<P, S>, message: Of<P, S, 'handover'>): void {
  const { log } = core;
  const { entry } = message;
  if (core.role !== 'passive' && core.role !== 'takingOver') return;
  if (entry.kind !== 'config' || entry.epoch <= core.promised.epoch) return;
  if (log.lastIndex !== message.previousIndex || log.lastEpoch !== message.previousEpoch) return;
  core.heardNs = core.nowNs;
  core.claim = null;
  core.promised = { epoch: entry.epoch, to: core.self };
  log.append(entry);
  core.journalUpTo(entry.index, () => {
    if (core.promised.epoch !== entry.epoch) return;
    core.epoch = entry.epoch;
    core.peerDurable = message.previousIndex;
    sendFrom(core, entry.index);
    core.inviteIndex = entry.index;
    core.confirmWanted = core.options.witness;
    core.heardNs = core.nowNs;
    core.nextHeartbeatNs = core.nowNs;
    core.event('handedOver');
    pump(core);
    advanceCommit(core);
  });
}

/**
 * Takes the sender as the one that leads, unless its epoch was outlived.
 * @returns whether the message may be looked at
 */
export function adoptLeader<P, S>(core: Core<P, S>, epoch: number): boolean {
  if (epoch < core.promised.epoch || (core.leads && epoch <= core.epoch)) {
    if (epoch < core.promised.epoch) core.send({ type: 'stale', epoch: core.promised.epoch });
    return false;
  }
  if (core.leads) becomeFenced(core, epoch);
  const newLeader = epoch !== core.epoch || core.role === 'joining' || core.role === 'fenced';
  if (epoch > core.promised.epoch) core.promise({ epoch, to: core.peer }, () => undefined);
  core.claim = null;
  core.electing = 0;
  core.heardNs = core.nowNs;
  core.epoch = epoch;
  if (newLeader) {
    core.matchedIndex = -1;
    core.event(core.role === 'passive' ? 'outOfSync' : 'led');
  } else {
    core.event(core.role === 'takingOver' ? 'peerHeard' : 'led');
  }
  return true;
}

/** Stops serving because an epoch above ours exists: what the peer did not accept never happened. */
export function becomeFenced<P, S>(core: Core<P, S>, epoch: number): void {
  const { log } = core;
  core.claim = null;
  core.switching = false;
  core.confirmWanted = false;
  endTransfer(core);
  core.inviteIndex = 0;
  log.truncate(log.journaled);
  core.emit({ type: 'rollback', index: log.lastIndex });
  core.heardNs = core.nowNs;
  core.event('outlived');
  core.refuse(`fenced: epoch ${epoch} began while this node held epoch ${core.epoch}`);
}

export function durableHere<P, S>(core: Core<P, S>): void {
  if (core.leads || core.role === 'handingOver' || core.matchedIndex < 0) return;
  const { log } = core;
  const index = Math.min(log.durable, core.matchedIndex);
  if (core.role === 'catchingUp') {
    const config = log.configUpTo(index);
    if (config?.members === 'both' && config.epoch === core.epoch) core.event('inSync');
  }
  core.send({ type: 'appended', epoch: core.epoch, index, abandoned: core.attempts });
  log.trim(index, core.options);
}

/** @param conflict an entry of ours differs from the leader's, rather than being missing */
function sendMismatch<P, S>(core: Core<P, S>, conflict: boolean): void {
  if (conflict) core.matchedIndex = -1;
  core.send({ type: 'mismatch', epoch: core.epoch, ...core.log.end });
}
