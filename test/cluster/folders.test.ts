import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { busyhour, wait } from '../../bench/failover/busyhour.js';
import { expectRefusal, folder, isRoot, requestsOf, run, startNode, verifyOne } from './support.js';

const respond = (...args: string[]) =>
  busyhour(['respond', '--listen', '127.0.0.1:2910/0', '--carrier', 'udp', ...args]);

test('a responder without peer: what it answered survives its death, repeats are charged once; its folder is its own', {
  timeout: 60_000,
}, async () => {
  const data = join(folder(), 'solo');
  const node = await startNode('127.0.0.1:2908/0', '--data', data);
  expectRefusal(await respond('--data', data), /process \d+ uses this folder/);
  const out = join(folder(), 'r');
  const running = run(node.endpoint, out, '--retransmit-after', '900ms', '--duration', '3s');
  await wait(3_000);
  node.signal('SIGKILL');
  await node.ended();
  await node.start();
  await running;
  const { ok, audit } = JSON.parse((await verifyOne(data, out)).stdout) as {
    readonly ok: boolean;
    readonly audit: Readonly<Record<string, number>>;
  };
  expect(audit).toMatchObject({ answeredNotCharged: 0, chargedTwice: 0 });
  expect(audit.answeredAndChargedOnce).toBeGreaterThan(100);
  expect(ok).toBe(true);
  node.signal('SIGTERM');
  expect(await node.ended()).toBe(0);
  const cluster = [
    '--cluster',
    'c',
    '--node',
    'a',
    '--interconnect',
    '127.0.0.2:28703',
    '--peer',
    '127.0.0.2:28704',
  ];
  expectRefusal(await respond('--data', data, ...cluster), /belongs to cluster "", not "c"/);
  expectRefusal(
    await respond('--data', data, '--charge', '5'),
    /was made with ledger .*charge 1.*not .*charge 5/,
  );
});

test('settings that do not fit together are told with their remedy', { timeout: 60_000 }, async () => {
  const half = await respond('--cluster', 'c');
  for (const key of ['node', 'interconnect', 'peer', 'data']) {
    expectRefusal(half, new RegExp(`${key}: is missing`));
  }
  expectRefusal(
    await respond('--cluster', 'c', '--interconnect', '7000'),
    /--interconnect: expected HOST:PORT/,
  );
});

test('an audit of a folder without a ledger is refused with the remedy', { timeout: 60_000 }, async () => {
  const empty = folder();
  expectRefusal(
    await busyhour(['ledger', 'verify', '--data', empty]),
    /holds no journal of a responder; name/,
  );
});

test.skipIf(!isRoot)(
  'a disk that is read-only is refused; a full one ends the node, what it answered is kept',
  {
    timeout: 60_000,
  },
  async () => {
    const disk = join(folder(), 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
    try {
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      const refused = await respond('--data', join(disk, 'd'));
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/file system is read-only/)]);
      execFileSync('mount', ['-o', 'remount,rw', disk]);
      const node = await startNode('127.0.0.1:2911/0', '--data', join(disk, 'd'));
      const out = join(folder(), 'r');
      const running = run(node.endpoint, out, '--rate', '4000', '--timeout', '3s');
      expect(await node.ended()).toBe(1);
      expect(node.stderr).toMatch(/disk full|disk is full/);
      expect(requestsOf(await running).due).toBe(6_000);
      expect(JSON.parse((await verifyOne(join(disk, 'd'), out)).stdout)).toMatchObject({
        ok: true,
        audit: { answeredNotCharged: 0, chargedTwice: 0 },
      });
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  },
);
