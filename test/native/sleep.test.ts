/** A host that sleeps without listening: nothing is lost by it, no time moves, and it listens where somebody must. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { HOST_TIME } from '../../native/api.js';
import { binding, type Driven, numbered, openPair, pump, pumpFor } from './driver.js';

const MS = 1e6;
const open: Driven[] = [];

/** A pair whose hosts have said and heard all that belongs to the association itself. */
function quietPair(carrier: 'udp' | 'memory', client = {}) {
  const pair = openPair(carrier, {}, client);
  open.push(pair.server, pair.client);
  pumpFor([pair.server, pair.client], 30);
  return pair;
}

afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

describe.each(['udp', 'memory'] as const)('a sleeping host, carrier %s', (carrier) => {
  it('sleeps until its deadline whatever arrives, and then has it with the time at which it came', () => {
    const { server, client, atServer } = quietPair(carrier);
    server.send(atServer, numbered(0, 3, 100));
    server.host.flush();
    const startNs = binding.nowNs();
    expect(client.host.sleep(startNs + 20 * MS)).toBe(true);
    const wokenNs = binding.nowNs();
    expect(wokenNs - startNs).toBeGreaterThanOrEqual(20 * MS);
    client.poll(0);
    expect(client.messages()).toHaveLength(3);
    for (const { timeNs } of client.messages()) expect(timeNs).toBeLessThan(startNs + MS);
  });

  it('takes a deadline that is not passed from its times, and leaves there when it woke', () => {
    const { client } = quietPair(carrier);
    const { times } = client.host;
    const startNs = binding.nowNs();
    times[HOST_TIME.deadline] = startNs + 20 * MS;
    expect(client.host.sleep()).toBe(true);
    expect(times[HOST_TIME.now]).toBeGreaterThanOrEqual(startNs + 20 * MS);
    // That deadline has passed by now.
    expect(client.host.sleep()).toBe(false);
    times[HOST_TIME.deadline] = binding.nowNs() + 10 * MS;
    expect(client.host.poll()).toBe(0);
    expect(times[HOST_TIME.now]).toBeGreaterThanOrEqual(times[HOST_TIME.deadline]!);
    expect(times[HOST_TIME.now]! - times[HOST_TIME.polled]!).toBeGreaterThan(5 * MS);
    expect(times[HOST_TIME.polled]).toBeLessThan(times[HOST_TIME.deadline]!);
    times[HOST_TIME.deadline] = Number.NaN;
    expect(() => client.host.poll()).toThrow(/NaN/);
  });

  it('sends what was queued before it sleeps', () => {
    const { server, client, atClient } = quietPair(carrier);
    client.send(atClient, numbered(0, 1, 100));
    const startNs = binding.nowNs();
    client.host.sleep(startNs + 20 * MS);
    server.poll(0);
    expect(server.messages()[0]?.timeNs).toBeLessThan(startNs + 10 * MS);
  });

  it('listens while messages wait for room in the window of a peer that says nothing', () => {
    const { server, client, atClient } = quietPair(carrier);
    // More than a first congestion window holds; the peer's thread is this one, so it acknowledges nothing yet.
    expect(client.send(atClient, numbered(0, 200, 1000))).toBe(200);
    client.host.flush();
    expect(client.host.statistics(atClient)?.queuedMessages).toBeGreaterThan(0);
    expect(client.host.sleep(binding.nowNs() + 50 * MS)).toBe(false);
    pump([server, client], () => server.messages().length === 200);
    pumpFor([server, client], 30);
    expect(client.host.sleep(binding.nowNs() + MS)).toBe(true);
  });

  it('listens while records are left for which the last batch had no room', () => {
    const { server, client, atServer } = quietPair(carrier, { receiveBatchMessages: 2 });
    server.send(atServer, numbered(0, 5, 100));
    server.host.flush();
    client.host.sleep(binding.nowNs() + 5 * MS);
    client.poll(0);
    expect(client.messages()).toHaveLength(2);
    expect(client.host.sleep(binding.nowNs() + 50 * MS)).toBe(false);
    pump([client], () => client.messages().length === 5);
  });

  it('keeps what another thread wakes it for until it polls', async () => {
    const { client } = quietPair(carrier);
    const wake = `
      const { parentPort, workerData } = require('node:worker_threads');
      const native = require(workerData.addon);
      parentPort.once('message', () => setTimeout(() => native.wake(workerData.handle), 10));
      parentPort.postMessage('ready');`;
    const addon =
      process.env.BUSYHOUR_NATIVE ?? new URL('../../native/build/busyhour.node', import.meta.url).pathname;
    const worker = new Worker(wake, { eval: true, workerData: { addon, handle: client.host.wakeHandle } });
    await once(worker, 'message');
    const startNs = binding.nowNs();
    worker.postMessage('wake');
    expect(client.host.sleep(startNs + 90 * MS)).toBe(true);
    expect(binding.nowNs() - startNs).toBeGreaterThanOrEqual(90 * MS);
    expect(client.host.poll(startNs + 20_000 * MS)).toBe(0);
    expect(binding.nowNs() - startNs).toBeLessThan(19_000 * MS);
    await worker.terminate();
  });

  it('listens rather than sleep for long, since nothing would wake it', () => {
    const { client } = quietPair(carrier);
    expect(client.host.sleep(binding.nowNs() + 200 * MS)).toBe(false);
    expect(client.host.sleep(Number.POSITIVE_INFINITY)).toBe(false);
  });

  it('refuses what is no time, and a closed host', () => {
    const { client } = quietPair(carrier);
    expect(() => client.host.sleep(Number.NaN)).toThrow(/deadlineNs must not be NaN/);
    client.close();
    expect(() => client.host.sleep(0)).toThrow();
  });
});
