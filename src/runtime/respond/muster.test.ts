import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Muster } from './muster.js';

const FIRST = { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 40_123 };

test('nobody passes before all are bound, and the ports are those of the first', () => {
  const muster = new Muster();
  const other = new Muster(muster.buffer);
  muster.lead(FIRST);
  expect(other.await(1)).toBe(true);
  expect(other.ports).toEqual({ sctpPort: 2905, udpPort: 40_123 });
  other.join();
  expect(muster.await(2)).toBe(true);
});

test('a thread that waits passes when the last one is bound, not before', async () => {
  const muster = new Muster();
  muster.lead(FIRST);
  const thread = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const words = new Int32Array(workerData);
     parentPort.postMessage(Atomics.wait(words, 0, 1, 5000));`,
    { eval: true, workerData: muster.buffer },
  );
  const said = new Promise((resolve) => thread.once('message', resolve));
  await new Promise((resolve) => thread.once('online', resolve));
  muster.join();
  // 'not-equal' when the thread came to it only after the second one was bound.
  expect(['ok', 'not-equal']).toContain(await said);
  expect(muster.await(2)).toBe(true);
  await thread.terminate();
});

test('one that cannot be bound lets nobody wait for ever', () => {
  const muster = new Muster();
  muster.lead(FIRST);
  new Muster(muster.buffer).fail();
  expect(muster.await(3)).toBe(false);
});
