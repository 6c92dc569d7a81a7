import { highestEpoch, seekAuthority } from './authority.js';
import type { Core } from './core.js';
import { becomeAlone, forgetPeer, sendHeartbeat } from './leading.js';
import { compareEnds } from './log.js';
import type { LogEnd, Message } from './types.js';

type Of<P, S, T extends Message<P, S>['type']> = Extract<Message<P, S>, { type: T }>;

/*
 * Two nodes of which none serves agree on one: the one whose log is further, and among equals the last owner, the preferred one, node a.
 * Everything that was answered is in the further log, because nothing is answered that is not in both, or in the log of an
 * owner whose configuration (a newer epoch) says that the other is out of sync.
 *
 *   hello ->  <- hello      the winner: lead(epoch) ->      <- follow(epoch), once that promise is durable      the winner serves
 */

/** @returns false when the last one was sent a moment ago, and nothing is sent */
export function sendHello<P, S>(core: Core<P, S>): boolean {
  if (core.nowNs < core.nextHelloNs) return false;
  core.nextHelloNs = core.nowNs + core.options.heartbeatNs / 4;
  core.send({
    type: 'hello',
    role: core.role,
    configEpoch: core.config?.epoch ?? 0,
    promisedEpoch: core.promised.epoch,
    ownedLast: core.config?.owner === core.self,
    preferred: core.options.preferred,
    ...core.log.end,
  });
  return true;
}

export function onHello<P, S>(core: Core<P, S>, message: Of<P, S, 'hello'>): void {
  if (core.peerInstance !== message.instance) {
    core.peerAbandoned = 0;
    if (core.role === 'alone') forgetPeer(core);
  }
  core.peerInstance = message.instance;
  if (core.leads) {
    if (sendHello(core)) sendHeartbeat(core);
    return;
  }
  if (core.role === 'handingOver') {
    sendHello(core);
    return;
  }
  const peerServes = message.role === 'active' || message.role === 'alone' || message.role === 'holding';
  if (peerServes || message.role === 'handingOver') return;
  if (core.role === 'joining' || core.role === 'fenced') {
    core.heardNs = core.nowNs;
    // It is there: a claim that rests on its absence is void.
    if (core.claim?.reason === 'silence' || core.claim?.reason === 'death') core.claim = null;
  } else if (core.role !== 'takingOver') {
    // Our leader says that it does not lead any more: it was started anew, or fenced.
    if (core.role === 'catchingUp') core.event('peerSilent');
    sendHello(core);
  }
  if (core.log.durable < core.log.lastIndex || !wins(core, message)) return;
  if (core.claim !== null) return;
  if (core.electing === 0 || core.promised.epoch !== core.electing || message.promisedEpoch > core.electing) {
    const epoch = core.epochAbove(Math.max(highestEpoch(core), message.promisedEpoch, message.configEpoch));
    core.electing = epoch;
    core.promise({ epoch, to: core.self }, () => sendLead(core));
  } else sendLead(core);
}

function sendLead<P, S>(core: Core<P, S>): void {
  if (core.electing === 0 || core.promised.epoch !== core.electing) return;
  core.send({ type: 'lead', epoch: core.electing, ...core.log.end });
}

export function onLead<P, S>(core: Core<P, S>, message: Of<P, S, 'lead'>): void {
  if (core.leads) {
    sendHeartbeat(core);
    return;
  }
  if (core.role === 'handingOver') return;
  const repeated = core.promised.epoch === message.epoch && core.promised.to === message.from;
  if (message.epoch <= core.promised.epoch && !repeated) {
    core.send({ type: 'stale', epoch: core.promised.epoch });
    return;
  }
  // The further log leads, whatever the other node believes.
  if (compareEnds(core.log.end, message) > 0) return;
  core.claim = null;
  core.electing = 0;
  if (core.role === 'passive') core.event('outOfSync');
  else if (core.role === 'takingOver') core.event('led');
  core.heardNs = core.nowNs;
  const { epoch } = message;
  core.promise({ epoch, to: message.from }, () => {
    if (core.promised.epoch === epoch && !core.leads) core.send({ type: 'follow', epoch, ...core.log.end });
  });
}

export function onFollow<P, S>(core: Core<P, S>, message: Of<P, S, 'follow'>): void {
  const waiting = core.electing === message.epoch && core.promised.epoch === message.epoch;
  if (!waiting || core.leads || core.role === 'handingOver' || core.claim !== null) return;
  if (compareEnds(core.log.end, message) < 0) return;
  core.heardNs = core.nowNs;
  if (core.options.witness) seekAuthority(core, 'elected');
  else becomeAlone(core, message.epoch);
}

function wins<P, S>(core: Core<P, S>, other: LogEnd & { ownedLast: boolean; preferred: boolean }): boolean {
  const further = compareEnds(core.log.end, other);
  if (further !== 0) return further > 0;
  const owned = core.config?.owner === core.self;
  if (owned !== other.ownedLast) return owned;
  if (core.options.preferred !== other.preferred) return core.options.preferred;
  return core.self === 'a';
}
