import { ReplicatedLog } from './log.js';
import { type ClaimReason, type ClusterPolicy, SAFE_POLICY } from './policy.js';
import { ROLE_TABLE, type RoleEvent } from './roles.js';
import type {
  Configuration,
  DurableState,
  Entry,
  JournalWrite,
  Message,
  NodeId,
  Output,
  Promised,
  Role,
  SnapshotHead,
  StatePieces,
} from './types.js';
import { peerOf } from './types.js';

export interface ClusterOptions {
  /** Both nodes of a cluster carry the same name; messages of others are refused. */
  readonly cluster: string;
  readonly node: NodeId;
  /** Tells this process apart from its earlier and later runs, to the peer and to the witness. */
  readonly instance: string;
  readonly heartbeatNs: number;
  /** Silence after which authority is sought; silence alone never gives it. */
  readonly deadAfterNs: number;
  /**
   * So long after it was last heard a passive node leaves it to a peer whose lease lives to claim. Longer than dead-after, by which that peer
   * asks itself if it runs; bounded, because a node may renew its lease and serve nobody.
   */
  readonly leaseWaitNs: number;
  /** Time between two attempts at the witness or the fencing command. */
  readonly claimRetryNs: number;
  /** So long an attempt at the witness that is not told to have failed is waited for, before the next one makes its answer worthless. */
  readonly witnessPatienceNs: number;
  readonly witness: boolean;
  readonly fencing: boolean;
  /** Labs only: silence counts as death. No exactly-once promise. */
  readonly takeoverOnSilence: boolean;
  /** Leads at the first start of two equal nodes. */
  readonly preferred: boolean;
  /** Entries of one message. */
  readonly entriesPerMessage: number;
  /**
   * What may be under way to the peer, entries and octets: a peer that lacks much must not find more in line before the newest entry than it
   * takes in a moment, since that entry may be one that answers wait for.
   */
  readonly entriesUnderWay: number;
  readonly octetsUnderWay: number;
  /** Entries taken and not yet answered; a further one is refused until some are. */
  readonly uncommittedMax: number;
  /** What is kept in memory for a peer that comes back, twice this at most; one further behind gets a snapshot. */
  readonly entriesKept: number;
  readonly octetsKept: number;
}

/** An attempt to win authority. */
export interface Claim {
  readonly attempt: number;
  readonly reason: ClaimReason;
  /** The operator accepts that answered charges may be missing here. */
  readonly acceptLoss: boolean;
  epoch: number;
}

/** What a peer that catches up lacked at one moment, and how long it takes to get it: the end of catching up is near when that is short. */
export interface Stretch {
  readonly end: number;
  readonly begunNs: number;
  /** How long the one before took. */
  readonly beforeNs: number;
}

export const FIRST_STRETCH: Stretch = { end: 0, begunNs: 0, beforeNs: Number.POSITIVE_INFINITY };

/** A state on its way to the peer. */
export interface Transfer<S> {
  readonly snapshot: SnapshotHead;
  readonly state: StatePieces<S>;
  /** Piece that is sent next. */
  next: number;
  /** So many are durable at the peer, and were at the last heartbeat. */
  durable: number;
  durableThen: number;
}

/** A state on its way to this node. */
export interface Intake {
  /** Of the node that leads. */
  readonly epoch: number;
  readonly index: number;
  /** Piece that is taken next, and how many are durable. */
  next: number;
  durable: number;
}

interface PendingWrite {
  readonly sequence: number;
  readonly done: () => void;
}

/**
 * State of one cluster node and the few things all of its procedures do: change role, write the journal, send. The procedures
 * themselves are in `leading.ts`, `following.ts`, `authority.ts` and `election.ts`.
 */
export class Core<P, S> {
  readonly options: ClusterOptions;
  readonly policy: ClusterPolicy;
  readonly self: NodeId;
  readonly peer: NodeId;
  role: Role = 'joining';
  log: ReplicatedLog<P>;
  promised: Promised;
  /** Epoch under which this node leads or follows. */
  epoch: number;
  nowNs = 0;
  committed = 0;
  outputs: Output<P, S>[] = [];

  /** When something was last heard of the peer that shows it in its part. */
  heardNs = 0;
  nextHeartbeatNs = 0;
  /** Until then a silent peer is alive: this node takes nothing over. */
  heldUntilNs = 0;
  /** Hellos answer hellos and strange messages: not before this time, or two nodes would answer each other for ever. */
  nextHelloNs = 0;
  nextClaimNs = 0;
  claim: Claim | null = null;
  attempts = 0;
  /** Attempt that the witness was asked for and has not answered, and when; 0 without. */
  askedAttempt = 0;
  askedNs = 0;
  /** Epoch that the witness's register is known to have reached. */
  registerEpoch = 0;
  /** Epoch of the `lead` that we sent and the peer has not answered; 0 without. */
  electing = 0;

  /** The peer's process, from its last hello. */
  peerInstance = '';

  /** Leading: what the peer has, what it is sent next. */
  peerDurable = 0;
  peerNext = 1;
  /** What was sent behind this entry is under way: the peer has not told that it has it. */
  underWayFrom = 0;
  /** The same at the last heartbeat: what has not moved since is taken for lost. */
  underWayFromThen = 0;
  /** Leading alone: the stretch of the log that the peer catches up with at present. */
  stretch: Stretch = FIRST_STRETCH;
  /** The peer's attempts at the witness up to this one are given up. */
  peerAbandoned = 0;
  snapshotWanted = false;
  /** The state that the peer is given, null without. */
  transfer: Transfer<S> | null = null;
  /** Set at every change of membership: the register at the witness is to say `both`. */
  confirmWanted = false;
  confirmAttempt = 0;
  switching = false;
  /** Epoch offered to the peer in a planned switchover. */
  offeredEpoch = 0;
  /** Index of the configuration under which this node began to serve alone: nothing is answered before it is durable. */
  aloneIndex = 0;
  /** Index of the configuration that counted the peer in; 0 before. */
  inviteIndex = 0;

  /** Following: how far our log is known to be the leader's; -1 while it is not known at all. */
  matchedIndex = -1;
  /** Following: the state that is being received; its pieces are in the journal, beside the log. */
  intake: Intake | null = null;

  #sequence = 0;
  #pending: PendingWrite[] = [];

  constructor(options: ClusterOptions, stored: DurableState<P>, nowNs: number, policy = SAFE_POLICY) {
    this.options = options;
    this.policy = policy;
    this.self = options.node;
    this.peer = peerOf(options.node);
    this.log = new ReplicatedLog(stored);
    const configEpoch = this.config?.epoch ?? 0;
    this.promised =
      stored.promised.epoch > configEpoch ? stored.promised : { epoch: configEpoch, to: this.self };
    this.epoch = configEpoch;
    this.heardNs = nowNs;
    this.nowNs = nowNs;
  }

  /** The configuration in force by this node's own log. */
  get config(): Configuration | null {
    return this.log.configUpTo(this.log.lastIndex);
  }

  get inSync(): boolean {
    return this.role === 'passive' || this.role === 'takingOver' || this.role === 'active';
  }

  get leads(): boolean {
    return this.role === 'active' || this.role === 'alone' || this.role === 'holding';
  }

  /**
   * The next epoch above `epoch` that belongs to `node`: odd ones to a, even ones to b, so that the two never begin the same one.
   */
  epochAbove(epoch: number, node: NodeId = this.self): number {
    const parity = node === 'a' ? 1 : 0;
    return epoch + 1 + ((epoch + 1 + parity) % 2);
  }

  /** Moves along {@link ROLE_TABLE}; an event without a cell changes nothing. */
  event(event: RoleEvent): void {
    const next = ROLE_TABLE[this.role][event];
    if (next === undefined || next === this.role) return;
    this.role = next;
    this.emit({ type: 'role', role: next, epoch: this.epoch, inSync: this.inSync });
  }

  /** Asks the witness; what earlier attempts asked does not count any more. */
  ask(output: Extract<Output<P, S>, { type: 'readRegister' | 'swapRegister' }>): void {
    this.askedAttempt = output.attempt;
    this.askedNs = this.nowNs;
    this.emit(output);
  }

  /** The witness answered, or could not. */
  asked(attempt: number): void {
    if (this.askedAttempt === attempt) this.askedAttempt = 0;
  }

  /** Whether an answer of the witness may still come that a further attempt would make worthless. */
  get waitsForWitness(): boolean {
    return this.askedAttempt !== 0 && this.nowNs - this.askedNs < this.options.witnessPatienceNs;
  }

  emit(output: Output<P, S>): void {
    this.outputs.push(output);
  }

  /** Sends to the peer; name and sender are filled in. */
  send(body: Body<P, S>): void {
    const { cluster, instance } = this.options;
    const message = { ...body, cluster, from: this.self, instance, to: this.peerInstance } as Message<P, S>;
    this.outputs.push({ type: 'send', message });
  }

  /** Hands a write to the journal; `done` runs when it is durable. */
  write(write: JournalWrite<P, S>, done: () => void): void {
    this.#sequence += 1;
    this.#pending.push({ sequence: this.#sequence, done });
    this.emit({ type: 'journal', sequence: this.#sequence, write });
  }

  flushed(sequence: number): void {
    while (this.#pending.length > 0 && this.#pending[0]!.sequence <= sequence) {
      this.#pending.shift()!.done();
    }
  }

  promise(promised: Promised, done: () => void): void {
    this.promised = promised;
    this.write({ kind: 'promise', promised }, done);
  }

  /** Hands entries up to `index` to the journal; `done` runs when they are durable. */
  journalUpTo(index: number, done: () => void): void {
    const { log } = this;
    if (index <= log.journaled) return;
    const entries = log.slice(log.journaled + 1, index - log.journaled) as readonly Entry<P>[];
    log.journaled = index;
    this.write({ kind: 'append', entries }, () => {
      if (this.log !== log) return;
      log.durable = Math.max(log.durable, Math.min(index, log.journaled));
      done();
    });
  }

  refuse(reason: string): void {
    this.emit({ type: 'refused', reason });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Body<P, S> = DistributiveOmit<Message<P, S>, 'cluster' | 'from' | 'instance' | 'to'>;
