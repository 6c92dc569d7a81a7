import type { ClusterOptions } from '../../src/cluster/core.js';
import { ClusterNode } from '../../src/cluster/node.js';
import type { ClusterPolicy } from '../../src/cluster/policy.js';
import type { Entry, Input, Message, NodeId } from '../../src/cluster/types.js';
import { type Capture, Conductor, type ConductorPorts } from '../../src/runtime/ledger/conductor.js';
import type { DeskRules } from '../../src/runtime/ledger/desk.js';
import { unpack } from '../../src/runtime/ledger/parcels.js';
import { Ring } from '../../src/runtime/ledger/ring.js';
import { Application, idsOf, octetsOf } from './application.js';
import type { VirtualClock } from './clock.js';
import { Disk, join, type SimWrite, type StatePiece } from './disk.js';
import type { Random } from './random.js';

export type SimMessage = Message<Uint8Array, Uint8Array>;
export type WitnessQuestion = Parameters<ConductorPorts['askWitness']>[0];
type SimInput = Input<Uint8Array, Uint8Array>;

/** What a process does to the world round it. */
export interface ProcessPorts {
  send(message: SimMessage): void;
  toWitness(question: WitnessQuestion): void;
  /** The node lets an answer go, to the client or to the peer that has the client. */
  releases(process: Process, id: number): void;
  answer(process: Process, id: number): void;
  becameDurable(process: Process, entries: readonly Entry<Uint8Array>[]): void;
  roleChanged(process: Process): void;
}

const RING_OCTETS = 8192;
const TICK_MS = 40;
/** So that states are kept, and started from, many times in a history. */
const RECORDS_PER_CAPTURE = 7;

export interface ProcessParts {
  readonly options: ClusterOptions;
  readonly policy: ClusterPolicy;
  readonly rules: DeskRules;
  readonly ports: ProcessPorts;
  readonly clock: VirtualClock;
  readonly random: Random;
}

/**
 * A node's process: cluster node, conductor and desk as they are, on a simulated application, journal and network, with a clock of its own that may
 * stand still while the process is paused (a stopped VM) or go on (SIGSTOP). What arrives meanwhile waits.
 */
export class Process {
  readonly id: NodeId;
  readonly disk: Disk;
  alive = false;
  paused = false;
  node!: ClusterNode<Uint8Array, Uint8Array>;
  readonly #parts: ProcessParts;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #conductor!: Conductor;
  #requests!: Ring;
  #answers!: Ring;
  #run = 0;
  #turnPlanned = false;
  #clockBehindMs = 0;
  #pausedAtMs = 0;
  #waiting: (() => void)[] = [];
  #unflushed: { readonly sequence: number; readonly write: SimWrite }[] = [];
  #staged: StatePiece[] = [];
  /** Answers by request that came from the peer, which is the one that let them go. */
  #byPeer = new Map<number, number>();

  constructor(parts: ProcessParts) {
    this.id = parts.options.node;
    this.disk = new Disk(this.id);
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  get application(): Application {
    return this.#conductor.desk.decider as Application;
  }

  start(): void {
    const { disk } = this;
    const { options, policy, rules } = this.#parts;
    this.#run += 1;
    this.alive = true;
    this.paused = false;
    this.#turnPlanned = false;
    this.#waiting = [];
    this.#unflushed = [];
    this.#byPeer = new Map();
    this.#requests = new Ring(RING_OCTETS);
    this.#answers = new Ring(RING_OCTETS);
    const stored = { promised: disk.promised, base: disk.base, entries: [...disk.entries] };
    const instance = `${this.id}${this.#run}`;
    this.node = new ClusterNode({ ...options, instance }, stored, this.#localNs(), policy);
    this.#conductor = new Conductor({
      log: this.node,
      decider: disk.restore(),
      config: null,
      desk: {
        durability: 'replicated',
        lanes: [{ requests: this.#requests, answers: this.#answers }],
        rules,
      },
      ports: this.#conductorPorts(this.#run),
      hasPeer: true,
      recordsPerCapture: RECORDS_PER_CAPTURE,
    });
    this.#tick(this.#run);
  }

  /** The process is gone; of what was on its way to the disk a random first part arrived. */
  crash(): void {
    const kept = this.#random.below(this.#unflushed.length + 1);
    for (const { write } of this.#unflushed.slice(0, kept)) this.#store(write);
    this.#unflushed = [];
    this.alive = false;
    this.#run += 1;
  }

  pause(): void {
    this.paused = true;
    this.#pausedAtMs = this.#clock.nowMs;
  }

  /** @param clockStood whether the node's own clock stood still meanwhile */
  resume(clockStood: boolean): void {
    if (!this.paused) return;
    this.paused = false;
    if (clockStood) this.#clockBehindMs += this.#clock.nowMs - this.#pausedAtMs;
    const waiting = this.#waiting;
    this.#waiting = [];
    // What came first is not always looked at first: timers, disk and network are different queues.
    while (waiting.length > 0) {
      const next = this.#random.chance(0.7) ? 0 : this.#random.below(waiting.length);
      waiting.splice(next, 1)[0]!();
    }
  }

  /** Tells the runs of the process apart. */
  get run(): number {
    return this.#run;
  }

  input(input: SimInput): void {
    this.#whenRunning(this.#run, () => {
      if (input.type === 'message' && input.message.type === 'forwarded')
        for (const { bytes } of unpack(input.message.answer)) this.#countByPeer(idsOf(bytes)[0]!, 1);
      this.#conductor.input(input);
    });
  }

  /** A request of the client. */
  request(id: number): void {
    this.#whenRunning(this.#run, () => {
      this.#requests.write(1, 0, this.#localNs(), octetsOf([id]), 0, 4);
      this.#conductor.turn();
    });
  }

  #conductorPorts(run: number): ConductorPorts {
    const { ports } = this.#parts;
    return {
      nowNs: () => this.#localNs(),
      send: (message) => this.#send(message),
      write: (sequence, write) => this.#journal(sequence, write),
      askWitness: (question) => ports.toWitness(question),
      fence: () => undefined,
      rebuild: (index) => this.#rebuild(run, index),
      stage: (piece) => {
        if (piece.piece === 0) this.#staged = [];
        this.#staged.push(piece);
      },
      install: (snapshot) => Application.from(join(snapshot, this.#staged)),
      tellRole: () => ports.roleChanged(this),
      refused: () => undefined,
      soon: () => this.#planTurn(run),
      answered: () => this.#giveAnswers(),
      keep: (capture) => this.#keep(run, capture),
    };
  }

  #send(message: SimMessage): void {
    if (message.type === 'forwarded')
      for (const { bytes } of unpack(message.answer)) this.#parts.ports.releases(this, idsOf(bytes)[0]!);
    this.#parts.ports.send(message);
  }

  #giveAnswers(): void {
    const { ports } = this.#parts;
    const answers = this.#answers;
    while (answers.next()) {
      const [id] = idsOf(answers.bytes.slice(answers.offset, answers.offset + 4)) as [number];
      answers.done();
      if ((this.#byPeer.get(id) ?? 0) > 0) this.#countByPeer(id, -1);
      else ports.releases(this, id);
      ports.answer(this, id);
    }
  }

  #countByPeer(id: number, by: number): void {
    this.#byPeer.set(id, (this.#byPeer.get(id) ?? 0) + by);
  }

  #planTurn(run: number): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    this.#clock.after(0.05, () =>
      this.#whenRunning(run, () => {
        this.#turnPlanned = false;
        this.#conductor.turn();
      }),
    );
  }

  /** What is on its way to the disk comes first. */
  #rebuild(run: number, index: number): void {
    this.#clock.after(this.#random.between(1, 8), () =>
      this.#whenRunning(run, () => {
        if (this.#unflushed.length > 0) this.#rebuild(run, index);
        else this.#conductor.rebuilt(this.disk.restore(index));
      }),
    );
  }

  /** A state takes its time to the disk; one that a reset overtook is dropped. */
  #keep(run: number, capture: Capture): void {
    const { resets } = this.disk;
    const resetsWaiting = this.#unflushed.filter(({ write }) => write.kind === 'reset').length;
    const { index } = capture;
    const store = (): void => {
      if (run !== this.#run) return;
      if (this.disk.resets !== resets + resetsWaiting) return;
      if (this.disk.lastIndex < index) this.#clock.after(3, store);
      else this.disk.keep(capture);
    };
    this.#clock.after(this.#random.between(2, 40), store);
  }

  #whenRunning(run: number, work: () => void): void {
    if (!this.alive || run !== this.#run) return;
    if (this.paused) this.#waiting.push(() => this.#whenRunning(run, work));
    else work();
  }

  #tick(run: number): void {
    if (!this.alive || run !== this.#run) return;
    this.#conductor.input({ type: 'tick' });
    this.#conductor.turn();
    this.#clock.after(TICK_MS, () => this.#whenRunning(run, () => this.#tick(run)));
  }

  #journal(sequence: number, write: SimWrite): void {
    const run = this.#run;
    this.#unflushed.push({ sequence, write });
    this.#clock.after(this.#random.between(1, 6), () => this.#flush(run, sequence));
  }

  /** The disk does not stop with the process; that it finished is noticed when the process runs. */
  #flush(run: number, sequence: number): void {
    if (run !== this.#run) return;
    while (this.#unflushed.length > 0 && this.#unflushed[0]!.sequence <= sequence) {
      this.#store(this.#unflushed.shift()!.write);
    }
    this.#whenRunning(run, () => this.#conductor.input({ type: 'flushed', sequence }));
  }

  #store(write: SimWrite): void {
    this.disk.apply(write);
    if (write.kind === 'append') this.#parts.ports.becameDurable(this, write.entries);
  }

  #localNs(): number {
    return (this.#clock.nowMs - this.#clockBehindMs) * 1e6;
  }
}
