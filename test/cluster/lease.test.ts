import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wait } from '../../bench/failover/busyhour.js';
import { Etcd } from '../../bench/failover/etcd.js';
import { parseHostPort } from '../../src/config/cluster-config.js';
import { EtcdLease } from '../../src/runtime/ledger/lease.js';
import { EtcdWitness } from '../../src/runtime/ledger/witness.js';
import { folder, has, startPair } from './support.js';

const PATIENCE_MS = 10_000;

describe.skipIf(!has('etcd', 'leases at the witness (package etcd-server)'))('a lease at the witness', () => {
  let etcd: Etcd;
  const address = () => parseHostPort(etcd.address.replace('etcd://', ''));

  beforeAll(async () => {
    etcd = await Etcd.start(join(folder(), 'etcd'));
  });

  afterAll(async () => {
    await etcd.kill();
  });

  /** @returns how long it took, ms */
  const until = async (witness: EtcdWitness, lives: boolean): Promise<number> => {
    const began = performance.now();
    while ((await witness.read()).peerLives !== lives) {
      if (performance.now() - began > PATIENCE_MS)
        throw new Error(`the lease ${lives ? 'did not appear' : 'lived on'}`);
      await wait(20);
    }
    return performance.now() - began;
  };

  it('lives while it is renewed, longer than it was granted for, and ends when it is given back', async () => {
    const troubles: string[] = [];
    const lease = new EtcdLease({
      address: address(),
      cluster: 'unit',
      node: 'a',
      deadAfterNs: 1e9,
      onTrouble: (message) => troubles.push(message),
    });
    const peer = new EtcdWitness(address(), 'unit', 'b');
    const itself = new EtcdWitness(address(), 'unit', 'a');
    expect((await peer.read()).peerLives).toBe(false);
    lease.start();
    await until(peer, true);
    // Granted for 2 s; etcd lets them run out up to a second late.
    for (let i = 0; i < 9; i++) {
      await wait(500);
      expect((await peer.read()).peerLives).toBe(true);
    }
    expect((await itself.read()).peerLives).toBe(false);
    await lease.close();
    expect((await peer.read()).peerLives).toBe(false);
    expect(troubles).toEqual([]);
  }, 30_000);

  it('of a frozen node runs out, the other one serves, and the frozen one wakes up fenced with a new lease', async () => {
    const pair = await startPair('--witness', etcd.address, '--dead-after', '1s');
    expect(await etcd.untilBoth(PATIENCE_MS)).not.toBeNull();
    const index = pair.activeIndex;
    const [frozen, other] = [pair.nodes[index], pair.nodes[1 - index]!];
    const witness = new EtcdWitness(address(), 'lab', index === 0 ? 'b' : 'a');
    expect((await witness.read()).peerLives).toBe(true);
    const [frozenFrom, otherFrom] = [frozen.events.length, other.events.length];
    frozen.signal('SIGSTOP');
    await until(witness, false);
    await other.until('that it serves', ({ state }) => state === 'alone', otherFrom);
    const { register } = await witness.read();
    expect(register).toMatchObject({ owner: index === 0 ? 'b' : 'a', members: 'owner' });
    expect(register?.peerLacksFrom).toBeGreaterThan(0);
    frozen.signal('SIGCONT');
    await frozen.until(
      'that it was fenced',
      ({ message }) => message?.startsWith('fenced: ') === true,
      frozenFrom,
    );
    await pair.inSync();
    await until(witness, true);
  }, 60_000);
});
