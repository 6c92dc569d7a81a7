import { expect, test } from 'vitest';
import { readLifecycle } from './libvirt-stamps.js';

// Lines as Debian 12's virsh 9.0.0 prints them.
test('reads when a domain stopped and went on, and passes other lines over', () => {
  const line =
    "2026-11-20 17:24:01.123+0000: event 'lifecycle' for domain 'busyhour-lab': Suspended Migrated";
  expect(readLifecycle(line)).toEqual({ state: 'Suspended', atMs: Date.UTC(2026, 10, 20, 17, 24, 1, 123) });
  expect(readLifecycle(line.replace('Suspended', 'Resumed'))?.state).toBe('Resumed');
  for (const other of ['', 'events received: 3', line.replace('Suspended', 'Stopped'), line.slice(5)]) {
    expect(readLifecycle(other)).toBeNull();
  }
});
