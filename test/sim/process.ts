import type { ClusterOptions } from '../../src/cluster/core.js';
import { ClusterNode } from '../../src/cluster/node.js';
import type { ClusterPolicy } from '../../src/cluster/policy.js';
import type {
  DurableState,
  Entry,
  Input,
  JournalWrite,
  Message,
  NodeId,
  Output,
} from '../../src/cluster/types.js';
import { Application, type ApplicationState, type Charge } from './application.js';
import type { VirtualClock } from './clock.js';
import type { Random } from './random.js';

export type SimMessage = Message<Charge, ApplicationState>;
export type SimOutput = Output<Charge, ApplicationState>;
type SimInput = Input<Charge, ApplicationState>;
type Write = JournalWrite<Charge, ApplicationState>;

/** What a process does to the world round it. */
export interface ProcessPorts {
  send(message: SimMessage): void;
  toWitness(output: Extract<SimOutput, { type: 'readRegister' | 'swapRegister' }>): void;
  answer(process: Process, id: number, index: number): void;
  becameDurable(process: Process, entries: readonly Entry<Charge>[]): void;
  roleChanged(process: Process): void;
}

/** Disk of one node: survives its process. Writes are durable some milliseconds after they were handed over, in order. */
export class Disk {
  promised: DurableState<Charge, ApplicationState>['promised'];
  base: DurableState<Charge, ApplicationState>['base'] = null;
  entries: Entry<Charge>[] = [];

  constructor(node: NodeId) {
    this.promised = { epoch: 0, to: node };
  }

  apply(write: Write): void {
    if (write.kind === 'promise') this.promised = write.promised;
    else if (write.kind === 'append') this.entries.push(...write.entries);
    else {
      this.base = write.snapshot;
      this.entries = [];
    }
  }

  get lastIndex(): number {
    return (this.base?.index ?? 0) + this.entries.length;
  }

  /** Whether this very entry is durable here. */
  holds(entry: Entry<Charge>): boolean {
    const known = this.entries[entry.index - (this.base?.index ?? 0) - 1];
    if (known !== undefined) return known.epoch === entry.epoch;
    return entry.kind === 'data' && this.has(entry.payload.id);
  }

  /** Whether the charge is durable here. */
  has(id: number): boolean {
    if (this.base?.state.some(({ charge }) => charge.id === id) === true) return true;
    return this.entries.some((entry) => entry.kind === 'data' && entry.payload.id === id);
  }
}

/**
 * A node's process: cluster node and application, with a clock of its own that may stand still while the process is paused (a stopped VM) or go
 * on (SIGSTOP). What arrives meanwhile waits.
 */
export class Process {
  readonly id: NodeId;
  readonly disk: Disk;
  alive = false;
  paused = false;
  node!: ClusterNode<Charge, ApplicationState>;
  application = new Application();
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #options: ClusterOptions;
  readonly #policy: ClusterPolicy;
  readonly #ports: ProcessPorts;
  #run = 0;
  #draining = false;
  #clockBehindMs = 0;
  #pausedAtMs = 0;
  #waiting: (() => void)[] = [];
  #unflushed: { readonly sequence: number; readonly write: Write }[] = [];
  #answers = new Map<number, number[]>();

  constructor(
    options: ClusterOptions,
    policy: ClusterPolicy,
    ports: ProcessPorts,
    clock: VirtualClock,
    random: Random,
  ) {
    this.id = options.node;
    this.disk = new Disk(options.node);
    this.#options = options;
    this.#policy = policy;
    this.#ports = ports;
    this.#clock = clock;
    this.#random = random;
  }

  start(): void {
    const { disk } = this;
    this.#run += 1;
    this.alive = true;
    this.paused = false;
    this.#waiting = [];
    this.#unflushed = [];
    this.#answers = new Map();
    this.application = Application.from(disk.base?.state ?? []);
    for (const entry of disk.entries) this.application.applyEntry(entry);
    const stored = { promised: disk.promised, base: disk.base, entries: [...disk.entries] };
    const options = { ...this.#options, instance: `${this.id}${this.#run}` };
    this.node = new ClusterNode(options, stored, this.#localNs(), this.#policy);
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
    this.#whenRunning(this.#run, () => this.#step(input));
  }

  /** A request of the client, directly or through the other node. */
  request(charge: Charge): void {
    this.#whenRunning(this.#run, () => this.#handle(charge));
  }

  #handle(charge: Charge): void {
    const { node } = this;
    const known = this.application.indexOf(charge.id);
    if (node.role === 'passive' || node.role === 'catchingUp') {
      this.#step({ type: 'forward', id: charge.id, request: charge });
      return;
    }
    if (known >= 0) {
      if (node.role === 'active' || node.role === 'alone') this.#answerAt(known, charge.id);
      return;
    }
    const index = node.propose(charge, this.#localNs());
    if (index < 0) return;
    this.application.apply(index, charge);
    this.#answerAt(index, charge.id);
    this.#drain();
  }

  #answerAt(index: number, id: number): void {
    if (index <= this.node.committed) {
      this.#ports.answer(this, id, index);
      return;
    }
    const waiting = this.#answers.get(index);
    if (waiting === undefined) this.#answers.set(index, [id]);
    else waiting.push(id);
  }

  #whenRunning(run: number, work: () => void): void {
    if (!this.alive || run !== this.#run) return;
    if (this.paused) this.#waiting.push(() => this.#whenRunning(run, work));
    else work();
  }

  #tick(run: number): void {
    if (!this.alive || run !== this.#run) return;
    this.#step({ type: 'tick' });
    this.#clock.after(40, () => this.#whenRunning(run, () => this.#tick(run)));
  }

  #step(input: SimInput): void {
    const before = this.node.role;
    this.node.step(input, this.#localNs());
    this.#drain();
    if (this.node.role !== before) this.#ports.roleChanged(this);
  }

  /** Carries out the outputs in order; what they cause comes behind them. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (let outputs = this.node.take(); outputs.length > 0; outputs = this.node.take()) {
      for (const output of outputs) this.#carryOut(output);
    }
    this.#draining = false;
  }

  #carryOut(output: SimOutput): void {
    switch (output.type) {
      case 'send':
        this.#ports.send(output.message);
        return;
      case 'journal':
        this.#journal(output.sequence, output.write);
        return;
      case 'readRegister':
      case 'swapRegister':
        this.#ports.toWitness(output);
        return;
      case 'committed':
        this.#release(output.index);
        return;
      case 'apply':
        this.application.applyEntry(output.entry);
        return;
      case 'rollback':
        this.application.rollback(output.index);
        this.#answers.clear();
        return;
      case 'install':
        this.application = Application.from(output.snapshot.state);
        this.#answers.clear();
        return;
      case 'takeSnapshot': {
        const index = this.node.lastIndex;
        this.#step({ type: 'snapshotTaken', index, state: this.application.state() });
        return;
      }
      case 'forwardRequest':
        this.#handle(output.request);
        return;
      default:
    }
  }

  #release(index: number): void {
    for (const [at, ids] of this.#answers) {
      if (at > index) continue;
      this.#answers.delete(at);
      for (const id of ids) this.#ports.answer(this, id, at);
    }
  }

  #journal(sequence: number, write: Write): void {
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
    this.#whenRunning(run, () => this.#step({ type: 'flushed', sequence }));
  }

  #store(write: Write): void {
    this.disk.apply(write);
    if (write.kind === 'append') this.#ports.becameDurable(this, write.entries);
  }

  #localNs(): number {
    return (this.#clock.nowMs - this.#clockBehindMs) * 1e6;
  }
}
