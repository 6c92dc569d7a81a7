import { describe, expect, it } from 'vitest';
import { NodePair, running, type TestMessage } from '../../test/support/node-pair.js';
import { ROLE_TABLE, serves } from './roles.js';

describe('a witness that takes longer than the time between two attempts', () => {
  it('is waited for: the register gets to know both nodes, and the passive one takes over', () => {
    const pair = running({ witnessMs: 250 });
    expect(pair.roles()).toBe('active passive');
    pair.stop('a');
    pair.run(2_000);
    expect(pair.roles()).toBe('down alone');
  });
});

describe('a lease at the witness', () => {
  const take = (pair: NodePair, times: number) => {
    for (let i = 0; i < times; i++) pair.propose('a', `x${i}`);
    return pair;
  };

  it('tells a cut link from a node that hangs: the active one that lives goes on', () => {
    for (const witnessMs of [10, 60, 150]) {
      const pair = take(running({ witnessMs }), 3);
      pair.cut = true;
      expect(pair.run(4_000).roles(), `${witnessMs} ms`).toMatch(/^alone (catchingUp|joining)$/);
      expect(pair.refused.join()).toContain('node a is silent on the interconnect but its lease lives');
    }
  });

  it('that ran out lets the passive node ask as soon as it may', () => {
    const pair = take(running({ witnessMs: 10 }), 3);
    pair.freeze('a');
    expect(pair.run(1_100).roles()).toBe('active alone');
    expect(pair.register).toMatchObject({ owner: 'b', members: 'owner' });
    pair.wake('a');
    expect(pair.run(1_500).roles()).toBe('passive active');
  });

  it('of a node that serves nobody holds a takeover up for half of dead-after, and not for ever', () => {
    const pair = take(running({ witnessMs: 10 }), 3);
    const { a } = pair.nodes;
    // It renews its lease and does nothing else.
    a!.step = () => undefined;
    expect(pair.run(1_300).roles()).toBe('active takingOver');
    expect(pair.run(700).roles()).toBe('active alone');
  });

  it('is not waited for when the process is proven dead', () => {
    const pair = take(running({ witnessMs: 10 }), 3);
    pair.nodes.a!.step = () => undefined;
    pair.peerRefused('b');
    expect(pair.run(50).roles()).toBe('active alone');
  });
});

describe('the register at the witness', () => {
  it('says from which entry on the peer lacks something, before anything is answered without it', () => {
    const pair = running({ witnessMs: 50 });
    const last = pair.propose('a', 'x');
    pair.cut = true;
    pair.propose('a', 'y');
    while (pair.nodes.a!.role !== 'alone') {
      expect(pair.committed.a).toBe(last);
      pair.run(10);
    }
    expect(pair.register).toMatchObject({ owner: 'a', members: 'owner', peerLacksFrom: last + 1 });
    expect(pair.committed.a).toBeGreaterThan(last);
    pair.cut = false;
    pair.run(2_000);
    expect(pair.roles()).toBe('active passive');
    expect(pair.register).toMatchObject({ members: 'both', peerLacksFrom: null });
  });
});

describe('two nodes that start', () => {
  it('agree on one that serves and one that follows', () => {
    expect(running().roles()).toBe('active passive');
    expect(running({ preferred: 'b' }).roles()).toBe('passive active');
  });

  it('serve nobody alone at the first start', () => {
    const pair = new NodePair();
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
