import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GapFinder, type ReachabilityGap } from './gaps.js';
import { pingReader } from './probe.js';
import { startProber } from './probers.js';
import { formatReachability, parseReachability } from './spec.js';

describe('gaps', () => {
  it('lie between two answers, and name how late the probe itself was', () => {
    const gaps: ReachabilityGap[] = [];
    const finder = new GapFinder(5, (gap) => gaps.push(gap));
    for (const [atMs, lateMs] of [
      [1_000, 0],
      [1_001, 9],
      [1_101, 40],
      [1_105, 1],
      [1_110.5, 2],
    ] as const) {
      finder.asked(lateMs);
      finder.answered(atMs);
    }
    expect(gaps).toEqual([
      { fromUnixMs: 1_001, toUnixMs: 1_101, ms: 100, ownLateMs: 40 },
      { fromUnixMs: 1_105, toUnixMs: 1_110.5, ms: 5.5, ownLateMs: 2 },
    ]);
  });

  it('are none before the first answer, and an answer that was overtaken makes none', () => {
    const gaps: ReachabilityGap[] = [];
    const finder = new GapFinder(5, (gap) => gaps.push(gap));
    for (const atMs of [5_000, 4_000, 5_002]) finder.answered(atMs);
    expect(gaps).toEqual([]);
    expect(finder.answers).toBe(3);
  });
});

// Lines as iputils ping 20221126 prints them with -n -D.
it('reads what ping prints, and tells its own silence from that of the host', () => {
  const gaps: ReachabilityGap[] = [];
  const read = pingReader(1, (gap) => gaps.push(gap));
  const line = (stamp: string, sequence: number) =>
    read(`[${stamp}] 64 bytes from 10.77.0.2: icmp_seq=${sequence} ttl=64 time=0.040 ms`);
  read('PING 10.77.0.2 (10.77.0.2) 56(84) bytes of data.');
  line('1795190882.100000', 65_534);
  line('1795190882.101000', 65_535);
  line('1795190882.201000', 99);
  read('From 10.77.0.1 icmp_seq=100 Destination Host Unreachable');
  line('1795190882.251000', 100);
  expect(gaps.map(({ ms, ownLateMs }) => [Math.round(ms), Math.round(ownLateMs)])).toEqual([
    [100, 0],
    [50, 49],
  ]);
});

it('is written as kind, place and spacing', () => {
  expect(parseReachability('icmp')).toEqual({ kind: 'icmp', host: null, port: null, spacingMs: 1 });
  expect(parseReachability('icmp:192.0.2.7/2ms')).toEqual({
    kind: 'icmp',
    host: '192.0.2.7',
    port: null,
    spacingMs: 2,
  });
  expect(parseReachability('tcp:22')).toEqual({ kind: 'tcp', host: null, port: 22, spacingMs: 10 });
  expect(parseReachability('udp:[::1]:7')).toEqual({ kind: 'udp', host: '::1', port: 7, spacingMs: 1 });
  for (const text of ['icmp/1ms', 'icmp:192.0.2.7/2ms', 'tcp:22/10ms', 'udp:[::1]:7/1ms'])
    expect(formatReachability(parseReachability(text))).toBe(text);
  for (const bad of ['ping', 'tcp', 'udp:0', 'icmp:-f', 'icmp:a b', 'tcp:host:99999', 'icmp/1', 'icmp/1us'])
    expect(() => parseReachability(bad), bad).toThrow();
});

/** Asks for a while; the far side is silent from the first half on for `silentMs`. */
async function gapsSeen(
  kind: 'tcp' | 'udp',
  port: number,
  silence: () => Promise<void>,
): Promise<{ readonly gaps: ReachabilityGap[]; readonly faults: string[] }> {
  const gaps: ReachabilityGap[] = [];
  const faults: string[] = [];
  const end = await startProber(
    { kind, host: '127.0.0.1', port, spacingMs: kind === 'tcp' ? 10 : 1 },
    { gap: (gap) => gaps.push(gap), fault: (reason) => faults.push(reason) },
  );
  await pause(150);
  await silence();
  await pause(150);
  end();
  return { gaps, faults };
}

describe('probers', () => {
  it('udp: finds the time in which the echo service was silent', async () => {
    const service = createSocket('udp4');
    let silent = false;
    service.on('message', (datagram, { port, address }) => {
      if (!silent) service.send(datagram, port, address);
    });
    await new Promise<void>((resolve) => service.bind(0, '127.0.0.1', resolve));
    let [from, to] = [0, 0];
    const { gaps, faults } = await gapsSeen('udp', service.address().port, async () => {
      from = performance.timeOrigin + performance.now();
      silent = true;
      await pause(200);
      silent = false;
      to = performance.timeOrigin + performance.now();
    });
    service.close();
    expect(faults).toEqual([]);
    const found = gaps.find((gap) => gap.fromUnixMs < to && gap.toUnixMs > from);
    expect(found!.ms).toBeGreaterThanOrEqual(to - from);
    // The first question after the silence may be late; then it says so.
    expect(found!.ms).toBeLessThanOrEqual(to - from + 10 + 2 * found!.ownLateMs);
  });

  it('tcp: a refusal shows that the host is there', async () => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await new Promise<void>((resolve) => server.once('listening', () => resolve()));
    const { port } = server.address() as { port: number };
    const { gaps, faults } = await gapsSeen('tcp', port, async () => {
      server.close();
      await pause(50);
    });
    expect(faults).toEqual([]);
    // The test itself may be held up; what it finds then is its own lateness.
    for (const { ms, ownLateMs } of gaps) expect(ms - 2 * ownLateMs).toBeLessThan(40);
  });

  it('says that a host is none', async () => {
    const faults: string[] = [];
    const end = await startProber(
      { kind: 'udp', host: 'no-such-host.invalid', port: 7, spacingMs: 1 },
      { gap: () => {}, fault: (reason) => faults.push(reason) },
    );
    end();
    expect(faults[0]).toContain('no such host');
  });
});
