import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdCpuLatency } from './cpu-latency.js';

describe('the wish for quick processors', () => {
  let folder = '';
  let device = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'busyhour-latency-'));
    device = join(folder, 'cpu_dma_latency');
    writeFileSync(device, '');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** How many descriptors of this process are the device. */
  const held = (): number =>
    readdirSync('/proc/self/fd').filter((each) => {
      try {
        return readlinkSync(`/proc/self/fd/${each}`) === device;
      } catch {
        return false;
      }
    }).length;

  it('is four octets of microseconds in a file that stays open until it is withdrawn', () => {
    const release = holdCpuLatency(25_900, device);
    expect(readFileSync(device)).toEqual(Buffer.of(25, 0, 0, 0));
    expect(held()).toBe(1);
    release();
    release();
    expect(held()).toBe(0);
  });

  it('is none by itself', () => {
    holdCpuLatency(null, device)();
    expect(readFileSync(device)).toHaveLength(0);
  });

  it('names what it needs where it cannot be had', () => {
    rmSync(device);
    expect(() => holdCpuLatency(0, device)).toThrow(/cannot hold cpuLatency: ENOENT.*needs root/);
  });
});
