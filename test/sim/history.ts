import { type ClusterPolicy, SAFE_POLICY } from '../../src/cluster/policy.js';
import type { NodeId } from '../../src/cluster/types.js';
import { type DeskRules, SAFE_DESK } from '../../src/runtime/ledger/desk.js';
import { VirtualClock } from './clock.js';
import { Invariants } from './invariants.js';
import { CALM, Link } from './network.js';
import { Process, type ProcessPorts, type SimMessage } from './process.js';
import { Random } from './random.js';
import { Witness } from './witness.js';

export interface HistoryOptions {
  readonly seed: number;
  readonly policy?: ClusterPolicy;
  readonly rules?: DeskRules;
  /**
   * Planned switchovers and short pauses only, nothing is lost on the way, and the client sends every request once: each has to be answered. Otherwise
   * everything happens, and the client repeats what is not answered.
   */
  readonly planned?: boolean;
  /** A node that serves alone unknown to the witness is let go on, to show what comes of it. */
  readonly unrecordedGoOn?: boolean;
  /** With a witness or without; by the seed when absent. */
  readonly witness?: boolean;
  /** The trace holds every message between the nodes from this time on. */
  readonly messagesFromMs?: number;
}

export interface HistoryResult {
  readonly seed: number;
  readonly violation: string | null;
  /** What happened, for people. */
  readonly trace: readonly string[];
  readonly requests: number;
  readonly answered: number;
  readonly takeovers: number;
}

type WitnessReply = Extract<Parameters<Process['input']>[0], { type: 'registerRead' | 'registerSwapped' }>;

const CHAOS_MS = 12_000;
const CALM_MS = 25_000;
const DEAD_AFTER_MS = 1_000;

/** One history: everything that happens in it follows from the seed. */
export function runHistory(options: HistoryOptions): HistoryResult {
  return new World(options).run();
}

class World {
  readonly #random: Random;
  readonly #clock = new VirtualClock();
  readonly #witness = new Witness();
  readonly #hasWitness: boolean;
  readonly #processes: readonly [Process, Process];
  readonly #links: Readonly<Record<NodeId, Link>>;
  readonly #witnessLinks: Readonly<Record<NodeId, Link>>;
  readonly #clientLink: Link;
  readonly #planned: boolean;
  readonly #unrecordedGoOn: boolean;
  #requests = 0;
  readonly #received = new Set<number>();
  readonly #invariants: Invariants;
  readonly #trace: string[] = [];
  readonly #seed: number;
  readonly #messagesFromMs: number;
  #takeovers = 0;

  constructor(given: HistoryOptions) {
    const { seed, policy = SAFE_POLICY, rules = SAFE_DESK, witness, messagesFromMs, planned = false } = given;
    this.#seed = seed;
    this.#planned = planned;
    this.#unrecordedGoOn = given.unrecordedGoOn ?? false;
    this.#messagesFromMs = messagesFromMs ?? Number.POSITIVE_INFINITY;
    const random = new Random(seed);
    this.#random = random;
    this.#hasWitness = witness ?? random.chance(0.55);
    const link = () => new Link(this.#clock, random);
    this.#links = { a: link(), b: link() };
    this.#witnessLinks = { a: link(), b: link() };
    this.#clientLink = link();
    this.#invariants = new Invariants(() => this.#clock.nowMs);
    const process = (node: NodeId) =>
      new Process({
        ...{ options: this.#options(node), policy, rules, ports: this.#ports(node) },
        ...{ clock: this.#clock, random },
      });
    this.#processes = [process('a'), process('b')];
  }

  run(): HistoryResult {
    const stop = () => this.#invariants.violation !== null;
    const planned = this.#planned;
    for (const process of this.#processes)
      this.#clock.after(this.#random.between(0, 400), () => process.start());
    this.#client(0);
    for (let at = 700; at < CHAOS_MS; at += this.#random.between(100, 1_800)) {
      this.#clock.after(at, () => (planned ? this.#plannedEvent() : this.#fault()));
    }
    this.#proofs();
    this.#clock.runUntil(CHAOS_MS, stop);
    this.#heal();
    this.#clock.runUntil(CHAOS_MS + CALM_MS, stop);
    if (!stop()) this.#checkAtRest();
    return {
      seed: this.#seed,
      violation: this.#invariants.violation,
      trace: this.#trace,
      requests: this.#requests,
      answered: this.#invariants.answered.size,
      takeovers: this.#takeovers,
    };
  }

  #options(node: NodeId) {
    return {
      cluster: 'sim',
      node,
      instance: node,
      heartbeatNs: 100e6,
      deadAfterNs: DEAD_AFTER_MS * 1e6,
      leaseWaitNs: DEAD_AFTER_MS * 1.5e6,
      claimRetryNs: 200e6,
      witnessPatienceNs: 600e6,
      witness: this.#hasWitness,
      fencing: false,
      takeoverOnSilence: false,
      preferred: false,
      entriesPerMessage: 4,
      entriesUnderWay: 8,
      octetsUnderWay: 100,
      uncommittedMax: 50,
      entriesKept: 12,
      octetsKept: 200,
    };
  }

  #note(text: string): void {
    this.#trace.push(`${this.#clock.nowMs.toFixed(1).padStart(8)}  ${text}`);
  }

  #process(node: NodeId): Process {
    return this.#processes[node === 'a' ? 0 : 1];
  }

  #other(node: NodeId): Process {
    return this.#processes[node === 'a' ? 1 : 0];
  }

  #ports(node: NodeId): ProcessPorts {
    return {
      send: (message: SimMessage) => this.#send(node, message),
      toWitness: (output) => this.#toWitness(node, output),
      releases: (process, id) => this.#invariants.answerLeaves(process, this.#other(node), id),
      answer: (_, id) => this.#clientLink.send(() => this.#received.add(id)),
      becameDurable: (process, entries) =>
        this.#invariants.becameDurable(process, this.#other(node), entries),
      roleChanged: (process) => {
        if (process.node.role === 'alone') this.#takeovers += 1;
        this.#note(`node ${node} is ${process.node.role}, epoch ${process.node.epoch}`);
        if (!this.#hasWitness) this.#invariants.neverTwoServe(this.#processes);
        else if (!this.#unrecordedGoOn && !this.#witness.records(node, process.node))
          this.#invariants.unrecorded(process);
      },
    };
  }

  #send(node: NodeId, message: SimMessage): void {
    const traced = this.#clock.nowMs >= this.#messagesFromMs;
    if (traced) this.#note(`${node} sends ${JSON.stringify(message).slice(0, 300)}`);
    this.#links[node].send(() => {
      if (traced) this.#note(`${this.#other(node).id} gets ${message.type}`);
      this.#other(node).input({ type: 'message', message });
    });
  }

  #toWitness(node: NodeId, output: Parameters<ProcessPorts['toWitness']>[0]): void {
    const link = this.#witnessLinks[node];
    const { attempt } = output;
    const { run } = this.#process(node);
    const reply = (input: WitnessReply) =>
      link.send(() => {
        // An answer belongs to the process that asked.
        if (this.#process(node).run === run) this.#process(node).input(input);
      });
    link.send(() => {
      const witness = this.#witness;
      if (witness.down) return;
      if (output.type === 'readRegister') {
        const { register, revision } = witness;
        // A lease says anything: nothing but the time of a takeover may depend on it.
        const peerLives = this.#random.chance(0.5);
        reply({ type: 'registerRead', attempt, register, revision, peerLives });
        return;
      }
      const swapped = witness.swap(output.revision, output.register);
      if (swapped) this.#note(`witness: ${JSON.stringify(output.register)}`);
      reply({ type: 'registerSwapped', attempt, swapped });
    });
  }

  /** Sends requests for as long as there is chaos, and repeats each until it is answered or given up. */
  #client(id: number): void {
    this.#requests = id + 1;
    this.#offer(id, 0);
    if (this.#clock.nowMs < CHAOS_MS)
      this.#clock.after(this.#random.between(1, 120), () => this.#client(id + 1));
  }

  #offer(id: number, attempt: number): void {
    if (this.#received.has(id) || attempt > (this.#planned ? 0 : 12)) return;
    const process = this.#random.pick(this.#processes);
    // A client of a planned history waits for the nodes to be there.
    if (this.#planned && !process.alive) this.#clock.after(100, () => this.#offer(id, attempt));
    else {
      this.#clientLink.send(() => process.request(id));
      this.#clock.after(this.#random.between(150, 900), () => this.#offer(id, attempt + 1));
    }
  }

  /** Now and then a node tries to reconnect; a refusal is proof that the other process is not there. */
  #proofs(): void {
    for (const process of this.#processes) {
      const peer = this.#other(process.id);
      if (
        process.alive &&
        !peer.alive &&
        !this.#links.a.cut &&
        !this.#links.b.cut &&
        this.#random.chance(0.5)
      ) {
        const { peerInstance } = process.node;
        this.#clock.after(this.#random.between(0, 30), () =>
          process.input({ type: 'peerRefused', instance: peerInstance }),
        );
      }
    }
    this.#clock.after(60, () => this.#proofs());
  }

  #plannedEvent(): void {
    const random = this.#random;
    if (random.chance(0.7)) this.#switchover();
    else this.#pause(random.pick(this.#processes), random.between(5, DEAD_AFTER_MS / 3));
  }

  #fault(): void {
    const random = this.#random;
    const process = random.pick(this.#processes);
    const forMs = random.between(50, 4 * DEAD_AFTER_MS);
    const kind = random.below(9);
    if (kind <= 1) this.#crash(process, forMs);
    else if (kind <= 3) this.#pause(process, forMs);
    else if (kind === 4) this.#cut([this.#links.a, this.#links.b], 'interconnect', forMs);
    else if (kind === 5) this.#cut([this.#links[process.id]], `interconnect from ${process.id}`, forMs);
    else if (kind === 6) this.#disturb(forMs);
    else if (kind === 7) this.#loseWitness(process.id, forMs);
    else this.#switchover();
  }

  #crash(process: Process, forMs: number): void {
    if (!process.alive) return;
    this.#note(`node ${process.id} killed (${process.node.role})`);
    process.crash();
    this.#clock.after(forMs, () => {
      if (process.alive) return;
      this.#note(`node ${process.id} started`);
      process.start();
    });
  }

  #pause(process: Process, forMs: number): void {
    if (!process.alive || process.paused) return;
    const clockStood = this.#random.chance(0.5);
    this.#note(
      `node ${process.id} (${process.node.role}) paused ${forMs.toFixed(0)} ms, clock ${clockStood ? 'stands' : 'runs'}`,
    );
    process.pause();
    this.#clock.after(forMs, () => {
      this.#note(`node ${process.id} runs again`);
      process.resume(clockStood);
    });
  }

  #cut(links: readonly Link[], name: string, forMs: number): void {
    this.#note(`${name} cut for ${forMs.toFixed(0)} ms`);
    for (const link of links) link.cut = true;
    this.#clock.after(forMs, () => {
      for (const link of links) link.cut = false;
    });
  }

  #disturb(forMs: number): void {
    const random = this.#random;
    const faults = {
      loss: random.between(0, 0.3),
      duplication: random.between(0, 0.3),
      slow: random.between(0, 0.2),
      delayMaxMs: random.pick([50, 500, 3_000]),
    };
    this.#note(`links disturbed for ${forMs.toFixed(0)} ms, delays up to ${faults.delayMaxMs} ms`);
    for (const link of this.#allLinks()) link.faults = faults;
    this.#clock.after(forMs, () => {
      for (const link of this.#allLinks()) link.faults = CALM;
    });
  }

  #loseWitness(node: NodeId, forMs: number): void {
    if (this.#random.chance(0.5)) {
      this.#cut([this.#witnessLinks[node]], `witness of ${node}`, forMs);
      return;
    }
    this.#note(`witness down for ${forMs.toFixed(0)} ms`);
    this.#witness.down = true;
    this.#clock.after(forMs, () => {
      this.#witness.down = false;
    });
  }

  #switchover(): void {
    const active = this.#processes.find(({ alive, node }) => alive && node.role === 'active');
    if (active === undefined) return;
    this.#note(`switchover asked of ${active.id}`);
    active.input({ type: 'command', command: 'switchover' });
  }

  #allLinks(): Link[] {
    return [...Object.values(this.#links), ...Object.values(this.#witnessLinks), this.#clientLink];
  }

  /** The end of all faults; the cluster has to find back by itself. */
  #heal(): void {
    this.#note('everything heals');
    for (const link of this.#allLinks()) {
      link.cut = false;
      link.faults = CALM;
    }
    this.#witness.down = false;
    for (const process of this.#processes) {
      if (!process.alive) process.start();
      process.resume(false);
    }
    // One request at the end shows whether somebody serves.
    this.#clock.after(CALM_MS - 8_000, () => this.#client(this.#requests));
  }

  #checkAtRest(): void {
    const roles = this.#processes.map(({ node }) => node.role).sort();
    if (roles.join() !== 'active,passive') {
      this.#invariants.fail(`the cluster did not come to rest: ${roles.join(' and ')}`);
    }
    for (let id = this.#planned ? 0 : this.#requests - 1; id < this.#requests; id++)
      if (!this.#received.has(id))
        this.#invariants.fail(`request ${id} of ${this.#requests} was not answered`);
    this.#invariants.atRest(this.#processes);
  }
}
