import { describe, expect, it } from 'vitest';
import { ClusterNode } from './node.js';
import { ROLE_TABLE, serves } from './roles.js';
import type { DurableState, Entry, JournalWrite, Message, NodeId, Output } from './types.js';
import { peerOf } from './types.js';

type Batch = string;
type State = readonly string[];
type TestMessage = Message<Batch, State>;

/** Two nodes whose messages and disk writes take effect at once, and a clock that moves when told. */
class Pair {
  readonly nodes: Record<NodeId, ClusterNode<Batch, State> | null> = { a: null, b: null };
  readonly stored: Record<NodeId, DurableState<Batch, State>> = { a: empty('a'), b: empty('b') };
  readonly refused: string[] = [];
  readonly committed: Record<NodeId, number> = { a: 0, b: 0 };
  readonly answers: string[] = [];
  cut = false;
  nowMs = 0;
  #instance = 0;
  readonly #options: { preferred?: NodeId };
  readonly #queue: [NodeId, TestMessage][] = [];

  constructor(options: { preferred?: NodeId } = {}) {
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
      claimRetryNs: 200e6,
      witness: false,
      fencing: false,
      takeoverOnSilence: false,
      preferred: this.#options.preferred === id,
      entriesPerMessage: 10,
      uncommittedMax: 5,
      entriesKept: 20,
    };
    const node = new ClusterNode<Batch, State>(options, this.stored[id], this.nowMs * 1e6);
    this.nodes[id] = node;
    return node;
  }

  stop(id: NodeId): void {
    this.nodes[id] = null;
  }

  run(ms: number): this {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs += 10;
      for (const id of ['a', 'b'] as const) this.input(id, { type: 'tick' });
    }
    return this;
  }

  input(id: NodeId, input: Parameters<ClusterNode<Batch, State>['step']>[0]): void {
    this.nodes[id]?.step(input, this.nowMs * 1e6);
    this.drain(id);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const [to, message] = next;
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

function empty(node: NodeId): DurableState<Batch, State> {
  return { promised: { epoch: 0, to: node }, base: null, entries: [] };
}

function written(
  stored: DurableState<Batch, State>,
  write: JournalWrite<Batch, State>,
): DurableState<Batch, State> {
  if (write.kind === 'promise') return { ...stored, promised: write.promised };
  if (write.kind === 'append') return { ...stored, entries: [...stored.entries, ...write.entries] };
  return { ...stored, base: write.snapshot, entries: [] as Entry<Batch>[] };
}

function running(options: { preferred?: NodeId } = {}): Pair {
  const pair = new Pair(options);
  pair.start('a');
  pair.start('b');
  return pair.run(500);
}

describe('two nodes that start', () => {
  it('agree on one that serves and one that follows', () => {
    expect(running().roles()).toBe('active passive');
    expect(running({ preferred: 'b' }).roles()).toBe('passive active');
  });

  it('serve nobody alone at the first start', () => {
    const pair = new Pair();
    pair.start('b');
    pair.run(10_000);
    pair.peerRefused('b');
    expect(pair.roles()).toBe('down joining');
    pair.start('a');
    expect(pair.run(500).roles()).toBe('active passive');
  });

  it('refuse a node of another cluster, and a second node of their own name', () => {
    const pair = running();
    pair.stop('b');
    pair.start('b', 'other');
    pair.run(300);
    expect(pair.refused.join()).toContain('a node of cluster "other" called; this is "c"');
    expect(pair.nodes.a!.role).toBe('active');
    const hello = { type: 'hello', cluster: 'c', from: 'a' } as unknown as TestMessage;
    pair.input('a', { type: 'message', message: hello });
    expect(pair.refused.at(-1)).toContain('--node b');
  });
});

describe('a charge', () => {
  it('is answered when both have it, and not while the peer is out of reach', () => {
    const pair = running();
    const index = pair.propose('a', 'x');
    expect(pair.committed.a).toBe(index);
    expect(pair.log('b')).toContain('x');
    pair.cut = true;
    pair.propose('a', 'y');
    pair.run(5_000);
    expect(pair.committed.a).toBe(index);
    expect(pair.roles()).toBe('holding takingOver');
    expect(pair.log('a')).not.toContain('y');
    pair.cut = false;
    pair.run(500);
    expect(pair.roles()).toBe('active passive');
    expect(pair.committed.a).toBe(index + 1);
    expect(pair.log('b')).toContain('y');
  });

  it('is not taken beyond the bound of what may wait', () => {
    const pair = running();
    pair.cut = true;
    const taken = Array.from({ length: 7 }, (_, i) => pair.propose('a', `w${i}`));
    expect(taken.filter((index) => index < 0)).toHaveLength(2);
  });

  it('is not taken by a node that does not serve', () => {
    expect(running().propose('b', 'x')).toBe(-1);
  });
});

describe('the death of a node', () => {
  it('lets the passive one take over on proof, with everything that was answered', () => {
    const pair = running();
    pair.propose('a', 'x');
    pair.stop('a');
    pair.run(5_000);
    expect(pair.roles()).toBe('down takingOver');
    pair.peerRefused('b');
    expect(pair.roles()).toBe('down alone');
    const index = pair.propose('b', 'y');
    expect(pair.committed.b).toBe(index);
    pair.start('a');
    expect(pair.run(500).roles()).toBe('passive active');
    expect(pair.log('a')).toEqual(pair.log('b'));
    expect(pair.log('a')).toEqual(['a1owner', 'a1both', 'x', 'b2owner', 'y', 'b2both']);
  });

  it('lets the active one go on alone on proof, and start alone after a crash of its own', () => {
    const pair = running();
    pair.stop('b');
    pair.peerRefused('a');
    expect(pair.roles()).toBe('alone down');
    pair.propose('a', 'x');
    pair.stop('a');
    pair.start('a');
    pair.run(2_000);
    expect(pair.roles()).toBe('alone down');
    pair.stop('a');
    pair.start('b');
    pair.run(5_000);
    pair.peerRefused('b');
    expect(pair.roles()).toBe('down joining');
  });

  it('leaves a node that was passive waiting, until the operator accepts the loss; the journal says so', () => {
    const pair = running();
    pair.stop('a');
    pair.stop('b');
    pair.start('b');
    pair.run(5_000);
    pair.input('b', { type: 'command', command: 'promote' });
    expect(pair.roles()).toBe('down joining');
    expect(pair.refused.at(-1)).toContain('--accept-loss');
    pair.input('b', { type: 'command', command: 'promoteAcceptLoss' });
    expect(pair.roles()).toBe('down alone');
    expect(pair.stored.b.entries.at(-1)).toMatchObject({ config: { owner: 'b', acceptedLoss: true } });
  });

  it('of the only one that knows everything leaves the other waiting', () => {
    const pair = running();
    pair.stop('a');
    pair.run(2_000);
    pair.peerRefused('b');
    pair.propose('b', 'y');
    pair.stop('b');
    pair.start('a');
    pair.run(5_000);
    pair.peerRefused('a');
    expect(pair.roles()).toBe('joining down');
    pair.start('b');
    expect(pair.run(500).roles()).toBe('passive active');
    expect(pair.log('a')).toContain('y');
  });
});

describe('proof of death', () => {
  it('of an earlier process says nothing about a later one', () => {
    const pair = running();
    const earlier = pair.nodes.a!.peerInstance;
    pair.stop('b');
    pair.start('b');
    pair.run(300);
    pair.input('a', { type: 'peerRefused', instance: earlier });
    expect(pair.roles()).toBe('active passive');
  });
});

describe('a planned switchover', () => {
  it('changes the roles without losing what waits', () => {
    const pair = running();
    pair.propose('a', 'x');
    pair.input('a', { type: 'command', command: 'switchover' });
    pair.run(300);
    expect(pair.roles()).toBe('passive active');
    pair.propose('b', 'y');
    expect(pair.log('a')).toEqual(['a1owner', 'a1both', 'x', 'b2both', 'y']);
  });

  it('is refused by a node that cannot', () => {
    const pair = running();
    pair.input('b', { type: 'command', command: 'switchover' });
    expect(pair.refused.at(-1)).toContain('this node is passive');
  });
});

describe('a node that was away for long', () => {
  it('gets the state instead of entries that are no longer kept', () => {
    const pair = running();
    pair.stop('b');
    pair.peerRefused('a');
    for (let i = 0; i < 100; i++) pair.propose('a', `x${i}`);
    pair.start('b');
    let asked = false;
    const node = pair.nodes.a!;
    const take = node.take.bind(node);
    node.take = () => {
      const outputs = take();
      if (outputs.some(({ type }) => type === 'takeSnapshot')) asked = true;
      return outputs;
    };
    pair.run(200);
    expect(asked).toBe(true);
    pair.input('a', { type: 'snapshotTaken', index: node.lastIndex, state: ['everything'] });
    pair.run(300);
    expect(pair.roles()).toBe('active passive');
    expect(pair.stored.b.base?.state).toEqual(['everything']);
  });
});

describe('a log that ran on under an owner who was replaced', () => {
  it('is not taken for a part of the new one because its beginning was forgotten', () => {
    const pair = new Pair();
    const both = { epoch: 1, owner: 'a', members: 'both' } as const;
    pair.stored.a = {
      promised: { epoch: 3, to: 'a' },
      base: { index: 50, epoch: 1, config: both, state: [] },
      entries: [{ index: 51, epoch: 3, kind: 'config', config: { epoch: 3, owner: 'a', members: 'owner' } }],
    };
    pair.stored.b = {
      promised: { epoch: 1, to: 'a' },
      base: { index: 90, epoch: 1, config: both, state: [] },
      entries: [{ index: 91, epoch: 1, kind: 'data', payload: 'never answered' }],
    };
    pair.start('a');
    pair.start('b');
    pair.run(500);
    for (let i = 0; i < 5; i++) pair.propose('a', `x${i}`);
    expect(pair.roles()).toBe('alone catchingUp');
    const node = pair.nodes.a!;
    pair.input('a', { type: 'snapshotTaken', index: node.lastIndex, state: ['right'] });
    expect(pair.run(300).roles()).toBe('active passive');
    expect(pair.stored.b.base?.state).toEqual(['right']);
  });
});

describe('an offer to take over that comes late', () => {
  it('does not outlive what the node that made it did since', () => {
    const pair = running();
    pair.propose('a', 'x');
    pair.cut = true;
    pair.input('a', { type: 'command', command: 'switchover' });
    pair.run(300);
    // Nothing was acknowledged since the command, so the offer is not even made.
    expect(pair.roles()).toBe('active passive');
    pair.cut = false;
    expect(pair.run(300).roles()).toBe('passive active');
    expect(pair.log('b')).toEqual(['a1owner', 'a1both', 'x', 'b2both']);
  });
});

describe('a request at the passive node', () => {
  it('is forwarded and its answer comes back', () => {
    const pair = running();
    pair.input('b', { type: 'forward', id: 7, request: 'r' });
    expect(pair.answers).toEqual(['b 7 r!']);
  });
});

describe('the role table', () => {
  it('names only roles that exist, and lets every role that serves be outlived', () => {
    for (const [role, row] of Object.entries(ROLE_TABLE)) {
      for (const next of Object.values(row)) expect(ROLE_TABLE).toHaveProperty(next);
      if (serves(role as keyof typeof ROLE_TABLE)) expect(row).toHaveProperty('outlived', 'fenced');
    }
  });
});
