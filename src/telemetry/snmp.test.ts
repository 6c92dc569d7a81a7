import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCounterPlace, readCounters } from './counters.js';
import type { TelemetryEvent } from './sampler.js';
import { countedBetween, parseSnmpAgent, readSnmpPort, type SnmpPort } from './snmp.js';
import { startSnmpSampler } from './snmp-sampler.js';

describe('places', () => {
  it('name an agent without its community', () => {
    expect(parseSnmpAgent('snmp://secret@10.0.0.1:1161')).toEqual({
      name: 'snmp://10.0.0.1:1161',
      host: '10.0.0.1',
      port: 1161,
      community: 'secret',
    });
    expect(() => parseSnmpAgent('snmp://secret@-x')).toThrow('snmp://...@-x');
    expect(parseCounterPlace('snmp://switch/Gi0/1')).toMatchObject({
      name: 'snmp://switch/Gi0/1',
      interface: 'Gi0/1',
    });
  });

  it('name interfaces of hosts, and nothing else on them', () => {
    expect(parseCounterPlace('local/eth1')).toMatchObject({ kind: 'proc', host: null, interface: 'eth1' });
    expect(parseCounterPlace('ssh://root@host-a:22/eth1')).toMatchObject({ interface: 'eth1' });
    for (const bad of [
      'eth1',
      'local/',
      'local/../../etc',
      'local/a b',
      'ssh://host',
      'snmp://h',
      'local/$(x)',
    ])
      expect(() => parseCounterPlace(bad), bad).toThrow();
  });
});

describe('counters', () => {
  const port = (receivedBytes: number, bits: 32 | 64, upTimeTicks: number): SnmpPort => ({
    receivedBytes,
    sentBytes: 0,
    bits,
    upTimeTicks,
  });
  const between = (a: SnmpPort, b: SnmpPort) => countedBetween(a, b, (one) => one.receivedBytes);

  it('that begin anew after 4 GiB go on; those of a restarted agent do not', () => {
    expect(between(port(100, 64, 1), port(350, 64, 2))).toBe(250);
    expect(between(port(2 ** 32 - 50, 32, 1), port(25, 32, 2))).toBe(75);
    expect(between(port(500, 64, 1), port(100, 64, 2))).toBeNull();
    expect(between(port(100, 64, 9), port(350, 64, 2))).toBeNull();
  });

  it('of this host are those of the kernel', async () => {
    const { receivedBytes, sentBytes } = await readCounters(parseCounterPlace('local/lo'), process.env);
    const now = Number(readFileSync('/sys/class/net/lo/statistics/rx_bytes', 'utf8'));
    expect(receivedBytes).toBeLessThanOrEqual(now);
    expect(sentBytes).toBeGreaterThanOrEqual(0);
    await expect(readCounters(parseCounterPlace('local/none7'), process.env)).rejects.toThrow(
      'no interface none7',
    );
  });
});

const installed = spawnSync('snmpd', ['-v'], { env: { PATH: `${process.env.PATH}:/usr/sbin` } }).status === 0;
if (!installed) process.stderr.write('SKIPPED: SNMP against a real agent; apt-get install snmpd\n');

/** Debian's agent on a port of its own, readable by one community. */
describe.skipIf(!installed)("Debian's snmpd", () => {
  let folder = '';
  let agent: ChildProcess;
  let place = '';
  beforeAll(async () => {
    const socket = createSocket('udp4');
    const free = await new Promise<number>((resolve) =>
      socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)),
    );
    socket.close();
    folder = mkdtempSync(join(tmpdir(), 'busyhour-snmpd-'));
    writeFileSync(
      join(folder, 'snmpd.conf'),
      `agentaddress udp:127.0.0.1:${free}\nrocommunity lab 127.0.0.1\n`,
    );
    const args = [
      '-f',
      '-Lo',
      '-C',
      '-c',
      join(folder, 'snmpd.conf'),
      '-p',
      join(folder, 'pid'),
      '-I',
      '-smux',
    ];
    agent = spawn('snmpd', args, {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, SNMP_PERSISTENT_DIR: folder },
      stdio: 'ignore',
    });
    place = `127.0.0.1:${free}`;
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const answered = () =>
    expect.poll(
      () =>
        readSnmpPort(parseSnmpAgent(`snmp://lab@${place}`), 'lo', {}).then(
          () => true,
          () => false,
        ),
      {
        timeout: 20_000,
      },
    );

  it('tells 64-bit counters by name, and which interfaces it has', async () => {
    await answered().toBe(true);
    const found = await readSnmpPort(parseSnmpAgent(`snmp://lab@${place}`), 'lo', {});
    const now = Number(readFileSync('/sys/class/net/lo/statistics/rx_bytes', 'utf8'));
    expect(found.bits).toBe(64);
    // The agent may have looked a few seconds ago.
    expect(found.receivedBytes).toBeLessThanOrEqual(now);
    expect(found.receivedBytes).toBeGreaterThan(0);
    const missing = readSnmpPort(parseSnmpAgent(`snmp://lab@${place}`), 'Gi0/1', {});
    await expect(missing).rejects.toThrow(/no interface 'Gi0\/1'; the agent has .*lo/);
  });

  it('is sampled, with the community from the environment', async () => {
    await answered().toBe(true);
    const events: TelemetryEvent[] = [];
    const sampler = startSnmpSampler({
      agent: parseSnmpAgent(`snmp://${place}`),
      interface: 'lo',
      intervalMs: 100,
      env: { BUSYHOUR_SNMP_COMMUNITY: 'lab' },
      sink: (event) => events.push(event),
    });
    await expect.poll(() => events.length, { timeout: 10_000 }).toBeGreaterThan(1);
    await sampler.stop();
    expect(events[0]).toMatchObject({ kind: 'sample', host: `snmp://${place}/lo`, source: 'snmp' });
    const { figures } = events[0] as Extract<TelemetryEvent, { kind: 'sample' }>;
    expect(figures.networkReceivedBytesPerSecond).toBeGreaterThanOrEqual(0);
  });

  it('says that a wrong community is not answered', async () => {
    await answered().toBe(true);
    const wrong = readSnmpPort(parseSnmpAgent(`snmp://other@${place}`), 'lo', {});
    await expect(wrong).rejects.toThrow(/no answer to SNMP within 3 s/);
  }, 20_000);
});
