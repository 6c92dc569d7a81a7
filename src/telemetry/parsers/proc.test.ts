import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  figuresBetween,
  PROC_COMMAND,
  parseDiskstats,
  parseNetDev,
  parseProcOutput,
  parseProcStat,
  procSnapshot,
} from './proc.js';

const recorded = (number: number): string =>
  readFileSync(new URL(`../../../test/recorded/proc/snapshot-${number}.txt`, import.meta.url), 'utf8');

describe('/proc', () => {
  it('gives the figures between two recorded moments', () => {
    const [before, after] = [1, 2].map((number) => procSnapshot(parseProcOutput(recorded(number))!.texts));
    const figures = figuresBetween(before!, after!, 2);
    expect(figures.cpuPercent).toBeGreaterThan(0);
    expect(figures.cpuPercent).toBeLessThanOrEqual(100);
    // 20 MB were written and synchronised between the two: 10 240 KB/s over 2 s, and what else the machine wrote.
    expect(figures.diskWriteKbPerSecond).toBeGreaterThanOrEqual(10_240);
    expect(figures.diskWriteKbPerSecond).toBeLessThan(20_480);
    expect(figures.memoryUsedPercent).toBeGreaterThan(1);
    expect(figures.networkReceivedBytesPerSecond).toBeGreaterThanOrEqual(0);
  });

  it('computes what sar prints', () => {
    // By hand: 100 ticks pass, 40 user, 10 system + 5 interrupts, 5 steal, 10 iowait, 30 idle.
    const at = (stat: string) => procSnapshot({ stat, meminfo: '', diskstats: '', netDev: '' });
    const before = at('cpu  1000 0 500 9000 100 10 10 20 0 0');
    const after = at('cpu  1040 0 510 9030 110 12 13 25 0 0');
    const { cpu, cpuPercent } = figuresBetween(before, after, 1);
    expect(cpu).toEqual({ user: 40, nice: 0, system: 15, iowait: 10, steal: 5 });
    expect(cpuPercent).toBe(70);
  });

  it('counts each byte once: no loopback, no partitions', () => {
    const diskstats = [
      ' 8 0 sda 10 0 100 0 20 0 2000 0 0 0 0',
      ' 8 1 sda1 10 0 100 0 20 0 2000 0 0 0 0',
      ' 253 0 dm-0 10 0 100 0 20 0 2000 0 0 0 0',
    ].join('\n');
    expect(parseDiskstats(diskstats)).toEqual({ read: 100, written: 2000 });
    const netDev =
      'x\ny\n    lo: 5 0 0 0 0 0 0 0 5 0\n  eth0:700 1 0 0 0 0 0 0 900 2\n veth1: 1 0 0 0 0 0 0 0 1 0\n';
    expect(parseNetDev(netDev).get('eth0')).toEqual({ received: 700, sent: 900 });
    const snapshot = procSnapshot({ stat: '', meminfo: '', diskstats, netDev });
    expect(snapshot).toMatchObject({ networkReceivedBytes: 700, networkSentBytes: 900, cpuTicks: null });
  });

  it('gives no figure where a counter went backwards or a file is missing', () => {
    const empty = procSnapshot({ stat: '', meminfo: '', diskstats: '', netDev: '' });
    expect(Object.values(figuresBetween(empty, empty, 1))).toEqual(Array(8).fill(null));
    const reset = { ...empty, sectorsWritten: 5 };
    expect(figuresBetween({ ...empty, sectorsWritten: 9 }, reset, 1).diskWriteKbPerSecond).toBeNull();
    expect(parseProcStat('nonsense')).toBeNull();
  });

  it('reads what its own shell command prints, here and now', () => {
    const output = execFileSync('sh', ['-c', PROC_COMMAND], { encoding: 'utf8' });
    const parsed = parseProcOutput(output);
    expect(Math.abs(parsed!.clockMs! - Date.now())).toBeLessThan(60_000);
    expect(procSnapshot(parsed!.texts).memoryTotalKb).toBeGreaterThan(1000);
    expect(parseProcOutput(output.slice(0, 200))).toBeNull();
    expect(parseProcOutput(output.replace(/end \d+/, 'end 1700000000N'))?.clockMs).toBeNull();
  });
});
