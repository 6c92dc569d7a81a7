import type { Durability } from '../../config/cluster-config.js';
import type { Decider } from './decider.js';
import type { Lane } from './lane.js';
import { type Parcel, pack, unpack } from './parcels.js';
import type { DecisionLog } from './solo.js';

/** A request that arrived, and where its answer goes: an association of one of this node's serving threads, or the peer. */
interface Waiting {
  /** Serving thread; -1 for a forwarded request. */
  readonly lane: number;
  /** Associations of two lanes may have the same number. */
  readonly association: number;
  /** The peer's number of a forwarded request; -1 for one of our own. */
  readonly forwardedAs: number;
  readonly receivedNs: number;
  readonly bytes: Uint8Array;
}

/** An answer that may not leave yet. */
interface Held {
  /** Last entry that has to be safe first. */
  index: number;
  readonly sls: number;
  readonly bytes: Uint8Array;
  /** What it answers: looked at anew when this node may not give the answer out any more. */
  readonly request: Waiting;
}

/** Requests that wait while nobody serves, or for the peer's answer; the oldest go when there are more, and are counted. */
const WAITING_MAX = 200_000;
/** A forwarded request without an answer is given up: its sender has long done so. */
const FORWARD_NS_MAX = 60e9;
/** A forwarded request that was not answered for so long is forwarded again. */
const REPEAT_NS = 2e9;
/** Octets of one forwarded batch. */
const PARCEL_OCTETS_MAX = 256 * 1024;
const ANSWER_OCTETS_MAX = 1024;
/**
 * Batches that are on their way to the disks at a time: one on the peer's, one on ours. What comes meanwhile waits and is the next batch, so the
 * busier the node, the larger its batches and the fewer they are.
 */
const BATCHES_UNDER_WAY = 2;

/**
 * What a planned switchover without loss rests on, in one place: the simulation shows that it notices when a rule is broken.
 */
export interface DeskRules {
  /** A node that does not serve any more passes the requests on whose answers it holds. */
  readonly recallsHeld: boolean;
  /** Requests that went to a peer which may not have them are passed on again. */
  readonly recallsForwards: boolean;
}

export const SAFE_DESK: DeskRules = { recallsHeld: true, recallsForwards: true };

export interface DeskParts {
  readonly durability: Durability;
  /** One a serving thread. */
  readonly lanes: readonly Lane[];
  readonly nowNs: () => number;
  readonly rules: DeskRules;
  /** A batch was decided: the decider's state is that after entry `index`. */
  readonly onProposed: (index: number) => void;
}

/**
 * Where requests, decisions and answers of one node meet.
 *
 * ```
 *   rings -> waiting -> decided, in batches -> log.propose -> held until committed -> ring that the request came from
 *              |                                                                      ^
 *              '--- passive: forwarded to the peer, whose answers go straight --------'
 * ```
 */
export class Desk {
  /** Requests dropped because nobody served for too long, or answers that the serving thread had no room for. */
  dropped = 0;
  forwarded = 0;
  decider: Decider;
  readonly #parts: DeskParts;
  readonly #log: DecisionLog;
  #waiting: Waiting[] = [];
  #held: Held[] = [];
  #heldFrom = 0;
  /** By number, the one sent longest ago first. */
  readonly #forwards = new Map<number, { readonly request: Waiting; readonly sentNs: number }>();
  #nextForward = 1;
  #toPeer: Parcel[] = [];
  readonly #scratch = new Uint8Array(ANSWER_OCTETS_MAX);

  constructor(decider: Decider, log: DecisionLog, parts: DeskParts) {
    this.decider = decider;
    this.#log = log;
    this.#parts = parts;
  }

  /** Takes what the serving thread has received and decides as much of it as the role allows. The caller drains the log afterwards. */
  turn(nowNs: number): void {
    this.#parts.lanes.forEach(({ requests }, lane) => {
      while (requests.next()) {
        const { association, timeNs, offset, length } = requests;
        const bytes = requests.bytes.slice(offset, offset + length);
        this.#add({ lane, association, forwardedAs: -1, receivedNs: timeNs, bytes });
        requests.done();
      }
    });
    this.#expire(nowNs);
    this.#serve(nowNs);
  }

  /** Requests that reached the passive peer. */
  takeForwarded(parcel: Uint8Array, nowNs: number): void {
    for (const { number, bytes } of unpack(parcel)) {
      this.#add({ lane: -1, association: -1, forwardedAs: number, receivedNs: nowNs, bytes });
    }
  }

  /** Answers of the active peer to requests that this node forwarded. */
  takeAnswers(parcel: Uint8Array, nowNs: number): void {
    for (const { number, sls, bytes } of unpack(parcel)) {
      const request = this.#forwards.get(number)?.request;
      if (request === undefined) continue;
      this.#forwards.delete(number);
      this.#toRing(request, sls, bytes, nowNs);
    }
  }

  /** Requests that go to the peer now, in batches; none unless this node is passive. */
  *forwards(nowNs: number): IterableIterator<Uint8Array> {
    const { role } = this.#log;
    if (role !== 'passive' && role !== 'catchingUp') return;
    if (this.#parts.rules.recallsHeld) this.#recallHeld();
    if (this.#parts.rules.recallsForwards) this.#repeatForwards(nowNs);
    let parcels: Parcel[] = [];
    let octets = 0;
    for (const request of this.#waiting) {
      // What the peer forwarded to us while we served: it has it still, and serves itself now.
      if (request.forwardedAs >= 0) continue;
      const number = this.#nextForward++;
      this.#forwards.set(number, { request, sentNs: nowNs });
      this.forwarded += 1;
      parcels.push({ number, sls: 0, bytes: request.bytes });
      octets += request.bytes.length;
      if (octets < PARCEL_OCTETS_MAX) continue;
      yield pack(parcels);
      parcels = [];
      octets = 0;
    }
    this.#waiting = [];
    if (parcels.length > 0) yield pack(parcels);
    this.#giveUpForwards(nowNs);
  }

  /** Whoever was to answer them may not be there any more: forwarded requests are looked at anew, by this node or by a new peer. */
  recallForwards(): void {
    if (this.#forwards.size === 0 || !this.#parts.rules.recallsForwards) return;
    const recalled = [...this.#forwards.values()].map(({ request }) => request);
    this.#waiting = [...recalled, ...this.#waiting];
    this.#forwards.clear();
  }

  /** Answers for the peer, since the last call. */
  answersForPeer(): Uint8Array | null {
    if (this.#toPeer.length === 0) return null;
    const parcel = pack(this.#toPeer);
    this.#toPeer = [];
    return parcel;
  }

  /** Gives out the answers that may leave. @returns whether any left */
  release(nowNs: number): boolean {
    const { role, committed } = this.#log;
    const may = role === 'active' || role === 'alone';
    const limit = this.#parts.durability === 'none' ? Number.POSITIVE_INFINITY : may ? committed : -1;
    const from = this.#heldFrom;
    while (this.#heldFrom < this.#held.length && this.#held[this.#heldFrom]!.index <= limit) {
      const answer = this.#held[this.#heldFrom++]!;
      const { request, sls, bytes } = answer;
      if (request.forwardedAs >= 0) {
        this.#toPeer.push({ number: request.forwardedAs, sls, bytes });
        this.decider.responded(nowNs - request.receivedNs);
      } else this.#toRing(request, sls, bytes, nowNs);
    }
    const released = this.#heldFrom > from;
    if (this.#heldFrom > 4096 || this.#heldFrom === this.#held.length) {
      this.#held = this.#held.slice(this.#heldFrom);
      this.#heldFrom = 0;
    }
    return released;
  }

  /** The state became another one: what was decided on the old one is decided anew. */
  replace(decider: Decider): void {
    this.decider = decider;
    this.#recallHeld();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Nothing is decided before a batch that is under way has arrived: there is no use in looking for requests. */
  get saturated(): boolean {
    if (this.#parts.durability === 'none') return false;
    return this.#log.lastIndex - this.#log.committed >= BATCHES_UNDER_WAY;
  }

  /** The rings are empty, and who writes into one of them next has to wake this thread. */
  sleeps(): boolean {
    return this.#parts.lanes.every(({ requests }) => requests.sleep());
  }

  get #decides(): boolean {
    return this.#log.takes && !this.saturated;
  }

  #add(request: Waiting): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#waiting.shift();
      this.dropped += 1;
    }
    this.#waiting.push(request);
  }

  #expire(nowNs: number): void {
    if (!this.#decides) return;
    this.decider.expire(nowNs);
    this.#propose(this.#held.length);
  }

  #serve(nowNs: number): void {
    if (this.#waiting.length === 0) return;
    let next = 0;
    while (next < this.#waiting.length && this.#decides) {
      const undecided = this.#held.length;
      while (next < this.#waiting.length && !this.decider.full) {
        this.#decide(this.#waiting[next++]!, nowNs);
      }
      this.#propose(undecided);
    }
    this.#waiting = next === this.#waiting.length ? [] : this.#waiting.slice(next);
  }

  /**
   * This node may not give out what it holds: the requests go the way of new ones, to whoever serves now. What was charged for them is found by
   * their identity and not charged again. Those that the peer forwarded it has still.
   */
  #recallHeld(): void {
    const recalled = this.#held.slice(this.#heldFrom).map(({ request }) => request);
    this.#held = [];
    this.#heldFrom = 0;
    this.#waiting = [...recalled.filter(({ forwardedAs }) => forwardedAs < 0), ...this.#waiting];
  }

  #decide(request: Waiting, nowNs: number): void {
    const { decider } = this;
    if (!decider.decide(request.bytes, nowNs)) return;
    const length = decider.writeAnswer(this.#scratch);
    this.#held.push({
      index: 0,
      sls: decider.sls,
      bytes: this.#scratch.slice(0, length),
      request,
    });
  }

  /** Gives the records of a batch to the log; answers from `first` on wait for all that was proposed so far. */
  #propose(first: number): void {
    const payload = this.decider.takeRecords();
    if (payload !== null) {
      const proposed = this.#log.propose(payload, this.#parts.nowNs());
      if (proposed < 0) throw new Error('cluster: a batch was refused after it was decided');
      this.#parts.onProposed(proposed);
    }
    const index = this.#log.lastIndex;
    for (let i = first; i < this.#held.length; i++) this.#held[i]!.index = index;
  }

  #toRing({ lane, association, receivedNs }: Waiting, sls: number, bytes: Uint8Array, nowNs: number): void {
    const { answers } = this.#parts.lanes[lane]!;
    if (!answers.write(association, sls, receivedNs, bytes, 0, bytes.length)) {
      this.dropped += 1;
      return;
    }
    this.decider.responded(nowNs - receivedNs);
  }

  /** The connection that was to bring the answers may have been replaced by another one: what is overdue is asked again, and charged once. */
  #repeatForwards(nowNs: number): void {
    const overdue: Waiting[] = [];
    for (const [number, { request, sentNs }] of this.#forwards) {
      if (nowNs - sentNs < REPEAT_NS) break;
      this.#forwards.delete(number);
      overdue.push(request);
    }
    if (overdue.length > 0) this.#waiting = [...overdue, ...this.#waiting];
  }

  #giveUpForwards(nowNs: number): void {
    for (const [number, { request }] of this.#forwards) {
      if (nowNs - request.receivedNs < FORWARD_NS_MAX && this.#forwards.size <= WAITING_MAX) return;
      this.#forwards.delete(number);
      this.dropped += 1;
    }
  }
}
