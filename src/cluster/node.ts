import {
  announce,
  onRegisterRead,
  onRegisterSwapped,
  peerDied,
  promote,
  retryClaim,
  seekAuthority,
} from './authority.js';
import { type ClusterOptions, Core } from './core.js';
import { onFollow, onHello, onLead, sendHello } from './election.js';
import { becomeFenced, onAppend, onHandover } from './following.js';
import { onAppended, onMismatch, propose, sendHandover, sendHeartbeat } from './leading.js';
import { SAFE_POLICY } from './policy.js';
import { onPieces, onSnapshot, onSnapshotTaken } from './state-transfer.js';
import type { DurableState, Input, Message, Output, Role } from './types.js';

/**
 * One node of a cluster: inputs and the time in, outputs out, no clock of its own. After every {@link step} the caller drains
 * {@link take} and carries out what it finds, in order.
 *
 * A journal write is durable when the caller says so (`flushed`); messages may be sent before that, since every message that
 * promises durability is only given out after it.
 */
export class ClusterNode<P, S> {
  readonly #core: Core<P, S>;

  constructor(options: ClusterOptions, stored: DurableState<P>, nowNs: number, policy = SAFE_POLICY) {
    this.#core = new Core(options, stored, nowNs, policy);
  }

  get role(): Role {
    return this.#core.role;
  }

  get epoch(): number {
    return this.#core.epoch;
  }

  get inSync(): boolean {
    return this.#core.inSync;
  }

  /** Whether {@link propose} would take a batch now. */
  get takes(): boolean {
    const { leads, switching, log, committed, options } = this.#core;
    return leads && !switching && log.lastIndex - committed < options.uncommittedMax;
  }

  /** Last entry taken, and last one whose answer may leave: their difference is the lag. */
  get lastIndex(): number {
    return this.#core.log.lastIndex;
  }

  get committed(): number {
    return this.#core.committed;
  }

  /** Last entry that the peer has told to be durable there; leading nodes only. */
  get peerDurable(): number {
    return this.#core.peerDurable;
  }

  /** The peer's process as it introduced itself, empty before; what `peerRefused` has to name. */
  get peerInstance(): string {
    return this.#core.peerInstance;
  }

  /** When {@link step} with `tick` has work next. */
  get nextDeadlineNs(): number {
    return this.#core.nextHeartbeatNs;
  }

  /**
   * Takes a batch of records. Answers that rest on it may leave when `committed` reaches the index.
   * @returns -1 when the node does not serve now or has too much unanswered
   */
  propose(payload: P, nowNs: number): number {
    this.#core.nowNs = nowNs;
    return propose(this.#core, payload);
  }

  step(input: Input<P, S>, nowNs: number): void {
    const core = this.#core;
    core.nowNs = nowNs;
    switch (input.type) {
      case 'tick':
        tick(core);
        return;
      case 'message':
        onMessage(core, input.message);
        return;
      case 'flushed':
        core.flushed(input.sequence);
        return;
      case 'peerRefused':
        // What refuses while failover is held may be the old place of a node that moves. The refusals go on if it is really gone.
        if (input.instance === core.peerInstance && !held(core)) peerDied(core);
        return;
      case 'hold':
        core.heldUntilNs = input.untilNs;
        return;
      case 'fenceSucceeded':
        peerDied(core);
        return;
      case 'registerRead':
        onRegisterRead(core, input);
        return;
      case 'registerSwapped':
        onRegisterSwapped(core, input.attempt, input.swapped);
        return;
      case 'witnessFailed':
        core.asked(input.attempt);
        return;
      case 'snapshotTaken':
        onSnapshotTaken(core, input);
        return;
      case 'command':
        onCommand(core, input.command);
        return;
      case 'forward':
        if (core.role === 'passive' || core.role === 'catchingUp') {
          core.send({ type: 'forward', id: input.id, request: input.request });
        }
        return;
      case 'forwardAnswer':
        core.send({ type: 'forwarded', id: input.id, answer: input.answer });
        return;
    }
  }

  /** The outputs since the last call, in order. */
  take(): Output<P, S>[] {
    const { outputs } = this.#core;
    this.#core.outputs = [];
    return outputs;
  }
}

/** Only a node that would take over holds back; one that serves goes on as without its peer. */
function held<P, S>(core: Core<P, S>): boolean {
  return core.role === 'passive' && core.nowNs < core.heldUntilNs;
}

function tick<P, S>(core: Core<P, S>): void {
  if (held(core)) core.heardNs = core.nowNs;
  const silent = core.nowNs - core.heardNs >= core.options.deadAfterNs;
  if (silent && SILENCE_MATTERS[core.role]) {
    core.event('peerSilent');
    if (core.role === 'takingOver' || core.role === 'holding') seekAuthority(core);
  }
  retryClaim(core);
  if (core.nowNs < core.nextHeartbeatNs) return;
  core.nextHeartbeatNs = core.nowNs + core.options.heartbeatNs;
  if (core.leads) sendHeartbeat(core);
  else if (core.role === 'handingOver') sendHandover(core);
  else if (core.role === 'joining' || core.role === 'fenced' || core.role === 'takingOver') sendHello(core);
}

const SILENCE_MATTERS: Readonly<Partial<Record<Role, true>>> = {
  passive: true,
  active: true,
  catchingUp: true,
  handingOver: true,
  fenced: true,
};

function onMessage<P, S>(core: Core<P, S>, message: Message<P, S>): void {
  if (message.cluster !== core.options.cluster) {
    core.refuse(
      `interconnect: a node of cluster ${JSON.stringify(message.cluster)} called; this is ${JSON.stringify(core.options.cluster)}`,
    );
    return;
  }
  if (message.from !== core.peer) {
    core.refuse(
      `interconnect: the other side is node ${message.from} as well; give one of them --node ${core.peer}`,
    );
    return;
  }
  const { options, peerInstance } = core;
  if (message.type !== 'hello' && (message.to !== options.instance || message.instance !== peerInstance)) {
    // To or from a process that is no more, or one that has not introduced itself.
    sendHello(core);
    return;
  }
  switch (message.type) {
    case 'hello':
      onHello(core, message);
      return;
    case 'lead':
      onLead(core, message);
      return;
    case 'follow':
      onFollow(core, message);
      return;
    case 'append':
      onAppend(core, message);
      return;
    case 'appended':
      onAppended(core, message);
      return;
    case 'mismatch':
      onMismatch(core, message);
      return;
    case 'snapshot':
      onSnapshot(core, message);
      return;
    case 'pieces':
      onPieces(core, message);
      return;
    case 'handover':
      onHandover(core, message);
      return;
    case 'stale':
      onStale(core, message.epoch);
      return;
    case 'forward':
      if (core.leads) core.emit({ type: 'forwardRequest', id: message.id, request: message.request });
      return;
    case 'forwarded':
      core.emit({ type: 'forwardAnswered', id: message.id, answer: message.answer });
  }
}

/** The peer has promised or begun a higher epoch. */
function onStale<P, S>(core: Core<P, S>, epoch: number): void {
  if (core.leads && epoch > core.epoch) becomeFenced(core, epoch);
  else if (core.electing !== 0 && epoch > core.electing) core.electing = 0;
}

function onCommand<P, S>(core: Core<P, S>, command: 'switchover' | 'promote' | 'promoteAcceptLoss'): void {
  if (command === 'switchover') {
    if (core.role !== 'active') {
      core.refuse(`switchover: this node is ${core.role}; it must be active with its peer in sync`);
      return;
    }
    core.switching = true;
    announce(core);
    return;
  }
  promote(core, command === 'promoteAcceptLoss');
}
