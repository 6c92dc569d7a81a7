/** Against another implementation of SCTP: the npm package `sctp`, in plain JavaScript, over UDP, both ways round. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { binding, Driven, freshPort, options } from '../native/driver.js';

interface PackageSocket extends NodeJS.EventEmitter {
  write(data: Buffer): boolean;
  end(): void;
  destroy(): void;
}

interface SctpPackage {
  connect(
    options: {
      readonly passive?: boolean;
      readonly localPort: number;
      readonly port: number;
      readonly udpTransport: Socket;
      readonly udpPeer: { readonly host: string; readonly port: number };
      readonly OS?: number;
      readonly MIS?: number;
      readonly ppid?: number;
    },
    connected?: () => void,
  ): PackageSocket;
}

const sctp = createRequire(import.meta.url)('sctp') as SctpPackage;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const each of cleanups.splice(0).reverse()) each();
});

async function udpSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  cleanups.push(() => socket.close());
  return socket;
}

async function until(host: Driven, done: () => boolean, timeoutMs = 8000): Promise<void> {
  const end = binding.nowNs() + timeoutMs * 1e6;
  while (!done()) {
    host.poll(0);
    await new Promise((resolve) => setImmediate(resolve));
    if (binding.nowNs() > end)
      throw new Error(`not reached: ${host.received.map((each) => each.kind).join(',')}`);
  }
}

/** The package delays SACKs by up to 200 ms and fails on DATA that comes again while it shuts down. */
const patient = { rtoMinMs: 1000, rtoInitialMs: 1000, rtoMaxMs: 3000 };

/** ASP UP, as M3UA would send it. */
const aspUp = Buffer.from('0100030100000010001100080000000a', 'hex');

describe('npm sctp', () => {
  it('connects to us, sends, gets its echo and ends', async () => {
    const server = new Driven(
      options('udp', { listen: true, local: { sctpPort: freshPort() }, tunables: patient }),
    );
    cleanups.push(() => server.close());
    const udpTransport = await udpSocket();
    const echoes: Buffer[] = [];
    const socket = sctp.connect({
      localPort: freshPort(),
      port: server.host.local.sctpPort,
      udpTransport,
      udpPeer: { host: '127.0.0.1', port: server.host.local.udpPort },
      ppid: 3,
    });
    let connected = false;
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('data', (data: Buffer) => echoes.push(Buffer.from(data)));
    await until(server, () => server.of('up').length === 1 && connected);
    expect(server.of('up')[0]!.flag).toBe(1);
    const total = 50;
    for (let i = 0; i < total; i++) socket.write(Buffer.concat([aspUp, Buffer.from([i])]));
    await until(server, () => server.messages().length === total);
    expect(server.messages()[0]!.ppid).toBe(3);
    server.messages().forEach((each, i) => {
      expect(each.bytes).toEqual(Buffer.concat([aspUp, Buffer.from([i])]));
      expect(server.send(each.association, [{ bytes: each.bytes, stream: 0 }])).toBe(1);
    });
    await until(server, () => echoes.length === total);
    expect(echoes[49]).toEqual(Buffer.concat([aspUp, Buffer.from([49])]));
    socket.end();
    await until(server, () => server.of('shutdownComplete').length === 1);
  });

  it('accepts our association, answers 4 000 bytes whole and sees our shutdown', async () => {
    const client = new Driven(options('udp', { local: { sctpPort: freshPort() }, tunables: patient }));
    cleanups.push(() => client.close());
    const udpTransport = await udpSocket();
    const port = freshPort();
    const received: Buffer[] = [];
    const socket = sctp.connect({
      passive: true,
      localPort: port,
      port: client.host.local.sctpPort,
      udpTransport,
      udpPeer: { host: '127.0.0.1', port: client.host.local.udpPort },
      ppid: 3,
    });
    let ended = false;
    socket.on('end', () => {
      ended = true;
    });
    socket.on('close', () => {
      ended = true;
    });
    socket.on('data', (data: Buffer) => {
      received.push(Buffer.from(data));
      socket.write(data);
    });
    const id = client.connect({
      addresses: ['127.0.0.1'],
      sctpPort: port,
      udpPort: udpTransport.address().port,
    });
    await until(client, () => client.of('up').length === 1);
    const large = Buffer.alloc(4000, 0x5a);
    expect(
      client.send(id, [
        { bytes: aspUp, stream: 0 },
        { bytes: large, stream: 0 },
      ]),
    ).toBe(2);
    await until(client, () => client.messages().length === 2);
    expect(received[0]).toEqual(aspUp);
    expect(client.messages()[0]!.bytes).toEqual(aspUp);
    expect(client.messages()[1]!.bytes).toEqual(large);
    // A SHUTDOWN that finds the package with DATA in flight is never acknowledged: its onShutdown looks at the bytes in flight once, its onSack
    // ends only SHUTDOWN-PENDING, and it drops every later SHUTDOWN (against RFC 9260 9.2). So our delayed SACK for its last echo goes first.
    const settledNs = binding.nowNs() + 400e6;
    await until(client, () => binding.nowNs() > settledNs);
    client.host.shutdown(id);
    await until(client, () => client.of('shutdownComplete').length === 1 && ended);
  });
});
