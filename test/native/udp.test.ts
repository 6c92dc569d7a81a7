import { describe, expect, it } from 'vitest';
import { BindingError } from '../../native/index.js';
import { binding, Driven, freshPort, numbered, openPair, options, pump, pumpFor } from './driver.js';
import {
  connectThrough,
  crc32c,
  kept,
  listeningHost,
  pumpAsync,
  relayTo,
  transmissionLog,
  udpSocket,
} from './udp-support.js';

describe('loss', () => {
  it('loses no message, doubles none and keeps the order when 1 packet in 50 is dropped', async () => {
    const server = listeningHost();
    const client = kept(new Driven(options('udp')));
    const relay = await relayTo(server.host.local, (n) => n > 20 && n % 50 === 0);
    const id = await connectThrough(relay, server, client);
    const total = 4000;
    const log = transmissionLog(8192);
    client.host.logTransmissions(log);
    let sent = 0;
    await pumpAsync([client, server], () => {
      const want = Math.min(64, total - sent);
      if (want > 0) {
        const batch = numbered(sent, want, 400, (i) => 1 + (i % 4)).map((each, i) => ({
          ...each,
          token: sent + i + 1,
        }));
        for (const { token } of batch) log.tokens[token] = token;
        sent += client.send(id, batch);
      }
      return server.messages().length === total;
    });
    const next = [0, 0, 1, 2, 3];
    for (const each of server.messages()) {
      expect(each.bytes.readUInt32BE(0)).toBe(next[each.stream]!);
      next[each.stream]! += 4;
    }
    await pumpAsync([client, server], () => client.host.statistics(id)!.outstandingChunks === 0);
    expect(relay.dropped).toBeGreaterThan(5);
    const statistics = client.host.statistics(id)!;
    expect(statistics.retransmissions).toBeGreaterThan(0);
    const counts = Array.from(log.count.subarray(1, total + 1));
    expect(counts.every((count) => count >= 1)).toBe(true);
    const again = counts.reduce((sum, count) => sum + count - 1, 0);
    expect(again).toBe(statistics.retransmissions);
  });

  it('logs when a message left first and again while the peer was out of reach', async () => {
    const server = listeningHost();
    const client = kept(new Driven(options('udp')));
    let blocked = false;
    const relay = await relayTo(server.host.local, () => blocked);
    const id = await connectThrough(relay, server, client);
    const log = transmissionLog(16);
    client.host.logTransmissions(log);
    log.tokens[7] = 7;
    blocked = true;
    const began = binding.nowNs();
    client.send(id, [{ bytes: Buffer.from('through the wall'), token: 7 }]);
    const open = began + 180e6;
    await pumpAsync([client, server], () => binding.nowNs() > open);
    blocked = false;
    await pumpAsync([client, server], () => server.messages().length === 1);
    expect(log.firstNs[7]! - began).toBeLessThan(20e6);
    // RTO 50 ms, doubled: again after about 50 and 150 ms, delivered with the one after 350 ms.
    expect(log.count[7]).toBeGreaterThanOrEqual(3);
    expect(log.lastNs[7]!).toBeGreaterThan(open);
    expect(log.previousNs[7]!).toBeGreaterThan(log.firstNs[7]!);
    expect(log.previousNs[7]!).toBeLessThan(open);
    expect(server.messages()[0]!.timeNs).toBeGreaterThanOrEqual(log.lastNs[7]! - 1e6);
    const statistics = client.host.statistics(id)!;
    expect(statistics.retransmissions).toBe(log.count[7]! - 1);
    expect(statistics.rtoMaxSeenMs).toBeGreaterThanOrEqual(90);
  });

  it('gives the association up at its limit, and says which messages never got through', async () => {
    const server = listeningHost();
    const client = kept(
      new Driven(
        options('udp', {
          tunables: {
            pathMaxRetransmissions: 3,
            associationMaxRetransmissions: 3,
            rtoInitialMs: 50,
            rtoMaxMs: 50,
          },
        }),
      ),
    );
    let blocked = false;
    const relay = await relayTo(server.host.local, () => blocked);
    const id = await connectThrough(relay, server, client);
    blocked = true;
    const messages = numbered(0, 40, 200).map((each, i) => ({ ...each, token: 501 + i }));
    expect(client.send(id, messages)).toBe(40);
    await pumpAsync([client, server], () => client.of('lost').length === 1);
    expect(client.of('aborted')).toHaveLength(0);
    expect(new Set(client.of('sendFailed').map((each) => each.code))).toEqual(
      new Set(messages.map((each) => each.token)),
    );
    expect(client.received.at(-1)!.kind).toBe('lost');
    expect(client.send(id, numbered(0, 1, 10))).toBe(-1);
  });

  it('tells a restart of the peer, and the association goes on', async () => {
    // A stall of this machine must not look like loss.
    const patient = { rtoMinMs: 1000, rtoInitialMs: 1000, rtoMaxMs: 1000 };
    const server = kept(
      new Driven(options('udp', { listen: true, local: { sctpPort: freshPort() }, tunables: patient })),
    );
    const sctpPort = freshPort();
    const first = kept(new Driven(options('udp', { local: { sctpPort } })));
    let silent = false;
    const relay = await relayTo(server.host.local, () => silent);
    const before = await connectThrough(relay, server, first);
    first.send(before, numbered(0, 10, 100));
    await pumpAsync([first, server], () => server.messages().length === 10);
    // Killed: its ABORT does not get through.
    silent = true;
    first.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    silent = false;
    const second = kept(new Driven(options('udp', { local: { sctpPort } })));
    const { local } = server.host;
    const after = second.connect({ addresses: ['127.0.0.1'], sctpPort: local.sctpPort, udpPort: relay.port });
    await pumpAsync(
      [second, server],
      () => second.of('up').length === 1 && server.of('restart').length === 1,
    );
    const association = server.of('up')[0]!.association;
    expect(server.of('up')).toHaveLength(1);
    expect(server.of('restart')[0]!.association).toBe(association);
    second.send(after, numbered(10, 10, 100));
    await pumpAsync([second, server], () => server.messages().length === 20);
    const log = transmissionLog(16);
    server.host.logTransmissions(log);
    log.tokens[3] = 3;
    server.send(association, [{ bytes: Buffer.from('welcome back'), token: 3 }]);
    await pumpAsync([second, server], () => second.messages().length === 1);
    expect(log.count[3]).toBe(1);
    expect(server.host.statistics(association)!.retransmissions).toBe(0);
  });

  it('leaves the slot of another token alone', async () => {
    const { server, client, atClient } = openPair('udp');
    kept(server);
    kept(client);
    const log = transmissionLog(16);
    client.host.logTransmissions(log);
    log.tokens[7] = 7 + 16;
    client.send(atClient, [{ bytes: Buffer.from('x'), token: 7 }]);
    pump([client, server], () => server.messages().length === 1);
    expect(log.count[7]).toBe(0);
    expect(log.firstNs[7]).toBe(0);
  });
});

/** DATA chunks of a packet, and whether it is well-formed: control chunks before DATA, nothing left over. */
function chunksOf(packet: Buffer): { data: number; sacks: number; wellFormed: boolean } {
  let data = 0;
  let sacks = 0;
  let wellFormed = true;
  let at = 12;
  while (at + 4 <= packet.length) {
    if (packet[at] === 0) data++;
    else if (data > 0) wellFormed = false;
    if (packet[at] === 3) sacks++;
    at += (packet.readUInt16BE(at + 2) + 3) & ~3;
  }
  const zeroed = Buffer.from(packet);
  zeroed.writeUInt32LE(0, 8);
  return {
    data,
    sacks,
    wellFormed: wellFormed && at === packet.length && crc32c(zeroed) === packet.readUInt32LE(8),
  };
}

describe('packets', () => {
  it.each([
    ['auto', 8],
    ['off', 1],
  ] as const)(
    'bundling %s puts at most %i messages of 150 bytes in a packet of 1 472 bytes',
    async (bundling, most) => {
      const seen: ReturnType<typeof chunksOf>[] = [];
      let longest = 0;
      // What is sent again may share a packet whatever the bundling: on a busy machine nothing is to be sent again.
      const tunables = { bundling, rtoMinMs: 5000, rtoInitialMs: 5000, rtoMaxMs: 10_000 };
      const server = kept(
        new Driven(options('udp', { listen: true, local: { sctpPort: freshPort() }, tunables })),
      );
      const client = kept(new Driven(options('udp', { tunables })));
      const relay = await relayTo(server.host.local, (_, packet) => {
        seen.push(chunksOf(packet));
        longest = Math.max(longest, packet.length);
        return false;
      });
      const id = await connectThrough(relay, server, client);
      const total = 400;
      // 20 messages fit in the initial congestion window: none has to wait for a SACK.
      const batch = 20;
      for (let sent = 0; sent < total; sent += batch) {
        expect(
          client.send(
            id,
            numbered(sent, batch, 150, (i) => 1 + (i % 4)),
          ),
        ).toBe(batch);
        await pumpAsync([client, server], () => server.messages().length === sent + batch);
        for (const each of server.messages().slice(sent)) {
          server.send(each.association, [{ bytes: each.bytes, stream: each.stream }]);
        }
        await pumpAsync([client, server], () => client.messages().length === sent + batch);
      }
      expect(seen.every((each) => each.wellFormed)).toBe(true);
      expect(longest).toBeLessThanOrEqual(1472);
      const counts = seen.filter((each) => each.data > 0).map((each) => each.data);
      expect(Math.max(...counts)).toBe(most);
      // Every message once in each direction, plus what was sent again.
      expect(counts.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(2 * total);
      if (bundling === 'auto') expect(counts.length).toBeLessThan((2 * total) / 3);
      else expect(counts.length).toBeGreaterThanOrEqual(2 * total);
    },
  );

  it('drops a packet whose checksum is wrong and counts it, and SCTP sends it again', async () => {
    const server = listeningHost();
    const client = kept(new Driven(options('udp')));
    let spoil = false;
    const relay = await relayTo(server.host.local, (_, packet) => {
      if (spoil && packet[12] === 0) {
        packet[packet.length - 1]! ^= 1;
        spoil = false;
      }
      return false;
    });
    const id = await connectThrough(relay, server, client);
    spoil = true;
    client.send(id, [{ bytes: Buffer.from('four') }]);
    await pumpAsync([client, server], () => server.messages().length === 1);
    expect(server.messages()[0]!.bytes.toString()).toBe('four');
    expect(server.host.counters().packetsDiscarded).toBe(1);
    expect(client.host.statistics(id)!.retransmissions).toBeGreaterThanOrEqual(1);
  });
});

describe('addresses', () => {
  it('follows a peer to a new UDP port when the verification tag fits (RFC 6951 section 5.4)', async () => {
    const server = listeningHost();
    const client = kept(new Driven(options('udp')));
    const relay = await relayTo(server.host.local, () => false);
    const id = await connectThrough(relay, server, client);
    const before = server.host.statistics(server.of('up')[0]!.association)!.remote.udpPort;
    await relay.move();
    client.send(id, [{ bytes: Buffer.from('from elsewhere') }]);
    await pumpAsync([client, server], () => server.messages().length === 1);
    const association = server.messages()[0]!.association;
    expect(server.host.statistics(association)!.remote.udpPort).not.toBe(before);
    server.send(association, [{ bytes: Buffer.from('found') }]);
    await pumpAsync([client, server], () => client.messages().length === 1);
    expect(server.of('up')).toHaveLength(1);
  });

  it('goes on sending while the port of the target is closed, and reaches it when it is back', async () => {
    const { server, client, atClient } = openPair('udp');
    kept(client);
    const { local } = server.host;
    server.close();
    pump([client], () => client.of('aborted').length === 1);
    // Nobody has the port now: the kernel answers with ICMP errors, which the socket reports.
    const again = client.connect(local);
    pumpFor([client], 250);
    expect(client.of('cantStart')).toHaveLength(0);
    const back = kept(new Driven(options('udp', { listen: true, local })));
    pump([client, back], () => client.of('up').length === 2);
    expect(client.send(again, [{ bytes: Buffer.from('x') }])).toBe(1);
    expect(client.send(atClient, [{ bytes: Buffer.from('x') }])).toBe(-1);
  });

  it('names the port in use and the remedy', async () => {
    const socket = await udpSocket();
    const { port } = socket.address();
    let caught: unknown;
    try {
      new Driven(options('udp', { listen: true, local: { sctpPort: freshPort(), udpPort: port } }));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BindingError);
    expect(caught).toMatchObject({ code: 'EADDRINUSE' });
    expect(String(caught)).toContain(`/${port}`);
    expect(String(caught)).toContain('choose another');
  });

  it('names an address that is not ours', () => {
    expect(() => new Driven(options('udp', { local: { addresses: ['192.0.2.77'] } }))).toThrow(
      /No interface.*192\.0\.2\.77/,
    );
  });

  it('answers from the address that it was asked at when bound to the wildcard', () => {
    const server = kept(
      new Driven(options('udp', { listen: true, local: { addresses: ['0.0.0.0'], sctpPort: freshPort() } })),
    );
    const client = kept(new Driven(options('udp')));
    const id = client.connect({ ...server.host.local, addresses: ['127.0.0.9'] });
    pump([client, server], () => client.of('up').length === 1);
    expect(client.send(id, [{ bytes: Buffer.from('x') }])).toBe(1);
    pump([client, server], () => server.messages().length === 1);
  });

  it('works over IPv6', () => {
    const server = kept(
      new Driven(options('udp', { listen: true, local: { addresses: ['::1'], sctpPort: freshPort() } })),
    );
    const client = kept(new Driven(options('udp', { local: { addresses: ['::1'] } })));
    const id = client.connect(server.host.local);
    pump([client, server], () => client.of('up').length === 1);
    client.send(id, [{ bytes: Buffer.alloc(4000, 1) }]);
    pump([client, server], () => server.messages().length === 1);
    expect(server.messages()[0]!.bytes.length).toBe(4000);
    expect(() => client.connect({ addresses: ['127.0.0.1'], sctpPort: 1, udpPort: 1 })).toThrow(
      /other IP version/,
    );
  });
});
