/** What every carrier must do alike: both sides, bulk, notifications, back-pressure, ends. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Carrier } from '../../native/api.js';
import { BindingError } from '../../native/index.js';
import {
  binding,
  Driven,
  freshPort,
  numbered,
  openPair,
  options,
  type Pair,
  pump,
  pumpFor,
} from './driver.js';

const open: Driven[] = [];

function keep(pair: Pair): Pair {
  open.push(pair.server, pair.client);
  return pair;
}

function kept(host: Driven): Driven {
  open.push(host);
  return host;
}

afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

const carriers: Carrier[] = ['memory', 'udp', 'raw', 'kernel'];
const { rawAvailable, kernelAvailable } = binding.capabilities();
if (!rawAvailable) process.stderr.write('SKIPPED: raw carrier tests, this process has no CAP_NET_RAW\n');
if (!kernelAvailable) process.stderr.write('SKIPPED: kernel carrier tests, this kernel has no SCTP\n');

describe.each(carriers)('carrier %s', (carrier) => {
  const skipped = (carrier === 'raw' && !rawAvailable) || (carrier === 'kernel' && !kernelAvailable);
  const test = it.skipIf(skipped);
  /** What only the user-space engine tells. */
  const testOfPackets = it.skipIf(skipped || carrier === 'kernel');

  test('reports the association up on both sides and who opened it', () => {
    const { server, client, atClient } = keep(openPair(carrier));
    expect(server.of('up')[0]).toMatchObject({ flag: 1 });
    expect(client.of('up')[0]).toMatchObject({ flag: 0, association: atClient });
    expect(server.received[0]!.kind).toBe('up');
  });

  test('carries bytes, stream and PPID unchanged in both directions', () => {
    const { server, client, atClient, atServer } = keep(openPair(carrier));
    const bytes = Buffer.from('01000101000000080102030405', 'hex');
    expect(client.send(atClient, [{ bytes, stream: 5, ppid: 3 }])).toBe(1);
    pump([client, server], () => server.messages().length === 1);
    expect(server.messages()[0]).toMatchObject({ stream: 5, ppid: 3, association: atServer, flag: 0, bytes });
    expect(server.send(atServer, [{ bytes: Buffer.from('answer'), stream: 15, ppid: 0x01020304 }])).toBe(1);
    pump([client, server], () => client.messages().length === 1);
    expect(client.messages()[0]).toMatchObject({ stream: 15, ppid: 0x01020304 });
    expect(client.messages()[0]!.bytes.toString()).toBe('answer');
  });

  test('delivers 20 000 messages in order per stream and each once, over a small receive batch', () => {
    const { server, client, atClient } = keep(
      openPair(carrier, { receiveBatchMessages: 32, receiveBatchBytes: 1 << 14 }),
    );
    const total = 20_000;
    const streamOf = (i: number): number => 1 + (i % 4);
    let sent = 0;
    pump(
      [client, server],
      () => {
        const want = Math.min(256, total - sent);
        if (want > 0) sent += client.send(atClient, numbered(sent, want, 150, streamOf));
        return server.messages().length === total;
      },
      15_000,
    );
    const next = [0, 0, 1, 2, 3];
    for (const each of server.messages()) {
      const number = each.bytes.readUInt32BE(0);
      expect(number).toBe(next[each.stream]!);
      next[each.stream] = number + 4;
    }
  });

  test('carries messages of up to 20 000 bytes whole', () => {
    const { server, client, atClient, atServer } = keep(openPair(carrier));
    const sizes = [1, 3, 1400, 1472, 1500, 4000, 4096, 20_000];
    const messages = sizes.map((size, i) => ({ bytes: Buffer.alloc(size, i + 1) }));
    expect(client.send(atClient, messages)).toBe(sizes.length);
    pump([client, server], () => server.messages().length === sizes.length);
    expect(server.messages().map((each) => each.bytes.length)).toEqual(sizes);
    server.messages().forEach((each, i) => {
      expect(each.bytes.every((byte) => byte === i + 1)).toBe(true);
    });
    expect(server.send(atServer, [{ bytes: Buffer.alloc(4000, 9) }])).toBe(1);
    pump([client, server], () => client.messages().length === 1);
  });

  test('takes fewer messages when the send buffer is full, says when there is room, and loses none', () => {
    const { server, client, atClient } = keep(
      openPair(carrier, {}, { tunables: { sendBufferBytes: 32_768 } }),
    );
    let taken = 0;
    let short = false;
    for (let i = 0; i < 50 && !short; i++) {
      const got = client.send(atClient, numbered(taken, 64, 500));
      taken += got;
      short = got < 64;
    }
    expect(short).toBe(true);
    expect(client.of('writable')).toHaveLength(0);
    pump([client, server], () => client.of('writable').length > 0);
    expect(client.of('writable')[0]!.association).toBe(atClient);
    expect(client.send(atClient, numbered(taken, 1, 500))).toBe(1);
    pump([client, server], () => server.messages().length === taken + 1);
    expect(server.messages().map((each) => each.bytes.readUInt32BE(0))).toEqual(
      Array.from({ length: taken + 1 }, (_, i) => i),
    );
  });

  test('closes the window on a reader that does not read, and loses nothing', () => {
    const small = {
      receiveBatchMessages: 4,
      receiveBatchBytes: 8192,
      tunables: { receiveBufferBytes: 65_536 },
    };
    const { server, client, atClient } = keep(
      openPair(carrier, small, { tunables: { sendBufferBytes: 1 << 22 } }),
    );
    const total = 2000;
    let sent = 0;
    while (sent < total) sent += client.send(atClient, numbered(sent, Math.min(200, total - sent), 400));
    // Each poll of the server takes four messages at most, while packets keep coming.
    for (let i = 0; i < 100; i++) {
      client.poll(0);
      server.poll(0);
    }
    expect(server.messages().length).toBeLessThanOrEqual(404);
    pump([client, server], () => server.messages().length === total, 15_000);
    expect(server.messages().map((each) => each.bytes.readUInt32BE(0))).toEqual(
      Array.from({ length: total }, (_, i) => i),
    );
  });

  test('keeps several associations of one host apart', () => {
    const { server, client } = keep(openPair(carrier));
    const more = [client.connect(server.host.local), client.connect(server.host.local)];
    pump([client, server], () => client.of('up').length === 3 && server.of('up').length === 3);
    const ids = client.of('up').map((each) => each.association);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) client.send(id, [{ bytes: Buffer.from(`from ${id}`) }]);
    pump([client, server], () => server.messages().length === 3);
    for (const each of server.messages()) server.send(each.association, [{ bytes: each.bytes }]);
    pump([client, server], () => client.messages().length === 3);
    for (const each of client.messages()) expect(each.bytes.toString()).toBe(`from ${each.association}`);
    client.host.abort(more[0]!);
    pump([client, server], () => server.of('aborted').length === 1);
    expect(client.send(more[0]!, [{ bytes: Buffer.from('x') }])).toBe(-1);
    expect(client.send(more[1]!, [{ bytes: Buffer.from('x') }])).toBe(1);
  });

  test('shuts down in order: what was sent arrives, both sides hear of the end', () => {
    const { server, client, atClient, atServer } = keep(openPair(carrier));
    expect(client.send(atClient, numbered(0, 100, 200))).toBe(100);
    client.host.shutdown(atClient);
    expect(client.send(atClient, numbered(0, 1, 200))).toBe(-1);
    pump(
      [client, server],
      () => client.of('shutdownComplete').length === 1 && server.of('shutdownComplete').length === 1,
    );
    expect(server.messages()).toHaveLength(100);
    const kinds = server.received.map((each) => each.kind);
    expect(kinds.indexOf('peerShutdown')).toBeLessThan(kinds.indexOf('shutdownComplete'));
    expect(server.send(atServer, numbered(0, 1, 200))).toBe(-1);
    expect(client.host.statistics(atClient)).toBeNull();
  });

  test('tells an abort of the peer from a lost association', () => {
    const { server, client, atClient, atServer } = keep(openPair(carrier));
    server.host.abort(atServer);
    pump([client, server], () => client.of('aborted').length === 1);
    expect(client.of('aborted')[0]!.association).toBe(atClient);
    expect(client.of('lost')).toHaveLength(0);
  });

  test('aborts what is still up when a host is closed', () => {
    const { server, client } = keep(openPair(carrier));
    server.close();
    pump([client], () => client.of('aborted').length === 1);
    expect(() => server.host.poll(0)).toThrow(/closed/);
    server.close();
  });

  test('cannot start where nobody listens', () => {
    const client = kept(
      new Driven(options(carrier, { tunables: { rtoInitialMs: 60, rtoMaxMs: 100, initMaxAttempts: 2 } })),
    );
    const id = client.connect({ addresses: ['127.0.0.1'], sctpPort: freshPort(), udpPort: 1 });
    pump([client], () => client.of('cantStart').length === 1, 5000);
    expect(client.of('cantStart')[0]!.association).toBe(id);
    expect(client.send(id, [{ bytes: Buffer.from('x') }])).toBe(-1);
  });

  test('stamps a message when its packet came, not when it was read', () => {
    const { server, client, atClient } = keep(openPair(carrier));
    const before = binding.nowNs();
    client.send(atClient, [{ bytes: Buffer.from('early') }]);
    client.host.flush();
    const after = binding.nowNs();
    const until = after + 30e6;
    while (binding.nowNs() < until);
    server.poll(0);
    pump([client, server], () => server.messages().length === 1);
    const stamp = server.messages()[0]!.timeNs;
    expect(stamp).toBeGreaterThanOrEqual(before - 100_000);
    expect(stamp).toBeLessThan(after + 5e6);
  });

  testOfPackets('logs the first transmission of each message under its token', () => {
    const { server, client, atClient } = keep(openPair(carrier));
    const capacity = 256;
    const log = {
      tokens: new Uint32Array(capacity),
      firstNs: new Float64Array(capacity),
      lastNs: new Float64Array(capacity),
      previousNs: new Float64Array(capacity),
      count: new Uint16Array(capacity),
    };
    client.host.logTransmissions(log);
    const before = binding.nowNs();
    const messages = numbered(0, 100, 300, (i) => i % 16).map((each, i) => ({ ...each, token: 1000 + i }));
    for (const { token } of messages) log.tokens[token & (capacity - 1)] = token;
    expect(client.send(atClient, messages)).toBe(100);
    pump([client, server], () => server.messages().length === 100);
    const after = binding.nowNs();
    for (const { token } of messages) {
      const slot = token & (capacity - 1);
      expect(log.count[slot]).toBeGreaterThanOrEqual(1);
      expect(log.firstNs[slot]).toBeGreaterThanOrEqual(before);
      expect(log.firstNs[slot]).toBeLessThanOrEqual(after);
    }
    const untouched = 999 & (capacity - 1);
    expect(log.count[untouched]).toBe(0);
    expect(client.host.statistics(atClient)!.queuedMessages).toBe(0);
  });

  testOfPackets('tells statistics of an association', () => {
    // A stall of this machine must not look like loss.
    const patient = { tunables: { rtoMinMs: 1000, rtoInitialMs: 1000, rtoMaxMs: 1000 } };
    const { server, client, atClient, atServer } = keep(openPair(carrier, patient, patient));
    client.send(atClient, numbered(0, 50, 150));
    pump([client, server], () => server.messages().length === 50);
    pumpFor([client, server], 30);
    expect(client.host.statistics(atClient)).toMatchObject({
      state: 'established',
      messagesSent: 50,
      messagesReceived: 0,
      retransmissions: 0,
      duplicateTsns: 0,
      queuedMessages: 0,
      outstandingChunks: 0,
      remote: {
        addresses: ['127.0.0.1'],
        sctpPort: server.host.local.sctpPort,
        udpPort: server.host.local.udpPort,
      },
    });
    const atListener = server.host.statistics(atServer)!;
    expect(atListener.messagesReceived).toBe(50);
    expect(atListener.packetsReceived).toBeGreaterThan(3);
    expect(client.host.statistics(atClient)!.rtoMs).toBe(1000);
    expect(client.host.statistics(4711)).toBeNull();
  });

  test('refuses what is out of its range and names it', () => {
    const { client, atClient, server } = keep(openPair(carrier));
    expect(() => client.send(atClient, [{ bytes: Buffer.from('x'), stream: 200 }])).toThrow(/stream 200/);
    expect(() => client.connect({ addresses: ['nonsense'], sctpPort: 1, udpPort: 1 })).toThrow(BindingError);
    expect(() => client.host.send(500, 100)).toThrow(RangeError);
    client.host.txRecords.set([atClient, 1, 3, (1 << 18) - 2, 10, 0]);
    expect(() => client.host.send(0, 1)).toThrow(/outside txBytes/);
    expect(client.send(atClient, [{ bytes: Buffer.from('fine') }])).toBe(1);
    pump([client, server], () => server.messages().length === 1);
  });

  test('takes nothing before the association is up, and says when it does', () => {
    const server = kept(new Driven(options(carrier, { listen: true, local: { sctpPort: freshPort() } })));
    const client = kept(new Driven(options(carrier)));
    const id = client.connect(server.host.local);
    expect(client.send(id, numbered(0, 3, 100))).toBe(0);
    pump([client, server], () => client.of('writable').length === 1);
    expect(client.of('up')).toHaveLength(1);
    expect(client.send(id, numbered(0, 3, 100))).toBe(3);
    pump([client, server], () => server.messages().length === 3);
  });

  test('refuses more associations than agreed and counts them', () => {
    const { server, client } = keep(openPair(carrier, { associationsMax: 1 }));
    client.connect(server.host.local);
    pump([client, server], () => client.of('aborted').length + client.of('cantStart').length === 1);
    expect(server.host.counters().associationsRefused).toBe(1);
  });

  test('returns at the deadline, and at once for one in the past', () => {
    const { client } = keep(openPair(carrier));
    pumpFor([client], 5);
    const before = binding.nowNs();
    while (client.poll(20) > 0);
    expect(binding.nowNs() - before).toBeGreaterThanOrEqual(20e6);
    const times = Array.from({ length: 5 }, () => {
      const again = binding.nowNs();
      client.host.poll(0);
      return binding.nowNs() - again;
    });
    expect(Math.min(...times)).toBeLessThan(1e6);
  });

  test('is woken by its handle, also beforehand', () => {
    const { client } = keep(openPair(carrier));
    pumpFor([client], 5);
    binding.wake(client.host.wakeHandle);
    const before = binding.nowNs();
    expect(client.host.poll(before + 5e9)).toBe(0);
    expect(binding.nowNs() - before).toBeLessThan(1e9);
  });
});

describe('raw carrier', () => {
  const test = it.skipIf(!rawAvailable);

  test('works over IPv6, where the kernel strips the IP header itself', () => {
    const local = { addresses: ['::1'], sctpPort: freshPort() };
    const { server, client, atClient } = keep(openPair('raw', { local }, { local: { addresses: ['::1'] } }));
    client.send(atClient, numbered(0, 5, 4000));
    pump([client, server], () => server.messages().length === 5);
  });

  test('refuses a second listener on one port, because both would get every packet', () => {
    const local = { sctpPort: freshPort() };
    kept(new Driven(options('raw', { listen: true, local })));
    expect(() => new Driven(options('raw', { listen: true, reusePort: true, local }))).toThrow(
      /one host of a process/,
    );
  });
});
