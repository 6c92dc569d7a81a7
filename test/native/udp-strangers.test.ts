import { describe, expect, it } from 'vitest';
import { Driven, freshPort, numbered, openPair, options, pump } from './driver.js';
import { crc32c, kept, listeningHost, pumpAsync, udpSocket } from './udp-support.js';

describe('strangers', () => {
  it('aborts packets out of the blue, so that a peer of a dead process hears of its death', async () => {
    const server = listeningHost();
    const { sctpPort, udpPort } = server.host.local;
    const socket = await udpSocket();
    const answers: Buffer[] = [];
    socket.on('message', (packet) => answers.push(packet));
    // HEARTBEAT with an unknown tag; the checksum is filled in with a table-free CRC32c.
    const packet = Buffer.alloc(20);
    packet.writeUInt16BE(5000, 0);
    packet.writeUInt16BE(sctpPort, 2);
    packet.writeUInt32BE(0x1234_5678, 4);
    packet.set([4, 0, 0, 8, 0, 1, 0, 4], 12);
    packet.writeUInt32LE(crc32c(packet), 8);
    socket.send(packet, udpPort, '127.0.0.1');
    await pumpAsync([server], () => answers.length === 1);
    expect(answers[0]![12]).toBe(6);
    expect(answers[0]!.readUInt32BE(4)).toBe(0x1234_5678);
  });

  it('survives 10 000 packets of rubbish and still serves', async () => {
    const { server, client, atClient } = openPair('udp');
    kept(server);
    kept(client);
    const { sctpPort, udpPort } = server.host.local;
    const socket = await udpSocket();
    let seed = 4711;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (seed >> 8) % below;
    };
    for (let i = 0; i < 10_000; i++) {
      const packet = Buffer.alloc(random(200), random(256));
      for (let at = 0; at < packet.length; at += 1 + random(4)) packet[at] = random(256);
      if (packet.length >= 16 && i % 2 === 0) {
        packet.writeUInt16BE(sctpPort, 2);
        if (i % 4 === 0) packet.writeUInt32BE(0, 4);
        packet[12] = random(20);
        packet.writeUInt16BE(random(packet.length), 14);
        packet.writeUInt32LE(0, 8);
        packet.writeUInt32LE(crc32c(packet), 8);
      }
      socket.send(packet, udpPort, '127.0.0.1');
      if (i % 100 === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        server.poll(0);
        client.poll(0);
      }
    }
    await pumpAsync([server, client], () => server.host.counters().packetsReceived > 9000);
    expect(server.host.counters().packetsDiscarded).toBeGreaterThan(100);
    client.send(atClient, [{ bytes: Buffer.from('still there') }]);
    pump([client, server], () => server.messages().length === 1);
    const late = kept(new Driven(options('udp')));
    late.connect(server.host.local);
    pump([late, server], () => late.of('up').length === 1);
  });
});

describe('shared ports', () => {
  it('gives each of two hosts on one endpoint the associations whose packets reach it', () => {
    const sctpPort = freshPort();
    const first = kept(new Driven(options('udp', { listen: true, reusePort: true, local: { sctpPort } })));
    const second = kept(
      new Driven(options('udp', { listen: true, reusePort: true, local: first.host.local })),
    );
    const clients = Array.from({ length: 12 }, () => kept(new Driven(options('udp'))));
    const ids = clients.map((each) => each.connect(first.host.local));
    const all = [first, second, ...clients];
    pump(all, () => clients.every((each) => each.of('up').length === 1));
    clients.forEach((each, i) => {
      expect(each.send(ids[i]!, numbered(i, 1, 100))).toBe(1);
    });
    pump(all, () => first.messages().length + second.messages().length === 12);
    expect(first.of('up').length + second.of('up').length).toBe(12);
    for (const server of [first, second]) {
      for (const each of server.messages()) server.send(each.association, [{ bytes: each.bytes }]);
    }
    pump(all, () => clients.every((each) => each.messages().length === 1));
    clients.forEach((each, i) => {
      expect(each.messages()[0]!.bytes.readUInt32BE(0)).toBe(i);
    });
    // The kernel spreads source ports over the two sockets: 12 on one side is a chance of 1 in 2 048.
    expect(first.of('up').length).toBeGreaterThan(0);
    expect(second.of('up').length).toBeGreaterThan(0);
  });

  it('connects from the SCTP port that it listens on', () => {
    const peer = listeningHost();
    const both = listeningHost();
    const id = both.connect(peer.host.local);
    pump([peer, both], () => both.of('up').length === 1);
    // One association between two endpoints: the same ports the other way round are taken.
    expect(() => peer.connect(both.host.local)).toThrow(/taken by another association/);
    expect(both.send(id, [{ bytes: Buffer.from('x') }])).toBe(1);
    pump([peer, both], () => peer.messages().length === 1);
    expect(peer.host.statistics(peer.messages()[0]!.association)!.remote.sctpPort).toBe(
      both.host.local.sctpPort,
    );
  });
});
