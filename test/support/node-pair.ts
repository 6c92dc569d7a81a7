import { ClusterNode } from '../../src/cluster/node.js';
import type {
  DurableState,
  Entry,
  JournalWrite,
  LogBase,
  Message,
  NodeId,
  Output,
  Register,
} from '../../src/cluster/types.js';
import { peerOf } from '../../src/cluster/types.js';

type Batch = string;
type State = readonly string[];
type Stored = Omit<DurableState<Batch>, 'base'> & {
  readonly base: (LogBase & { readonly state: State }) | null;
  /** Of a state that is on its way. */
  readonly pieces?: readonly State[];
};
export type TestMessage = Message<Batch, State>;

/** Two nodes whose messages and disk writes take effect at once, and a clock that moves when told. */
export class NodePair {
  readonly nodes: Record<NodeId, ClusterNode<Batch, State> | null> = { a: null, b: null };
  readonly stored: Record<NodeId, Stored> = { a: empty('a'), b: empty('b') };
  readonly refused: string[] = [];
  readonly committed: Record<NodeId, number> = { a: 0, b: 0 };
  readonly answers: string[] = [];
  cut = false;
  nowMs = 0;
  #instance = 0;
  readonly #options: PairOptions;
  /** What the witness answers later, in order of time. */
  #witnessAnswers: { readonly atMs: number; readonly answer: () => void }[] = [];
  #register: Register | null = null;
  #revision = 0;
  readonly #frozen = new Set<NodeId>();
  readonly #queue: [NodeId, TestMessage][] = [];

  constructor(options: PairOptions = {}) {
    this.#options = options;
  }

  start(id: NodeId, cluster = 'c'): ClusterNode<Batch, State> {
    this.#instance += 1;
    const options = {
      cluster,
      node: id,
      instance: `${id}${this.#instance}`,
      heartbeatNs: 100e6,
      deadAfterNs: 1e9,
      leaseWaitNs: 1.5e9,
      claimRetryNs: 200e6,
      witnessPatienceNs: 1e9,
      witness: this.#options.witnessMs !== undefined,
      fencing: false,
      takeoverOnSilence: false,
      preferred: this.#options.preferred === id,
      entriesPerMessage: 10,
      entriesUnderWay: 20,
      octetsUnderWay: 1e6,
      uncommittedMax: 5,
      entriesKept: 20,
      octetsKept: 1e6,
    };
    const node = new ClusterNode<Batch, State>(options, this.stored[id], this.nowMs * 1e6);
    this.nodes[id] = node;
    return node;
  }

  /** What the witness holds. */
  get register(): Register | null {
    return this.#register;
  }

  /** The node does nothing, and its lease runs out. */
  freeze(id: NodeId): void {
    this.#frozen.add(id);
  }

  wake(id: NodeId): void {
    this.#frozen.delete(id);
  }

  stop(id: NodeId): void {
    this.nodes[id] = null;
  }

  run(ms: number): this {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs += 10;
      const due = this.#witnessAnswers.filter(({ atMs }) => atMs <= this.nowMs);
      this.#witnessAnswers = this.#witnessAnswers.filter(({ atMs }) => atMs > this.nowMs);
      for (const { answer } of due) answer();
      for (const id of ['a', 'b'] as const) if (!this.#frozen.has(id)) this.input(id, { type: 'tick' });
    }
    return this;
  }

  input(id: NodeId, input: Parameters<ClusterNode<Batch, State>['step']>[0]): void {
    this.nodes[id]?.step(input, this.nowMs * 1e6);
    this.drain(id);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const [to, message] = next;
      if (this.#frozen.has(to)) continue;
      this.nodes[to]?.step({ type: 'message', message }, this.nowMs * 1e6);
      this.drain(to);
    }
  }

  peerRefused(id: NodeId): void {
    this.input(id, { type: 'peerRefused', instance: this.nodes[id]!.peerInstance });
  }

  propose(id: NodeId, batch: Batch): number {
    const index = this.nodes[id]!.propose(batch, this.nowMs * 1e6);
    this.input(id, { type: 'tick' });
    return index;
  }

  drain(id: NodeId): void {
    const node = this.nodes[id];
    for (let outputs = node?.take() ?? []; outputs.length > 0; outputs = node!.take()) {
      for (const output of outputs) this.#carryOut(id, output);
    }
  }

  roles(): string {
    return `${this.nodes.a?.role ?? 'down'} ${this.nodes.b?.role ?? 'down'}`;
  }

  log(id: NodeId): string[] {
    return this.stored[id].entries.map((entry) =>
      entry.kind === 'data'
        ? entry.payload
        : `${entry.config.owner}${entry.config.epoch}${entry.config.members}`,
    );
  }

  /** The register as it is when the question was asked, the answer when it is due. */
  #askWitness(id: NodeId, output: Extract<Output<Batch, State>, { type: 'readRegister' | 'swapRegister' }>) {
    const { attempt } = output;
    const atMs = this.nowMs + this.#options.witnessMs!;
    if (output.type === 'readRegister') {
      const [register, revision] = [this.#register, this.#revision];
      const peerLives = this.nodes[peerOf(id)] !== null && !this.#frozen.has(peerOf(id));
      const answer = () => this.input(id, { type: 'registerRead', attempt, register, revision, peerLives });
      this.#witnessAnswers.push({ atMs, answer });
      return;
    }
    const swapped = output.revision === this.#revision;
    if (swapped) {
      this.#register = output.register;
      this.#revision += 1;
    }
    this.#witnessAnswers.push({
      atMs,
      answer: () => this.input(id, { type: 'registerSwapped', attempt, swapped }),
    });
  }

  #carryOut(id: NodeId, output: Output<Batch, State>): void {
    const node = this.nodes[id]!;
    switch (output.type) {
      case 'send':
        if (!this.cut) this.#queue.push([peerOf(id), output.message]);
        return;
      case 'journal':
        this.stored[id] = written(this.stored[id], output.write);
        node.step({ type: 'flushed', sequence: output.sequence }, this.nowMs * 1e6);
        return;
      case 'readRegister':
      case 'swapRegister':
        this.#askWitness(id, output);
        return;
      case 'committed':
        this.committed[id] = output.index;
        return;
      case 'refused':
        this.refused.push(output.reason);
        return;
      case 'forwardRequest':
        node.step({ type: 'forwardAnswer', id: output.id, answer: `${output.request}!` }, this.nowMs * 1e6);
        return;
      case 'forwardAnswered':
        this.answers.push(`${id} ${output.id} ${output.answer}`);
        return;
      default:
    }
  }
}

interface PairOptions {
  readonly preferred?: NodeId;
  /** There is a witness, and it takes so long for each answer. */
  readonly witnessMs?: number;
}

function empty(node: NodeId): Stored {
  return { promised: { epoch: 0, to: node }, base: null, entries: [] };
}

function written(stored: Stored, write: JournalWrite<Batch, State>): Stored {
  if (write.kind === 'promise') return { ...stored, promised: write.promised };
  if (write.kind === 'append') return { ...stored, entries: [...stored.entries, ...write.entries] };
  if (write.kind === 'piece')
    return { ...stored, pieces: write.piece === 0 ? [write.state] : [...(stored.pieces ?? []), write.state] };
  const base = { ...write.snapshot, state: stored.pieces!.flat() };
  return { promised: stored.promised, base, entries: [] as Entry<Batch>[] };
}

export function running(options: PairOptions = {}): NodePair {
  const pair = new NodePair(options);
  pair.start('a');
  pair.start('b');
  return pair.run(options.witnessMs === undefined ? 500 : 3_000);
}
