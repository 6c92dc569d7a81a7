import { describe, expect, it } from 'vitest';
import { binding, Driven, freshPort, numbered, openPair, options, pump, pumpFor } from './driver.js';

describe.each(['udp', 'memory'] as const)('a closed host over %s', (carrier) => {
  it('has given its address back when close returns', () => {
    const sctpPort = freshPort();
    const first = new Driven(options(carrier, { listen: true, local: { sctpPort } }));
    const { local } = first.host;
    first.close();
    for (let turn = 0; turn < 50; turn++) {
      const next = new Driven(options(carrier, { listen: true, local }));
      expect(next.host.local).toEqual(local);
      // The timer thread holds on to hosts for a tick of its own; the closes fall into all parts of it.
      next.poll(turn % 5);
      next.close();
    }
  });
});

describe('an association that refused messages', () => {
  it('says that it is writable also when acknowledgements came while the batch was full', () => {
    const { server, client, atClient, atServer } = openPair(
      'memory',
      {},
      {
        receiveBatchMessages: 1,
        tunables: { sendBufferBytes: 16_384, rtoInitialMs: 2000, rtoMinMs: 2000, rtoMaxMs: 2000 },
      },
    );
    // The congestion window grows beyond the send buffer, so that a full buffer leaves at once.
    for (let sent = 0; sent < 4000; sent += 80) {
      expect(client.send(atClient, numbered(sent, 80, 200))).toBe(80);
      pump([server, client], () => server.messages().length === sent + 80);
      pump([server, client], () => client.host.statistics(atClient)!.outstandingChunks === 0);
    }
    server.send(atServer, numbered(0, 1, 100));
    server.host.flush();
    const many = numbered(0, 200, 200);
    const taken = client.send(atClient, many);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(many.length);
    client.host.flush();
    // Everything is acknowledged before the client looks: one message that fills its batch, then SACKs, then silence.
    pumpFor([server], 100);
    const before = client.of('writable').length;
    const end = binding.nowNs() + 2e9;
    while (client.of('writable').length === before && binding.nowNs() < end) {
      client.poll(20);
      server.poll(1);
    }
    expect(client.messages()).toHaveLength(1);
    expect(client.of('writable').length).toBe(before + 1);
    const rest = many.slice(taken, taken + 20);
    expect(client.send(atClient, rest)).toBe(rest.length);
    pump([server, client], () => server.messages().length === 4000 + taken + rest.length);
    server.close();
    client.close();
  });
});
