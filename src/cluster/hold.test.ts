import { expect, test } from 'vitest';
import { running } from '../../test/support/node-pair.js';

const FOR_EVER_NS = Number.MAX_SAFE_INTEGER;

test('a node that was told of a move takes nothing over while it lasts, and all at once afterwards', () => {
  const pair = running({ witnessMs: 1 });
  expect(pair.roles()).toBe('active passive');
  pair.input('b', { type: 'hold', untilNs: FOR_EVER_NS });
  pair.stop('a');
  pair.run(10_000);
  // Its old place refuses connections: no proof of death while it moves.
  pair.peerRefused('b');
  expect(pair.roles()).toBe('down passive');
  pair.input('b', { type: 'hold', untilNs: 0 });
  pair.run(10_000);
  expect(pair.roles()).toBe('down alone');
});

test('a hold that nobody takes back ends by itself', () => {
  const held = running({ witnessMs: 1 });
  const free = running({ witnessMs: 1 });
  held.input('b', { type: 'hold', untilNs: (held.nowMs + 4_000) * 1e6 });
  for (const pair of [held, free]) {
    pair.stop('a');
    pair.run(3_000);
  }
  expect([held.roles(), free.roles()]).toEqual(['down passive', 'down alone']);
  held.run(10_000);
  expect(held.roles()).toBe('down alone');
});

test('the word of the operator counts more', () => {
  const pair = running();
  pair.input('b', { type: 'hold', untilNs: FOR_EVER_NS });
  pair.stop('a');
  pair.run(2_000);
  pair.input('b', { type: 'command', command: 'promote' });
  pair.run(500);
  expect(pair.roles()).toBe('down alone');
});
