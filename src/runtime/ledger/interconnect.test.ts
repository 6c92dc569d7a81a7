import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Interconnect } from './interconnect.js';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const nowNs = (): number => performance.now() * 1e6;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What stands where the peer would: accepts, and says nothing. */
class Place {
  port = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  async open(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', () => resolve()));
    this.port = (server.address() as { port: number }).port;
    closers.push(() => this.close());
  }

  /** Connections are reset and new ones refused, as when the process is gone. */
  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }
}

/** @returns when the interconnect said that the peer is not there, ms of `performance.now` */
async function callerOf(place: Place, witness: boolean): Promise<number[]> {
  const saidMs: number[] = [];
  let connected = (): void => undefined;
  const up = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const interconnect = new Interconnect({
    cluster: 'lab',
    node: 'a',
    ledger: '',
    listen: { host: '127.0.0.1', port: 0 },
    peer: { host: '127.0.0.1', port: place.port },
    witness,
    nowNs,
    onMessage: () => undefined,
    onConnected: () => connected(),
    onPeerRefused: () => saidMs.push(performance.now()),
    peerInstance: () => 'b1',
    onTrouble: () => undefined,
    onCommand: () => undefined,
  });
  closers.push(() => interconnect.close());
  await interconnect.start();
  await up;
  return saidMs;
}

test.each([
  { witness: false, leastMs: 260 },
  { witness: true, leastMs: 100 },
])(
  'a peer counts as dead after $leastMs ms of refusals (witness: $witness), and soon after',
  async ({ witness, leastMs }) => {
    const place = new Place();
    await place.open();
    const saidMs = await callerOf(place, witness);
    const closedMs = performance.now();
    place.close();
    while (saidMs.length === 0) await wait(1);
    expect(saidMs[0]! - closedMs).toBeGreaterThanOrEqual(leastMs);
    expect(saidMs[0]! - closedMs).toBeLessThan(leastMs + 140);
  },
);

test('refusals that end before 260 ms prove nothing without a witness', async () => {
  const place = new Place();
  await place.open();
  const saidMs = await callerOf(place, false);
  place.close();
  await wait(200);
  await place.open();
  await wait(300);
  expect(saidMs).toEqual([]);
});
