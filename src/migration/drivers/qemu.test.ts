import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { MigrationEvent, MigrationRequest } from '../driver.js';
import { QmpClient } from '../qmp.js';
import { qemuDriver, readMigrationInfo } from './qemu.js';

interface Monitor {
  readonly path: string;
  readonly commands: { execute: string; arguments: Record<string, unknown> }[];
  readonly emit: (event: string, atMs: number) => void;
}

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

type Answer = (execute: string, parameters: Record<string, unknown>) => unknown;

/** A monitor as QEMU 7.2 speaks: greeting, answers with the id of the question, events in between. Written by hand from the protocol's document. */
async function monitor(
  answer: Answer,
  greeting = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}',
): Promise<Monitor> {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-qmp-'));
  const path = join(folder, 'qmp');
  const sockets = new Set<Socket>();
  const commands: Monitor['commands'] = [];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(`${greeting}\r\n`);
    let rest = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const { execute, id, arguments: parameters } = JSON.parse(line);
        commands.push({ execute, arguments: parameters });
        const result = answer(execute, parameters ?? {});
        if (result === 'silence') continue;
        if (result === 'hang up') socket.destroy();
        else if (result instanceof Error) {
          socket.write(
            `{"id": "${id}", "error": {"class": "GenericError", "desc": ${JSON.stringify(result.message)}}}\r\n`,
          );
        } else socket.write(`{"id": "${id}", "return": ${JSON.stringify(result ?? {})}}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const emit = (event: string, atMs: number): void => {
    const timestamp = `{"seconds": ${Math.floor(atMs / 1000)}, "microseconds": ${Math.round((atMs % 1000) * 1000)}}`;
    for (const socket of sockets) socket.write(`{"timestamp": ${timestamp}, "event": "${event}"}\r\n`);
  };
  return { path, commands, emit };
}

const request = (vm: string, options: Record<string, string> = {}, timeoutMs = 10_000): MigrationRequest => ({
  vm,
  destination: 'tcp:127.0.0.1:4444',
  mode: 'live',
  timeoutMs,
  index: 1,
  direction: 'forth',
  options,
});

const RAM = {
  transferred: 61_234_567,
  remaining: 0,
  total: 272_637_952,
  'dirty-sync-count': 4,
  'dirty-pages-rate': 1000,
  'page-size': 4096,
};

describe('qemu', () => {
  it('migrates, asks again for the figures, and takes the time stopped from STOP and RESUME', async () => {
    const destination = await monitor((execute) =>
      execute === 'query-status' ? { status: 'inmigrate' } : {},
    );
    let asked = 0;
    const source: Monitor = await monitor((execute) => {
      if (execute === 'query-status') return { status: 'running' };
      if (execute !== 'query-migrate') return {};
      asked++;
      if (asked === 1) return { status: 'active', ram: { ...RAM, remaining: 136_318_976 } };
      if (asked === 2) {
        source.emit('STOP', 1_700_000_000_100.25);
        setTimeout(() => destination.emit('RESUME', 1_700_000_000_187.75), 120);
        return { status: 'completed', 'total-time': 0, ram: RAM };
      }
      return { status: 'completed', 'total-time': 1840, downtime: 74, ram: RAM };
    });
    const driver = qemuDriver();
    const asks = request(source.path, {
      destinationQmp: destination.path,
      downtimeLimitMs: '300',
      maxBandwidthBytes: '50000000',
    });
    await driver.prepare(asks);
    const events: MigrationEvent[] = [];
    const running = driver.migrate(asks, (event) => events.push(event));
    const outcome = await running.outcome;
    expect(outcome, outcome.reason ?? '').toMatchObject({
      result: 'completed',
      stopped: { atLeastMs: 87.5, atMostMs: 87.5 },
    });
    expect(outcome.hypervisor).toEqual({
      totalMs: 1840,
      downtimeMs: 74,
      transferredBytes: 61_234_567,
      iterations: 4,
      dirtyBytesPerSecond: 4_096_000,
    });
    expect(events.map((event) => event.name)).toEqual([
      'started',
      'progress',
      'paused',
      'progress',
      'resumed',
      'ended',
    ]);
    expect(events.find((event) => event.name === 'paused')).toMatchObject({
      clock: 'host of the source QEMU',
    });
    const sent = source.commands.filter((one) => one.execute.startsWith('migrate'));
    expect(sent).toEqual([
      {
        execute: 'migrate-set-parameters',
        arguments: { 'downtime-limit': 300, 'max-bandwidth': 50_000_000 },
      },
      { execute: 'migrate', arguments: { uri: 'tcp:127.0.0.1:4444' } },
    ]);
    expect(running.progress().percent).toBe(100);
  });

  it('cancels one that does not converge', async () => {
    let cancelled = false;
    const source = await monitor((execute) => {
      if (execute === 'migrate_cancel') cancelled = true;
      return execute === 'query-migrate' ? { status: cancelled ? 'cancelled' : 'active', ram: RAM } : {};
    });
    const outcome = await qemuDriver().migrate(request(source.path, {}, 200), () => {}).outcome;
    expect(outcome).toMatchObject({
      result: 'notConverged',
      reason: 'not converged within 0.2 s, cancelled',
    });
    expect(outcome.totalMs).toBeGreaterThan(190);
  });

  it("passes on QEMU's own words", async () => {
    const failed = await monitor((execute) =>
      execute === 'query-migrate'
        ? { status: 'failed', 'error-desc': 'Unable to write to socket: Connection reset by peer' }
        : {},
    );
    const one = await qemuDriver().migrate(request(failed.path), () => {}).outcome;
    expect(one).toMatchObject({ result: 'failed' });
    expect(one.reason).toContain('Connection reset by peer');
    const refusing = await monitor((execute) =>
      execute === 'migrate' ? new Error("Migration is disabled when using feature 'fs'") : {},
    );
    const two = await qemuDriver().migrate(request(refusing.path), () => {}).outcome;
    expect(two.reason).toBe("QEMU refused migrate: Migration is disabled when using feature 'fs'");
  });

  it('reports a QEMU that goes away, that is not there, or that is no QEMU', async () => {
    const dying = await monitor((execute) => (execute === 'query-migrate' ? 'hang up' : {}));
    const gone = await qemuDriver().migrate(request(dying.path), () => {}).outcome;
    expect(gone.reason).toContain('QEMU closed the connection');
    const missing = await qemuDriver().migrate(request('/nowhere/qmp'), () => {}).outcome;
    expect(missing.reason).toContain('no such socket');
    const stranger = await monitor(() => ({}), 'SSH-2.0-OpenSSH_9.2');
    await expect(QmpClient.connect(stranger.path)).rejects.toThrow('not a QMP monitor');
  });

  it('refuses before it starts', async () => {
    const driver = qemuDriver();
    expect(() => driver.migrate(request('/x', { maxBandwidthBytes: 'fast' }), () => {})).toThrow(
      'whole number above 0',
    );
    const waiting = await monitor(() => ({ status: 'inmigrate' }));
    await expect(driver.prepare(request(waiting.path))).rejects.toThrow(
      "is 'inmigrate', expected running or paused",
    );
  });

  it('stops the VM first in cold mode', async () => {
    const source = await monitor((execute) =>
      execute === 'query-migrate' ? { status: 'completed', 'total-time': 9, downtime: 9 } : {},
    );
    await qemuDriver().migrate({ ...request(source.path), mode: 'cold' }, () => {}).outcome;
    expect(source.commands.slice(1, 3).map((one) => one.execute)).toEqual(['stop', 'migrate']);
  });

  it('has no figures where QEMU gives none', () => {
    expect(Object.values(readMigrationInfo({ status: 'active', ram: null, downtime: '5' }))).toEqual(
      Array(5).fill(null),
    );
  });
});
