/** The two nodes of a cluster. */
export type NodeId = 'a' | 'b';

export function peerOf(node: NodeId): NodeId {
  return node === 'a' ? 'b' : 'a';
}

/**
 * Who serves, and whose acceptance a charge needs. Configurations are entries of the log, so that the log that holds the newest configuration also
 * holds everything that was answered under the older ones.
 */
export interface Configuration {
  readonly epoch: number;
  readonly owner: NodeId;
  /** `both`: nothing is answered before both nodes have it. `owner`: the other node is recorded as out of sync. */
  readonly members: 'both' | 'owner';
  /** The operator started a node that may lack charges (`cluster promote --accept-loss`). */
  readonly acceptedLoss?: boolean;
}

/** One place in the replicated log. `P` is a batch of charging records, opaque here. */
export type Entry<P> = { readonly index: number; readonly epoch: number } & (
  | { readonly kind: 'data'; readonly payload: P }
  | { readonly kind: 'config'; readonly config: Configuration }
);

/** The end of a log: enough to tell whose is further. */
export interface LogEnd {
  readonly lastIndex: number;
  readonly lastEpoch: number;
}

/** A promise to refuse everything of an epoch below this one, and who asked for it. */
export interface Promised {
  readonly epoch: number;
  readonly to: NodeId;
}

/** The entry that a log follows, and the newest configuration up to it. The state after it lies in the journal. */
export interface LogBase {
  readonly index: number;
  readonly epoch: number;
  readonly config: Configuration | null;
}

/** A state of the application that goes to the peer in pieces. */
export interface SnapshotHead extends LogBase {
  readonly pieces: number;
}

/** A state of the application as it was at one moment, made into pieces when they are asked for; `S` is a piece, opaque here. */
export interface StatePieces<S> {
  readonly count: number;
  at(piece: number): S;
  /** No piece is asked for any more. */
  release(): void;
}

/** What a node finds in its journal when it starts. */
export interface DurableState<P> {
  readonly promised: Promised;
  readonly base: LogBase | null;
  readonly entries: readonly Entry<P>[];
}

/** What the witness holds, and which attempt of which process wrote it. */
export interface Register {
  readonly epoch: number;
  readonly owner: NodeId;
  readonly members: 'both' | 'owner';
  readonly instance: string;
  readonly attempt: number;
  /**
   * With members `owner`: the other node is out of sync from this entry on. Every entry before it came from that node or was accepted by it. Null
   * with `both`.
   */
  readonly peerLacksFrom: number | null;
}

interface Envelope {
  readonly cluster: string;
  readonly from: NodeId;
  /** The process that sent it. */
  readonly instance: string;
  /** The process it is meant for, as the sender knows it: what was sent to an earlier one must not reach a later one. */
  readonly to: string;
}

/** Messages on the interconnect. Any may be lost, repeated, delayed or overtaken. */
export type Message<P, S> = Envelope &
  (
    | ({ readonly type: 'hello'; readonly role: Role; readonly configEpoch: number } & LogEnd & {
          readonly promisedEpoch: number;
          readonly ownedLast: boolean;
          readonly preferred: boolean;
        })
    /** Asks a node that serves nobody to promise an epoch to the sender. */
    | ({ readonly type: 'lead'; readonly epoch: number } & LogEnd)
    /** The promise is durable. */
    | ({ readonly type: 'follow'; readonly epoch: number } & LogEnd)
    /** Entries behind `previousIndex`; none: a heartbeat. */
    | {
        readonly type: 'append';
        readonly epoch: number;
        readonly previousIndex: number;
        readonly previousEpoch: number;
        readonly entries: readonly Entry<P>[];
      }
    /** Everything up to `index` is durable at the sender, which has given up its attempts at the witness up to `abandoned`. */
    | {
        readonly type: 'appended';
        readonly epoch: number;
        readonly index: number;
        readonly abandoned: number;
      }
    /** The append does not fit the sender's log, which ends here. */
    | ({ readonly type: 'mismatch'; readonly epoch: number } & LogEnd)
    /** A piece of the state that the receiver begins anew with. */
    | {
        readonly type: 'snapshot';
        readonly epoch: number;
        readonly snapshot: SnapshotHead;
        readonly piece: number;
        readonly state: S;
      }
    /** So many pieces of the state after the entry `index` are durable at the sender. */
    | {
        readonly type: 'pieces';
        readonly epoch: number;
        readonly index: number;
        readonly durable: number;
      }
    /** The configuration that makes the receiver the owner, in a planned switchover; it is the receiver's to write. */
    | {
        readonly type: 'handover';
        readonly previousIndex: number;
        readonly previousEpoch: number;
        readonly entry: Entry<P>;
      }
    /** An epoch above that of a received message exists. */
    | { readonly type: 'stale'; readonly epoch: number }
    /** A request that reached the passive node, and the answer to it. */
    | { readonly type: 'forward'; readonly id: number; readonly request: P }
    | { readonly type: 'forwarded'; readonly id: number; readonly answer: P }
  );

/** See `roles.ts`. */
export type Role =
  | 'joining'
  | 'catchingUp'
  | 'passive'
  | 'takingOver'
  | 'active'
  | 'holding'
  | 'alone'
  | 'handingOver'
  | 'fenced';

/** What a node does to its journal; writes become durable in the order given. */
export type JournalWrite<P, S> =
  | { readonly kind: 'append'; readonly entries: readonly Entry<P>[] }
  | { readonly kind: 'promise'; readonly promised: Promised }
  /** Puts a piece of a state beside the log, which stays as it is; with the first piece those of any other state go. */
  | {
      readonly kind: 'piece';
      readonly snapshot: SnapshotHead;
      readonly piece: number;
      readonly state: S;
    }
  /** Drops everything and begins anew behind the state whose pieces are there. */
  | { readonly kind: 'reset'; readonly snapshot: SnapshotHead };

export type Input<P, S> =
  | { readonly type: 'tick' }
  | { readonly type: 'message'; readonly message: Message<P, S> }
  /**
   * The connection to the peer's process `instance` is closed and its host refused a new one: that process is not there any more. Of a process that
   * has introduced itself since, it proves nothing.
   */
  | { readonly type: 'peerRefused'; readonly instance: string }
  /** `--fence CMD` returned 0. */
  | { readonly type: 'fenceSucceeded' }
  /** All journal writes up to this sequence number are durable. */
  | { readonly type: 'flushed'; readonly sequence: number }
  | {
      readonly type: 'registerRead';
      readonly attempt: number;
      readonly register: Register | null;
      readonly revision: number;
      /** The peer's lease has not run out: advice about when to claim, no part of the right to. */
      readonly peerLives: boolean;
    }
  | { readonly type: 'registerSwapped'; readonly attempt: number; readonly swapped: boolean }
  /** The witness gave no answer to what this attempt asked. */
  | { readonly type: 'witnessFailed'; readonly attempt: number }
  /** The application's state after the entry `index`. */
  | { readonly type: 'snapshotTaken'; readonly index: number; readonly state: StatePieces<S> }
  | { readonly type: 'command'; readonly command: 'switchover' | 'promote' | 'promoteAcceptLoss' }
  /** The peer is about to be silent though it lives: no takeover before this time. */
  | { readonly type: 'hold'; readonly untilNs: number }
  | { readonly type: 'forward'; readonly id: number; readonly request: P }
  | { readonly type: 'forwardAnswer'; readonly id: number; readonly answer: P };

export type Output<P, S> =
  | { readonly type: 'send'; readonly message: Message<P, S> }
  | { readonly type: 'journal'; readonly sequence: number; readonly write: JournalWrite<P, S> }
  /** Ask the witness for register and revision; `registerRead` answers. */
  | { readonly type: 'readRegister'; readonly attempt: number }
  /** Write the register if its revision is still this one; `registerSwapped` answers. */
  | {
      readonly type: 'swapRegister';
      readonly attempt: number;
      readonly revision: number;
      readonly register: Register;
    }
  /** Run the fencing command. */
  | { readonly type: 'fence' }
  /** Answers of all entries up to this index may leave. */
  | { readonly type: 'committed'; readonly index: number }
  /** A follower took this entry: apply it to the application's state. */
  | { readonly type: 'apply'; readonly entry: Entry<P> }
  /** Entries above `index` never happened: drop their answers, bring the state back. */
  | { readonly type: 'rollback'; readonly index: number }
  /** The application begins anew with the state whose pieces were given to the journal. */
  | { readonly type: 'install'; readonly snapshot: SnapshotHead }
  /** The peer needs the state after the last entry; `snapshotTaken` answers. */
  | { readonly type: 'takeSnapshot' }
  | { readonly type: 'role'; readonly role: Role; readonly epoch: number; readonly inSync: boolean }
  | { readonly type: 'forwardRequest'; readonly id: number; readonly request: P }
  | { readonly type: 'forwardAnswered'; readonly id: number; readonly answer: P }
  /** A message or command that was not obeyed, for the log. */
  | { readonly type: 'refused'; readonly reason: string };
