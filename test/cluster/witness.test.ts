import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Etcd } from '../../bench/failover/etcd.js';
import { busyhour, killAll, Pair } from '../../bench/failover/pair.js';
import { verify } from '../../bench/failover/round.js';

const folder = mkdtempSync(join(tmpdir(), 'busyhour-witness-'));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let etcd: Etcd | null = null;
let pair: Pair | null = null;
afterAll(async () => {
  await pair?.stop();
  await etcd?.kill();
  killAll();
  rmSync(folder, { recursive: true, force: true });
});

function hasEtcd(): boolean {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(
      'SKIPPED test/cluster/witness.test.ts: etcd is not installed (package etcd-server)\n',
    );
    return false;
  }
}

test.skipIf(!hasEtcd())(
  'a freeze longer than dead-after with a witness: the other node takes over, the woken one is fenced and says so',
  { timeout: 120_000 },
  async () => {
    etcd = await Etcd.start(join(folder, 'etcd'));
    pair = await Pair.start({
      folder: join(folder, 'data'),
      extra: ['--witness', etcd.address, '--dead-after', '1s'],
    });
    const cluster = pair;
    // The register has to say that both are members before either may be promoted.
    await pause(500);
    const run = (name: string, seconds: number) =>
      busyhour([
        ...[
          'run',
          '--target',
          cluster.targets,
          '--carrier',
          'udp',
          '--rate',
          '500',
          '--duration',
          `${seconds}s`,
        ],
        ...['--timeout', '8s', '--audit', '--out', join(folder, name)],
      ]);
    const running = run('freeze', 8);
    await pause(3500);
    const frozen = cluster.nodes[cluster.activeIndex];
    const other = cluster.nodes[1 - cluster.activeIndex]!;
    const [before, beforeFrozen] = [other.events.length, frozen.events.length];
    frozen.signal('SIGSTOP');
    await other.until('that it serves', ({ state }) => state === 'alone', before);
    await pause(500);
    frozen.signal('SIGCONT');
    const fenced = await frozen.until(
      'that it was fenced',
      ({ event, message }) => event === 'trouble' && /^fenced: /.test(message ?? ''),
      beforeFrozen,
    );
    expect(fenced.message).toMatch(/epoch \d+ began while this node held epoch \d+/);
    await cluster.inSync();
    expect(other.role).toMatchObject({ role: 'active', inSync: true });
    await running;
    const { ok, audit } = await verify(cluster, join(folder, 'freeze'));
    expect(audit).toMatchObject({ answeredNotCharged: 0, chargedTwice: 0 });
    expect(audit.answeredAndChargedOnce).toBeGreaterThan(1500);
    expect(ok).toBe(true);

    // The witness dies: traffic goes on; but nobody is promoted by silence while it is gone.
    await etcd.kill();
    await run('calm', 2);
    const calm = await verify(cluster, join(folder, 'calm'));
    expect(calm.audit).toMatchObject({ answeredAndChargedOnce: 1000, chargedTwice: 0 });
    const from = frozen.events.length;
    other.signal('SIGSTOP');
    await frozen.until('that it would take over', ({ state }) => state === 'takingOver', from);
    await pause(1500);
    expect(frozen.role?.state).toBe('takingOver');
    other.signal('SIGCONT');
    await etcd.start();
    await cluster.inSync();
  },
);
