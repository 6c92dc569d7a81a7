import { expect, it } from 'vitest';
import type { ClusterPair } from './cluster-pair.js';
import { disturb } from './demo-script.js';
import { RoleBook } from './role-book.js';

it('an interrupt that came before the demo began to wait leaves out everything, at once', async () => {
  const began = performance.now();
  const plan = { freezeAtMs: 60_000, freezeMs: 700, killAtMs: 90_000, restartAfterMs: 1_000 };
  const none = {} as ClusterPair;
  expect(await disturb(none, new RoleBook(), plan, Date.now(), AbortSignal.abort())).toEqual({
    frozen: null,
    killed: null,
  });
  expect(performance.now() - began).toBeLessThan(1_000);
});
