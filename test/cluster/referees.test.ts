import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { verify } from '../../bench/failover/load.js';
import { expectRefusal, folder, has, isRoot, requestsOf, run, startPair, verifyOne } from './support.js';

const DISTURB = fileURLToPath(new URL('../../dist/bench/failover/disturb.js', import.meta.url));
const canDisturb =
  isRoot && has('etcd', 'the witness (package etcd-server)') && has('iptables', 'cuts of the interconnect');
if (!isRoot) process.stderr.write('SKIPPED cuts of the interconnect: needs root for a network namespace\n');

test.skipIf(!canDisturb)(
  'a witness decides who serves: a frozen node wakes up fenced, cuts, forged resets and its own death lose and double nothing; without one nobody serves twice',
  { timeout: 180_000 },
  async () => {
    const args = [
      '--freezes',
      '1',
      '--cuts',
      '1',
      '--resets',
      '1',
      '--witness-kills',
      '1',
      '--out',
      folder(),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [DISTURB, ...args]);
    const verdict = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    expect(verdict).toMatchObject({
      withWitness: { freeze: 1, cut: 1, reset: 1, witnessKill: 1 },
      withoutWitness: { freeze: 0, cut: 1, reset: 1, witnessKill: 0 },
      answeredNotCharged: 0,
      chargedTwice: 0,
      ledgersAgree: true,
      bothAloneMs: 0,
      freezesThatWokeUpFenced: 1,
    });
    expect(verdict.answeredAndChargedOnce).toBeGreaterThan(2_000);
  },
);

test('the fencing command decides: a node is promoted when it returned 0, and not before', {
  timeout: 60_000,
}, async () => {
  const place = folder();
  const victim = join(place, 'victim');
  // Returns 0 only once somebody wrote down whom to kill, as a power switch does that can be reached again.
  const fence = `kill -9 "$(cat ${victim})"`;
  const pair = await startPair('--fence', fence, '--dead-after', '600ms');
  const active = pair.nodes[pair.activeIndex];
  const other = pair.nodes[1 - pair.activeIndex]!;
  const from = other.events.length;
  active.signal('SIGSTOP');
  const refused = await other.until('how the command ended', ({ event }) => event === 'trouble', from);
  expect(refused.message).toMatch(/the fencing command ended with \d+: the peer may live/);
  expect(other.role?.role).toBe('takingOver');
  writeFileSync(victim, `${active.pid}`);
  await other.until('that it serves', ({ role }) => role === 'active', from);
  await active.ended();
  const out = join(place, 'r');
  await run(other.endpoint, out);
  expect((await verify(pair, out)).audit).toMatchObject({ answeredAndChargedOnce: 600, chargedTwice: 0 });
});

test('takeover on silence serves at once, promises nothing, and refuses an audit', {
  timeout: 60_000,
}, async () => {
  const pair = await startPair('--takeover-on-silence', '--dead-after', '600ms');
  const active = pair.nodes[pair.activeIndex];
  const other = pair.nodes[1 - pair.activeIndex]!;
  expect(other.events.find(({ event }) => event === 'trouble')?.message).toMatch(
    /takeover on silence: no exactly-once promise/,
  );
  const from = other.events.length;
  active.signal('SIGSTOP');
  await other.until('that it serves', ({ state }) => state === 'alone', from);
  active.signal('SIGCONT');
  const out = join(folder(), 'r');
  await run(other.endpoint, out);
  const index = pair.nodes.indexOf(other);
  expectRefusal(
    await verifyOne(pair.folders[index]!, out),
    /was run with takeover on silence, which promises nothing exactly once: no audit/,
  );
});

test.each(['local', 'none'] as const)(
  'durability %s of a cluster promises nothing, and refuses an audit',
  {
    timeout: 60_000,
  },
  async (durability) => {
    const pair = await startPair('--durability', durability);
    for (const node of pair.nodes) {
      expect(node.events.find(({ event }) => event === 'trouble')?.message).toBe(
        `durability ${durability}: no exactly-once promise`,
      );
    }
    const out = join(folder(), 'r');
    expect(requestsOf(await run(pair.targets, out)).succeeded).toBe(600);
    expectRefusal(
      await verifyOne(pair.folders[0], out),
      new RegExp(`was run with durability ${durability}, which promises nothing exactly once: no audit`),
    );
  },
);
