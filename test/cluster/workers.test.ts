import { join } from 'node:path';
import { expect, test } from 'vitest';
import { busyhour } from '../../bench/failover/busyhour.js';
import { verify } from '../../bench/failover/load.js';
import type { ClusterPair } from '../../src/cli/cluster-pair.js';
import { expectRefusal, folder, requestsOf, run, startNode, startPair } from './support.js';

/** So many ports of one generator that all land on one of two threads once in 32 000 times. */
const PORTS = 16;

/** Requests that each serving thread of a node took, by its own intervals. */
function requestsByWorker(pair: ClusterPair, index: number): number[] {
  const sums: number[] = [];
  for (const { workers } of pair.nodes[index]!.events)
    workers?.forEach(({ requests }, worker) => {
      sums[worker] = (sums[worker] ?? 0) + requests;
    });
  return sums;
}

test('two serving threads a node share the associations, charge everything once, and fail over together', {
  timeout: 120_000,
}, async () => {
  const pair = await startPair('--workers', '2', '--interval', '200ms');
  const place = folder();
  const many = ['--workers', String(PORTS), '--retransmit-after', '3s'];
  const first = join(place, 'first');
  expect(requestsOf(await run(pair.targets, first, ...many)).succeeded).toBe(600);
  expect(await verify(pair, first)).toMatchObject({
    ok: true,
    audit: { answeredAndChargedOnce: 600, chargedTwice: 0 },
  });
  // The intervals that were open when the last answer left.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const shares = [0, 1].map((index) => requestsByWorker(pair, index));
  for (const share of shares) {
    expect(share).toHaveLength(2);
    expect(Math.min(...share)).toBeGreaterThan(0);
  }
  expect(shares.flat().reduce((sum, requests) => sum + requests)).toBe(600);

  const index = pair.activeIndex;
  const survivor = pair.nodes[1 - index]!;
  const from = survivor.events.length;
  pair.nodes[index].signal('SIGKILL');
  await survivor.until('that it serves', ({ state }) => state === 'alone', from);
  const second = join(place, 'second');
  expect(requestsOf(await run(survivor.endpoint, second, ...many)).succeeded).toBe(600);
  await pair.nodes[index].ended();
  await pair.nodes[index].start();
  await pair.inSync();
  expect(await verify(pair, second)).toMatchObject({
    ok: true,
    agreement: { agree: true },
    audit: { answeredAndChargedOnce: 600, chargedTwice: 0 },
  });
});

test('threads share a port with each other and with no other process', { timeout: 60_000 }, async () => {
  const words = ['--workers', '3'];
  const node = await startNode('127.0.0.1:2921/0', ...words, '--data', folder());
  const listen = ['respond', '--listen', node.endpoint, '--carrier', 'udp'];
  const other = await busyhour([...listen, ...words, '--data', folder()]);
  expect(other.stderr).toMatch(/EADDRINUSE|in use/);
  expect(other.stderr).not.toMatch(/^\s+at /m);
  expect(other.code).not.toBe(0);
  expectRefusal(
    await busyhour([...listen, ...words]),
    /workers: 3 need a ledger that decides for all of them/,
  );
});
