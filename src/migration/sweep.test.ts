import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHost } from '../telemetry/ssh.js';
import { GuestWorkload } from './guest-workload.js';
import { LinkMtu } from './link-mtu.js';
import { loadMigrationSettings } from './orchestrate-profile.js';
import { filled, placesOf, sweepCases } from './sweep-cases.js';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'busyhour-sweep-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Tools on a PATH of their own, before the system's. */
function toolsAt(tools: Readonly<Record<string, string>>): NodeJS.ProcessEnv & { readonly folder: string } {
  const folder = mkdtempSync(join(root, 'path-'));
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: `${folder}:/usr/bin:/bin`, folder };
}

const PROFILE = [
  'run: { target: 127.0.0.1:2905, rate: 100 }',
  'driver: command',
  'forth: { vm: x, destination: y, options: { run: "true" } }',
];

function settingsOf(...lines: readonly string[]) {
  const file = join(root, 'profile.yaml');
  writeFileSync(file, [...PROFILE, ...lines].join('\n'));
  return loadMigrationSettings(file, {});
}

describe('cases', () => {
  it('are every combination; the size that Linux refuses is replaced and marked', () => {
    const cases = sweepCases({
      mtu: [1500, 32],
      rate: [100],
      reachability: [null, { kind: 'icmp', host: null, port: null, spacingMs: 1 }],
    });
    expect(cases.map(({ name }) => name)).toEqual([
      'mtu-1500_rate-100_probe-off',
      'mtu-1500_rate-100_probe-icmp-1ms',
      'mtu-68-for-32_rate-100_probe-off',
      'mtu-68-for-32_rate-100_probe-icmp-1ms',
    ]);
    expect(cases.map(({ mtuBytes, mtuAskedBytes }) => [mtuBytes, mtuAskedBytes])).toEqual([
      [1500, null],
      [1500, null],
      [68, 32],
      [68, 32],
    ]);
    expect(sweepCases({})).toMatchObject([{ name: '', mtuBytes: null, reachability: undefined }]);
  });

  it('fill the places of commands', () => {
    const [one] = sweepCases({ mtu: [1000], dirtyMemory: ['16MB'] });
    expect(filled(['workload', '--size', '{dirtyMemory}', '{mtu}', '{other}'], placesOf(one!))).toEqual([
      'workload',
      '--size',
      '16MB',
      '1000',
      '{other}',
    ]);
  });

  it('make runs of their own', () => {
    const { cases } = settingsOf('sweep: { rate: [100, 1500], padding: [0, 500] }', 'reachability: icmp');
    expect(cases.map(({ run }) => [run.ratePeakPerSecond, run.paddingBytes])).toEqual([
      [100, 0],
      [100, 500],
      [1500, 0],
      [1500, 500],
    ]);
    expect(cases[0].probe).toMatchObject({ kind: 'icmp' });
  });

  it('are refused where they make no sense', () => {
    expect(() => settingsOf('sweep: { mtu: 1000 }')).toThrow(/sweep\.mtu.*needs link/);
    expect(() => settingsOf('sweep: { dirtyMemory: 16MB }')).toThrow(/nothing takes it/);
    expect(() => settingsOf('sweep: { rate: [100, 100] }')).toThrow(/twice/);
    expect(() => settingsOf('trigger: warning')).toThrow(/needs interconnect/);
    expect(() => settingsOf('beside: [{ name: a, run: { target: nowhere } }]')).toThrow(/beside a.*target/);
    expect(() => settingsOf('reachability: ping')).toThrow(/icmp\[:HOST\]/);
    expect(() => settingsOf('deadAfter: 3s')).toThrow(/deadAfter.*expectedPause.*--allow-failover/);
    expect(settingsOf('deadAfter: 3s', 'allowFailover: true').cases).toHaveLength(1);
    expect(settingsOf('deadAfter: 4s').cases).toHaveLength(1);
  });
});

describe('the migration link', () => {
  // `ip -o link show dev eth1` as iproute2 6.1 prints it.
  const SHOW =
    'echo "3: eth1: <BROADCAST,UP> mtu $(cat "$(dirname "$0")/mtu") qdisc fq state UP mode DEFAULT group default qlen 1000"';
  const IP = `case "$1" in -o) ${SHOW};; *) echo "$6" > "$(dirname "$0")/mtu";; esac`;

  it('gets the MTU on every host, and has its own back', async () => {
    const env = toolsAt({ ip: IP, ssh: 'for last; do :; done; exec sh -c "$last"' });
    writeFileSync(join(env.folder, 'mtu'), '1500\n');
    const link = new LinkMtu({ interface: 'eth1', hosts: [parseHost('ssh://root@host-b')] }, env);
    await link.set(68);
    expect(readFileSync(join(env.folder, 'mtu'), 'utf8')).toBe('68\n');
    await link.set(1000);
    expect(await link.restore()).toEqual([]);
    expect(readFileSync(join(env.folder, 'mtu'), 'utf8')).toBe('1500\n');
  });

  it('says which host refuses, or keeps another one', async () => {
    const refuses = toolsAt({
      ip: 'case "$1" in -o) echo "mtu 1500 ";; *) echo "RTNETLINK answers: Invalid argument" >&2; exit 2;; esac',
    });
    const link = new LinkMtu({ interface: 'eth1', hosts: [parseHost('local')] }, refuses);
    await expect(link.set(32)).rejects.toThrow(/link eth1 of local: ip ended with code 2: RTNETLINK/);
    const keeps = toolsAt({ ip: 'echo "mtu 1500 "' });
    await expect(new LinkMtu({ interface: 'eth1', hosts: [null] }, keeps).set(1000)).rejects.toThrow(
      'has an MTU of 1500, asked for 1000',
    );
  });
});

describe('stress inside the VM', () => {
  /** Stands for a workload: says what one says, and ends on SIGTERM. */
  const BUSYHOUR = [
    'trap \'echo "{\\"event\\":\\"end\\",\\"achieved\\":{\\"dirtiedMbPerSecond\\":99.5}}"; exit 0\' TERM',
    'echo "{\\"event\\":\\"started\\",\\"asked\\":{\\"dirtiedMbPerSecond\\":100}}"',
    'while :; do sleep 0.05; done',
  ].join('\n');

  it('says what it did, here and over ssh, and leaves nothing running', async () => {
    for (const host of [null, parseHost('ssh://root@guest')]) {
      const env = toolsAt({ busyhour: BUSYHOUR, ssh: 'for last; do :; done; exec sh -c "$last"' });
      const workload = await GuestWorkload.start({ host, command: ['busyhour', 'workload', 'memory'] }, env);
      expect(await workload.stop()).toMatchObject({
        asked: { dirtiedMbPerSecond: 100 },
        achieved: { dirtiedMbPerSecond: 99.5 },
        fault: null,
      });
    }
  });

  it('is needed: what does not start is a fault, what ends early is told', async () => {
    const missing = GuestWorkload.start({ host: null, command: ['busyhour-missing'] }, toolsAt({}));
    await expect(missing).rejects.toThrow(/workload local: busyhour-missing: .*not found/);
    const env = toolsAt({
      busyhour:
        'echo "{\\"event\\":\\"started\\",\\"asked\\":{}}"; sleep 0.2; echo out of memory >&2; exit 9',
    });
    const workload = await GuestWorkload.start({ host: null, command: ['busyhour'] }, env);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await workload.stop()).fault).toMatch(/code 9: out of memory/);
  });
});
