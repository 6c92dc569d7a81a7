import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { busyhour, ClusterNodeProcess, killAll, Pair } from '../../bench/failover/pair.js';
import { failoverRound, verify } from '../../bench/failover/round.js';

const folders: string[] = [];
let pair: Pair | null = null;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'busyhour-cluster-'));
  folders.push(made);
  return made;
}

async function startPair(...extra: string[]): Promise<Pair> {
  pair = await Pair.start({ folder: folder(), extra });
  return pair;
}

afterEach(async () => {
  await pair?.stop();
  pair = null;
});
afterAll(() => {
  killAll();
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Status {
  readonly nodes: readonly {
    readonly node: string;
    readonly role: string;
    readonly state: string;
    readonly requestsForwarded: number;
  }[];
}

async function status(of: Pair, index = 0): Promise<Status> {
  const { stdout } = await busyhour([
    'cluster',
    'status',
    '--interconnect',
    of.interconnects[index]!,
    '--json',
  ]);
  return JSON.parse(stdout) as Status;
}

function run(target: string, out: string, ...more: string[]) {
  return busyhour([
    ...[
      'run',
      '--target',
      target,
      '--carrier',
      'udp',
      '--rate',
      '400',
      '--duration',
      '3s',
      '--timeout',
      '15s',
    ],
    ...['--audit', '--out', out, '--json', ...more],
  ]);
}

const requestsOf = ({ stdout }: { readonly stdout: string }) =>
  (
    JSON.parse(stdout) as {
      readonly requests: {
        readonly due: number;
        readonly succeeded: number;
        readonly duplicateAnswered: number;
      };
    }
  ).requests;

test('five kills of the active node under load: nothing answered is lost, nothing is charged twice', {
  timeout: 240_000,
}, async () => {
  const cluster = await startPair();
  const at = folder();
  for (let kill = 0; kill < 5; kill++) {
    const round = await failoverRound(cluster, join(at, String(kill)), 1000);
    expect(round).toMatchObject({ answeredNotCharged: 0, chargedTwice: 0, agree: true });
    expect(round.answered).toBeGreaterThan(3000);
    // The reconnect has to be refused for 260 ms before it counts; the rest is this machine's.
    expect(round.takeoverMs).toBeGreaterThan(250);
    expect(round.takeoverMs).toBeLessThan(1_500);
  }
});

test('requests to either node are answered, in two runs with one seed all are charged; a switchover loses none', {
  timeout: 90_000,
}, async () => {
  const cluster = await startPair('--prefer', 'b');
  expect(cluster.activeIndex).toBe(1);
  const at = folder();
  const first = await run(cluster.targets, join(at, '1'), '--seed', '7');
  expect(requestsOf(first)).toMatchObject({ due: 1200, succeeded: 1200, duplicateAnswered: 0 });
  const [active] = (await status(cluster, 1)).nodes;
  expect(active).toMatchObject({ node: 'b', role: 'active', requestsForwarded: 0 });
  const second = run(cluster.targets, join(at, '2'), '--seed', '7');
  await pause(2500);
  const { stdout, code } = await busyhour([
    'cluster',
    'switchover',
    '--interconnect',
    cluster.interconnects[1]!,
  ]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('b  ')]);
  await cluster.nodes[0].until('that it serves', ({ role }) => role === 'active');
  expect(requestsOf(await second)).toMatchObject({ due: 1200, succeeded: 1200 });
  for (const result of ['1', '2']) {
    const { ok, audit } = await verify(cluster, join(at, result));
    expect(ok).toBe(true);
    expect(audit).toMatchObject({ answeredAndChargedOnce: 1200, answeredNotCharged: 0, chargedTwice: 0 });
  }
});

test('a pause shorter than dead-after changes no role; one without witness that is longer makes nobody serve twice', {
  timeout: 60_000,
}, async () => {
  const cluster = await startPair('--dead-after', '1500ms');
  const active = cluster.nodes[cluster.activeIndex];
  const other = cluster.nodes[1 - cluster.activeIndex]!;
  const before = other.events.length;
  active.signal('SIGSTOP');
  await pause(700);
  active.signal('SIGCONT');
  await pause(500);
  expect(other.events.slice(before).filter(({ event }) => event === 'role')).toEqual([]);
  active.signal('SIGSTOP');
  await other.until('that it would take over', ({ state }) => state === 'takingOver', before);
  await pause(1500);
  expect(other.role?.role).toBe('takingOver');
  active.signal('SIGCONT');
  await cluster.inSync();
  expect(other.role?.state).toBe('passive');
});

test('a node that was passive when it was killed does not serve alone, unless the operator accepts the loss', {
  timeout: 60_000,
}, async () => {
  const cluster = await startPair();
  await run(cluster.targets, join(folder(), 'r'));
  const passive = (1 - cluster.activeIndex) as 0 | 1;
  for (const node of cluster.nodes) node.signal('SIGKILL');
  await Promise.all(cluster.nodes.map((node) => node.ended()));
  await cluster.start(passive);
  await pause(1500);
  expect(cluster.nodes[passive].role?.state).toBe('joining');
  const address = cluster.interconnects[passive]!;
  const refused = await busyhour(['cluster', 'promote', '--interconnect', address]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /may lack charges that were answered; start the other node, or use --accept-loss/,
  );
  const obeyed = await busyhour(['cluster', 'promote', '--accept-loss', '--interconnect', address]);
  expect(obeyed.code).toBe(0);
  await cluster.nodes[passive].until('that it serves', ({ role }) => role === 'active');
  await pause(300);
  const { stdout } = await busyhour(['ledger', 'verify', '--data', cluster.folders[passive]]);
  expect(stdout).toContain('a loss was accepted by the operator');
});

test('strangers, rubbish and floods on the interconnect are refused, and told by name', {
  timeout: 60_000,
}, async () => {
  const cluster = await startPair();
  const node = cluster.nodes[0];
  const [host, port] = cluster.interconnects[0].split(':') as [string, string];
  const other = new ClusterNodeProcess([
    ...[
      '--cluster',
      'other',
      '--node',
      'b',
      '--data',
      join(folder(), 'y'),
      '--interconnect',
      '127.0.0.2:28701',
    ],
    ...['--peer', cluster.interconnects[0]],
  ]);
  await other.start(2907);
  const trouble = await node.until('who called', ({ event }) => event === 'trouble');
  expect(trouble.message).toMatch(/a node of cluster "other" called; this is "lab"/);
  await other.until('that it was turned away', ({ message }) => /turned this node away/.test(message ?? ''));
  other.signal('SIGKILL');
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
  const { stdout } = await run(cluster.targets, join(folder(), 'r'));
  expect(requestsOf({ stdout })).toMatchObject({ due: 1200, succeeded: 1200 });
});

test('a responder without peer: what it answered survives its death, repeats are charged once', {
  timeout: 60_000,
}, async () => {
  const data = join(folder(), 'solo');
  const node = new ClusterNodeProcess(['--data', data]);
  await node.start(2908);
  const at = folder();
  const target = () => node.endpoint.replace(':2905', ':2908');
  const running = run(target(), join(at, 'r'), '--retransmit-after', '900ms');
  await pause(3_000);
  node.signal('SIGKILL');
  await node.ended();
  await node.start(2908);
  await running;
  const { stdout } = await busyhour([
    'ledger',
    'verify',
    '--data',
    data,
    '--result',
    join(at, 'r'),
    '--json',
  ]);
  const { ok, audit } = JSON.parse(stdout) as {
    readonly ok: boolean;
    readonly audit: Record<string, number>;
  };
  expect(ok).toBe(true);
  expect(audit).toMatchObject({ answeredNotCharged: 0, chargedTwice: 0 });
  expect(audit.answeredAndChargedOnce).toBeGreaterThan(300);
  node.signal('SIGTERM');
  expect(await node.ended()).toBe(0);
});

test('bad folders and settings are told with place and remedy', { timeout: 60_000 }, async () => {
  const data = join(folder(), 'd');
  const node = new ClusterNodeProcess(['--data', data]);
  await node.start(2909);
  const respond = (...args: string[]) =>
    busyhour(['respond', '--listen', '127.0.0.1:2910/0', '--carrier', 'udp', ...args]);
  const taken = await respond('--data', data);
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringMatching(/process \d+ uses this folder/)]);
  node.signal('SIGTERM');
  await node.ended();
  const cluster = [
    '--cluster',
    'c',
    '--node',
    'a',
    '--interconnect',
    '127.0.0.2:28702',
    '--peer',
    '127.0.0.2:28703',
  ];
  const foreign = await respond('--data', data, ...cluster);
  expect([foreign.code, foreign.stderr]).toEqual([
    2,
    expect.stringMatching(/belongs to cluster "", not "c"/),
  ]);
  const terms = await respond('--data', data, '--charge', '5');
  expect([terms.code, terms.stderr]).toEqual([
    2,
    expect.stringMatching(/was made with ledger .*charge 1.*not .*charge 5/),
  ]);
  const half = await respond('--cluster', 'c');
  expect(half.code).toBe(2);
  for (const key of ['node', 'interconnect', 'peer', 'data'])
    expect(half.stderr).toContain(`${key}: is missing`);
  const bad = await respond('--cluster', 'c', '--interconnect', '7000');
  expect(bad.stderr).toMatch(/--interconnect: expected HOST:PORT/);
});

test.skipIf(process.getuid?.() !== 0)(
  'a full disk ends the node with a remedy; what it answered is kept',
  { timeout: 60_000 },
  async () => {
    const disk = join(folder(), 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
    try {
      const node = new ClusterNodeProcess(['--data', join(disk, 'd')]);
      await node.start(2911);
      const out = join(folder(), 'r');
      const running = run(node.endpoint.replace(':2905', ':2911'), out, '--rate', '2000');
      expect(await node.ended()).toBe(1);
      expect(node.stderr).toMatch(/disk full|disk is full/);
      await running;
      const { stdout } = await busyhour([
        'ledger',
        'verify',
        '--data',
        join(disk, 'd'),
        '--result',
        out,
        '--json',
      ]);
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        audit: { answeredNotCharged: 0, chargedTwice: 0 },
      });
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  },
);
