import { describe, expect, it } from 'vitest';
import { NodePair, running, type TestMessage } from '../../test/support/node-pair.js';

/** A state of which every word is a piece. */
const inPieces = (words: readonly string[]) => ({
  count: words.length,
  at: (piece: number) => [words[piece]!],
  release: () => undefined,
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
    pair.input('a', {
      type: 'snapshotTaken',
      index: node.lastIndex,
      state: inPieces(['everything', 'that', 'counts']),
    });
    pair.run(300);
    expect(pair.roles()).toBe('active passive');
    expect(pair.stored.b.base?.state).toEqual(['everything', 'that', 'counts']);
  });
});

describe('a node that lacks much', () => {
  /** Node a serves alone and has taken `count` batches; b comes with an empty folder. Every message of a is looked at with the step it was made in. */
  const lacking = (count: number, look: (messages: readonly TestMessage[]) => void): NodePair => {
    const pair = running();
    pair.stop('b');
    pair.stored.b = { promised: { epoch: 0, to: 'b' }, base: null, entries: [] };
    pair.peerRefused('a');
    for (let i = 0; i < count; i++) pair.propose('a', `x${i}`);
    const node = pair.nodes.a!;
    const take = node.take.bind(node);
    node.take = () => {
      const outputs = take();
      look(outputs.flatMap((output) => (output.type === 'send' ? [output.message] : [])));
      return outputs;
    };
    pair.start('b');
    return pair;
  };

  it('is given entries a few at a time, none of them twice', () => {
    let most = 0;
    const sent: number[] = [];
    const pair = lacking(30, (messages) => {
      const entries = messages.flatMap((message) => (message.type === 'append' ? message.entries : []));
      most = Math.max(most, entries.length);
      sent.push(...entries.map(({ index }) => index));
    }).run(500);
    expect(pair.roles()).toBe('active passive');
    expect(pair.log('b')).toEqual(pair.log('a'));
    expect(most).toBe(20);
    expect(new Set(sent).size).toBe(sent.length);
  });

  it('is given the state two pieces at a time, and asks for each once', () => {
    const asked: number[] = [];
    let most = 0;
    const pair = lacking(100, (messages) => {
      most = Math.max(most, messages.filter(({ type }) => type === 'snapshot').length);
    });
    pair.run(150);
    const words = Array.from({ length: 50 }, (_, i) => `w${i}`);
    let released = 0;
    const state = {
      ...inPieces(words),
      at: (piece: number) => {
        asked.push(piece);
        return [words[piece]!];
      },
      release: () => {
        released += 1;
      },
    };
    pair.input('a', { type: 'snapshotTaken', index: pair.nodes.a!.lastIndex, state });
    expect(pair.run(300).roles()).toBe('active passive');
    expect(pair.stored.b.base?.state).toEqual(words);
    expect(asked).toEqual(words.map((_, i) => i));
    expect(most).toBeLessThanOrEqual(2);
    expect(released).toBe(1);
  });

  it('and is started anew on the way is given the state from its first piece on', () => {
    const pair = lacking(100, () => undefined).run(150);
    const words = Array.from({ length: 50 }, (_, i) => `w${i}`);
    const give = () =>
      pair.input('a', { type: 'snapshotTaken', index: pair.nodes.a!.lastIndex, state: inPieces(words) });
    const { at } = inPieces(words);
    const state = {
      ...inPieces(words),
      at: (piece: number) => {
        if (piece === 20) pair.cut = true;
        return at(piece);
      },
    };
    pair.input('a', { type: 'snapshotTaken', index: pair.nodes.a!.lastIndex, state });
    expect(pair.stored.b.pieces?.length).toBe(20);
    pair.stop('b');
    pair.start('b');
    pair.cut = false;
    pair.run(150);
    give();
    expect(pair.run(300).roles()).toBe('active passive');
    expect(pair.stored.b.base?.state).toEqual(words);
  });

  it('gets what was lost on the way again', () => {
    const pair = lacking(100, () => undefined).run(150);
    const words = Array.from({ length: 50 }, (_, i) => `w${i}`);
    let lost = false;
    const state = {
      ...inPieces(words),
      at: (piece: number) => {
        if (piece === 20 && !lost) pair.cut = true;
        lost ||= pair.cut;
        return [words[piece]!];
      },
    };
    pair.input('a', { type: 'snapshotTaken', index: pair.nodes.a!.lastIndex, state });
    expect(pair.stored.b.pieces?.length).toBe(20);
    pair.cut = false;
    expect(pair.run(600).roles()).toBe('active passive');
    expect(pair.stored.b.base?.state).toEqual(words);
  });
});

describe('a log that ran on under an owner who was replaced', () => {
  it('is not taken for a part of the new one because its beginning was forgotten', () => {
    const pair = new NodePair();
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
    pair.input('a', { type: 'snapshotTaken', index: node.lastIndex, state: inPieces(['right']) });
    expect(pair.run(300).roles()).toBe('active passive');
    expect(pair.stored.b.base?.state).toEqual(['right']);
  });
});
