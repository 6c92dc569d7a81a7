import { expect, test } from 'vitest';
import type { BindingCapabilities } from '../transport/sctp.js';
import { checkHost, type HostSources, thisHost } from './host-checks.js';

const everything: BindingCapabilities = {
  usrsctp: true,
  kernelCompiled: true,
  kernelAvailable: true,
  rawAvailable: true,
};

function host(files: Record<string, string>, cores = 4): HostSources {
  return { read: (path) => files[path] ?? null, cores };
}

function find(name: string, capabilities: BindingCapabilities, sources: HostSources) {
  const check = checkHost(capabilities, sources).find((candidate) => candidate.name === name);
  if (check === undefined) throw new Error(`no check named ${name}`);
  return check;
}

test('every check of this host says what it found, and a remedy wherever something is bad', () => {
  for (const check of checkHost(everything, thisHost)) {
    expect(check.found).not.toBe('');
    if (check.level === 'bad') expect(check.remedy).not.toBeNull();
  }
});

test('kernel SCTP beside the raw carrier is named with the nftables rule', () => {
  const check = find('kernel SCTP beside raw', everything, host({}));
  expect(check.level).toBe('warn');
  expect(check.remedy).toContain('nft add table');
});

test('a kernel without SCTP leaves raw associations alone', () => {
  const check = find('kernel SCTP beside raw', { ...everything, kernelAvailable: false }, host({}));
  expect(check.level).toBe('ok');
});

test('a small receive buffer limit names the sysctl that mends it', () => {
  const check = find('receive buffer limit', everything, host({ '/proc/sys/net/core/rmem_max': '212992' }));
  expect(check).toMatchObject({ level: 'warn', remedy: 'sysctl -w net.core.rmem_max=4194304' });
});

test('a low limit of open files is bad, a usual one is not', () => {
  const limits = (count: number) =>
    host({
      '/proc/self/limits': `Max open files            ${count}                 4096                 files`,
    });
  expect(find('open files', everything, limits(256)).level).toBe('bad');
  expect(find('open files', everything, limits(65_536)).level).toBe('ok');
});

test('a power-saving governor is worth a warning', () => {
  const path = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';
  expect(find('CPU governor', everything, host({ [path]: 'powersave' })).level).toBe('warn');
});
