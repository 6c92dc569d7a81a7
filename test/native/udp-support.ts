/** What the tests of the UDP carrier share: hosts that are closed after each test, sockets of the test's own, and a relay between two hosts. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach } from 'vitest';
import type { SctpEndpoint, TransmissionLog } from '../../native/api.js';
import { binding, Driven, freshPort, options } from './driver.js';

const cleanups: (() => void)[] = [];

export function kept(host: Driven): Driven {
  cleanups.push(() => host.close());
  return host;
}

afterEach(() => {
  for (const each of cleanups.splice(0).reverse()) each();
});

export async function udpSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  cleanups.push(() => socket.close());
  return socket;
}

/** Lets Node's own sockets run between polls. */
export async function pumpAsync(
  hosts: readonly Driven[],
  done: () => boolean,
  timeoutMs = 15_000,
): Promise<void> {
  const end = binding.nowNs() + timeoutMs * 1e6;
  while (!done()) {
    for (const each of hosts) each.poll(0);
    await new Promise((resolve) => setImmediate(resolve));
    if (binding.nowNs() > end) throw new Error(`not reached within ${timeoutMs} ms`);
  }
}

export interface Relay {
  readonly port: number;
  dropped: number;
  /** From here on packets leave towards the server from another UDP port. */
  move(): Promise<void>;
}

/** Passes packets between a client and `target`; `drop` decides on the n-th packet of either direction. */
export async function relayTo(
  target: SctpEndpoint,
  drop: (n: number, packet: Buffer) => boolean,
): Promise<Relay> {
  const front = await udpSocket();
  let back = await udpSocket();
  let client = 0;
  let packets = 0;
  const relay: Relay = {
    port: front.address().port,
    dropped: 0,
    move: async () => {
      back = await udpSocket();
      back.on('message', toClient);
    },
  };
  const passes = (packet: Buffer): boolean => {
    if (!drop(packets++, packet)) return true;
    relay.dropped++;
    return false;
  };
  const toClient = (packet: Buffer): void => {
    if (client !== 0 && passes(packet)) front.send(packet, client, '127.0.0.1');
  };
  back.on('message', toClient);
  front.on('message', (packet, from) => {
    client = from.port;
    if (passes(packet)) back.send(packet, target.udpPort, '127.0.0.1');
  });
  return relay;
}

export function transmissionLog(capacity: number): TransmissionLog {
  return {
    tokens: new Uint32Array(capacity),
    firstNs: new Float64Array(capacity),
    lastNs: new Float64Array(capacity),
    previousNs: new Float64Array(capacity),
    count: new Uint16Array(capacity),
  };
}

export async function connectThrough(relay: Relay, server: Driven, client: Driven): Promise<number> {
  const id = client.connect({
    addresses: ['127.0.0.1'],
    sctpPort: server.host.local.sctpPort,
    udpPort: relay.port,
  });
  await pumpAsync([server, client], () => client.of('up').length === 1 && server.of('up').length === 1);
  return id;
}

export function listeningHost(): Driven {
  return kept(new Driven(options('udp', { listen: true, local: { sctpPort: freshPort() } })));
}

/** CRC32c bit by bit (RFC 9260 appendix A), independent of the binding's. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
