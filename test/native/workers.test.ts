/** Several threads in one process: hosts of their own, wake handles, worker ends, process ends. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { SctpEndpoint } from '../../native/api.js';
import { binding, freshPort } from './driver.js';

/** A worker takes 90 ms to start: asan.sh asks for all 100. */
const workerCount = Number(process.env.BUSYHOUR_TEST_WORKERS ?? 30);

const here = fileURLToPath(new URL('.', import.meta.url));

interface Serving {
  readonly worker: Worker;
  readonly local: SctpEndpoint;
  readonly wakeHandle: number;
  readonly stop: Int32Array;
}

function start(workerData: Record<string, unknown>): Worker {
  return new Worker(join(here, 'worker.mjs'), { workerData });
}

async function message<T>(worker: Worker): Promise<T> {
  const [value] = (await once(worker, 'message')) as [T];
  return value;
}

async function serve(local: Partial<SctpEndpoint>, more: Record<string, unknown> = {}): Promise<Serving> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const endpoint = { addresses: ['127.0.0.1'], sctpPort: freshPort(), udpPort: 0, ...local };
  const worker = start({ role: 'serve', stop, options: { local: endpoint }, ...more });
  const ready = await message<{ local: SctpEndpoint; wakeHandle: number }>(worker);
  return { worker, stop, ...ready };
}

async function end(serving: Serving): Promise<{ echoed: number; up: number; polls: number }> {
  const result = message<{ echoed: number; up: number; polls: number }>(serving.worker);
  const exit = once(serving.worker, 'exit');
  Atomics.store(serving.stop, 0, 1);
  binding.wake(serving.wakeHandle);
  const value = await result;
  await exit;
  return value;
}

describe('workers', () => {
  it('wakes a thread that is blocked in poll, from another thread', async () => {
    const serving = await serve({});
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = binding.nowNs();
    const { polls } = await end(serving);
    expect(binding.nowNs() - before).toBeLessThan(2e9);
    expect(polls).toBeLessThan(5);
    // A handle of a host that is gone is ignored.
    binding.wake(serving.wakeHandle);
  });

  it('serves two generators and two responders in four threads of one process', async () => {
    const first = await serve({});
    const second = await serve(first.local);
    const total = 5000;
    const loads = [1, 2].map(() => start({ role: 'load', remote: first.local, total, associations: 3 }));
    const results = await Promise.all(loads.map((each) => message<Record<string, number>>(each)));
    for (const result of results) expect(result).toEqual({ answered: 3 * total, wrong: 0, ended: 0 });
    const ends = [await end(first), await end(second)];
    expect(ends[0]!.echoed + ends[1]!.echoed).toBe(6 * total);
    expect(ends[0]!.up + ends[1]!.up).toBe(6);
  });

  it('carries load in the main thread and in a worker at once', async () => {
    const serving = await serve({});
    const worker = start({ role: 'load', remote: serving.local, total: 3000, associations: 1 });
    const inWorker = message<Record<string, number>>(worker);
    const { Driven, options, pump, numbered } = await import('./driver.js');
    const client = new Driven(options('udp'));
    const id = client.connect(serving.local);
    pump([client], () => client.of('up').length === 1);
    let sent = 0;
    pump(
      [client],
      () => {
        const answered = client.messages().length;
        const want = Math.min(64, 3000 - sent, 500 - (sent - answered));
        if (want > 0) sent += client.send(id, numbered(sent, want, 100));
        return answered === 3000;
      },
      15_000,
    );
    expect(await inWorker).toEqual({ answered: 3000, wrong: 0, ended: 0 });
    client.close();
    await end(serving);
  });

  it(`starts and ends ${workerCount} workers, half of them with hosts left open`, async () => {
    const serving = await serve({});
    for (let i = 0; i < workerCount / 2; i++) {
      const pair = [1, 2].map(() =>
        start({ role: 'load', remote: serving.local, total: 20, associations: 1, leaveOpen: i % 2 === 0 }),
      );
      const exits = pair.map((each) => once(each, 'exit'));
      const results = await Promise.all(pair.map((each) => message<Record<string, number>>(each)));
      for (const result of results) expect(result).toMatchObject({ answered: 20 });
      await Promise.all(exits);
    }
    expect((await end(serving)).up).toBe(workerCount);
  }, 60_000);

  it('ends the process cleanly with associations and threads still busy', () => {
    const run = spawnSync(process.execPath, [join(here, 'exit.mjs')], { encoding: 'utf8', timeout: 20_000 });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('answered');
  });

  it('tells thread time, pins threads and names CPUs that are not there', () => {
    const before = binding.threadCpuNs();
    while (binding.threadCpuNs() - before < 2e6);
    expect(() => binding.pinThread(1000)).toThrow(/CPU 1000/);
    binding.setTimerSlackNs(50_000);
    expect([0, 200_000]).toContain(binding.setTimeSliceNs(200_000));
    expect(() => binding.setTimeSliceNs(1)).toThrow(/sliceNs/);
    expect(Math.abs(binding.epochUnixMs + binding.nowNs() / 1e6 - Date.now())).toBeLessThan(50);
  });
});
