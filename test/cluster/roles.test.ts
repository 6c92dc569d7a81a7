import { createConnection } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { busyhour, wait } from '../../bench/failover/busyhour.js';
import { verify } from '../../bench/failover/load.js';
import type { ClusterPair } from '../../src/cli/cluster-pair.js';
import { folder, requestsOf, run, startNode, startPair } from './support.js';

// One cluster, started once: the tests follow each other as an operator's day would.
let pair: ClusterPair;
const results = folder();
const result = (name: string) => join(results, name);

beforeAll(async () => {
  pair = await startPair('--prefer', 'b', '--dead-after', '800ms');
}, 60_000);

interface Status {
  readonly nodes: readonly {
    readonly node: string;
    readonly role: string;
    readonly requestsForwarded: number;
  }[];
}

async function status(index: 0 | 1): Promise<Status> {
  const address = pair.interconnects[index];
  const { stdout } = await busyhour(['cluster', 'status', '--interconnect', address, '--json']);
  return JSON.parse(stdout) as Status;
}

test('requests to either node are answered; the active one forwards none', { timeout: 60_000 }, async () => {
  expect(pair.activeIndex).toBe(1);
  const first = await run(pair.targets, result('1'), '--seed', '7');
  expect(requestsOf(first)).toMatchObject({ due: 600, succeeded: 600, duplicateAnswered: 0 });
  const [active] = (await status(1)).nodes;
  expect(active).toMatchObject({ node: 'b', role: 'active', requestsForwarded: 0 });
});

test('a planned switchover loses no request; a second run with the same seed is charged as well', {
  timeout: 60_000,
}, async () => {
  const second = run(pair.targets, result('2'), '--seed', '7', '--duration', '4s');
  await wait(3_000);
  const { stdout, code } = await busyhour([
    ...['cluster', 'switchover', '--interconnect', pair.interconnects[1]],
  ]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('b  ')]);
  await pair.nodes[0].until('that it serves', ({ role }) => role === 'active');
  expect(requestsOf(await second)).toMatchObject({ due: 1600, succeeded: 1600 });
  for (const [name, count] of [
    ['1', 600],
    ['2', 1600],
  ] as const) {
    const { ok, audit } = await verify(pair, result(name));
    expect(audit).toMatchObject({ answeredAndChargedOnce: count, answeredNotCharged: 0, chargedTwice: 0 });
    expect(ok).toBe(true);
  }
});

test('strangers, rubbish and floods on the interconnect are refused, and told by name', {
  timeout: 60_000,
}, async () => {
  const [node] = pair.nodes;
  const address = pair.interconnects[0];
  const stranger = (cluster: string, name: string, port: number) =>
    startNode(
      `127.0.0.1:${port}/0`,
      ...['--cluster', cluster, '--node', name, '--data', join(folder(), 'y')],
      ...['--interconnect', `127.0.0.2:${port}`, '--peer', address],
    );
  const [other, twin] = await Promise.all([stranger('other', 'b', 28701), stranger('lab', 'a', 28702)]);
  const told = (words: RegExp) =>
    node.until(`${words}`, ({ event, message }) => event === 'trouble' && words.test(message ?? ''));
  await told(/a node of cluster "other" called; this is "lab"/);
  await told(/the other side is node a as well; give one of them --node b/);
  for (const each of [other, twin]) {
    await each.until('that it was turned away', ({ message }) => /turned this node away/.test(message ?? ''));
    expect(each.role?.role).toBe('joining');
    each.signal('SIGKILL');
  }
  const [host, port] = address.split(':') as [string, string];
  await Promise.all(
    Array.from({ length: 40 }, () => {
      const socket = createConnection(Number(port), host);
      return new Promise<void>((resolve) => {
        socket.on('error', () => undefined);
        socket.once('close', () => resolve());
        socket.on('connect', () => socket.write(Buffer.alloc(1024 * 1024, 'GET / HTTP/1.1\r\n')));
      });
    }),
  );
  expect(requestsOf(await run(pair.targets, result('3')))).toMatchObject({ due: 600, succeeded: 600 });
  expect(await verify(pair, result('3'))).toMatchObject({ ok: true, agreement: { agree: true } });
});

test('a pause shorter than dead-after changes no role; one that is longer makes nobody serve in vain without a witness', {
  timeout: 60_000,
}, async () => {
  const active = pair.nodes[pair.activeIndex];
  const other = pair.nodes[1 - pair.activeIndex]!;
  const before = other.events.length;
  active.signal('SIGSTOP');
  await wait(350);
  active.signal('SIGCONT');
  await wait(300);
  expect(other.events.slice(before).filter(({ event }) => event === 'role')).toEqual([]);
  active.signal('SIGSTOP');
  await other.until('that it would take over', ({ state }) => state === 'takingOver', before);
  await wait(800);
  expect(other.role?.role).toBe('takingOver');
  active.signal('SIGCONT');
  await pair.inSync();
  expect(other.role?.state).toBe('passive');
});

test('a node that was passive when it was killed does not serve alone, unless the operator accepts the loss', {
  timeout: 60_000,
}, async () => {
  const passive = (1 - pair.activeIndex) as 0 | 1;
  const node = pair.nodes[passive];
  for (const each of pair.nodes) each.signal('SIGKILL');
  await Promise.all(pair.nodes.map((each) => each.ended()));
  await node.start();
  await wait(1_000);
  expect(node.role?.state).toBe('joining');
  const promote = ['cluster', 'promote', '--interconnect', pair.interconnects[passive]];
  const refused = await busyhour(promote);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /may lack charges that were answered; start the other node, or use --accept-loss/,
  );
  const obeyed = await busyhour([...promote, '--accept-loss']);
  expect(obeyed.code).toBe(0);
  await node.until('that it serves', ({ role }) => role === 'active');
  await wait(300);
  const { stdout } = await busyhour(['ledger', 'verify', '--data', pair.folders[passive]]);
  expect(stdout).toContain('a loss was accepted by the operator');
});
