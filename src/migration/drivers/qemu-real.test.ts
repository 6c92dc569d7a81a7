import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freeTcpPort } from '../../../bench/free-port.js';
import type { MigrationRequest } from '../driver.js';
import { QmpClient } from '../qmp.js';
import { qemuDriver } from './qemu.js';

const QEMU = 'qemu-system-x86_64';
const installed = spawnSync(QEMU, ['--version']).status === 0;

let folder = '';
const running: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-qemu-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A machine with nothing but its firmware; resolves when its monitor answers. */
async function machine(name: string, ...more: string[]): Promise<string> {
  const socket = join(folder, name);
  const base = ['-accel', 'tcg', '-M', 'pc', '-m', '64', '-nodefaults', '-display', 'none'];
  running.push(
    spawn(QEMU, [...base, '-qmp', `unix:${socket},server=on,wait=off`, ...more], { stdio: 'ignore' }),
  );
  for (;;) {
    try {
      (await QmpClient.connect(socket)).close();
      return socket;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const request = (vm: string, destination: string, more: Partial<MigrationRequest>): MigrationRequest => ({
  vm,
  destination,
  mode: 'live',
  timeoutMs: 20_000,
  index: 1,
  direction: 'forth',
  options: {},
  ...more,
});

describe.skipIf(!installed)('qemu itself (skipped where qemu-system-x86_64 is not installed)', () => {
  it('migrates a machine, with its own figures and the time it stood still', async () => {
    const uri = `tcp:127.0.0.1:${await freeTcpPort()}`;
    const [source, destinationQmp] = [await machine('a'), await machine('b', '-incoming', uri)];
    const asked = request(source, uri, { options: { destinationQmp, downtimeLimitMs: '300' } });
    const driver = qemuDriver();
    await driver.prepare(asked);
    const outcome = await driver.migrate(asked, () => {}).outcome;
    expect(outcome, outcome.reason ?? '').toMatchObject({ result: 'completed' });
    expect(outcome.hypervisor.totalMs).toBeGreaterThan(0);
    expect(outcome.hypervisor.totalMs).toBeLessThan(outcome.totalMs);
    expect(outcome.hypervisor.transferredBytes).toBeGreaterThan(100_000);
    expect(outcome.hypervisor.iterations).toBeGreaterThan(0);
    // QEMU counts whole ms from before it stops the machine until the other side has answered: a little more than from event to event, or less.
    const { atLeastMs } = outcome.stopped!;
    expect(atLeastMs).toBeGreaterThan(0);
    expect(atLeastMs).toBeGreaterThan(outcome.hypervisor.downtimeMs! - 20);
    const names = outcome.timeline.map((event) => event.name).filter((name) => name !== 'progress');
    expect(names).toEqual(['started', 'paused', 'resumed', 'ended']);
  });

  it('cancels a migration that cannot end in time, and the source runs on', async () => {
    const uri = `tcp:127.0.0.1:${await freeTcpPort()}`;
    const source = await machine('c');
    await machine('d', '-incoming', uri);
    const options = { maxBandwidthBytes: '20000', downtimeLimitMs: '1' };
    const { outcome } = qemuDriver().migrate(request(source, uri, { options, timeoutMs: 700 }), () => {});
    expect(await outcome).toMatchObject({ result: 'notConverged' });
    const client = await QmpClient.connect(source);
    expect(await client.execute('query-status')).toMatchObject({ status: 'running' });
    client.close();
  });

  it("passes on QEMU's reason when nobody waits for the machine", async () => {
    const { outcome } = qemuDriver().migrate(
      request(await machine('e'), `tcp:127.0.0.1:${await freeTcpPort()}`, {}),
      () => {},
    );
    expect((await outcome).reason).toContain('Connection refused');
  });
});
