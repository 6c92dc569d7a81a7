import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { busyPercent, type LineParser, type Reading } from '../sample.js';
import { isWholeDisk } from './disk-names.js';
import { esxtopParser } from './esxtop.js';
import { iostatParser } from './iostat.js';
import { pdhFields } from './pdh-csv.js';
import { sarCpuParser } from './sar.js';
import { typeperfParser } from './typeperf.js';
import { xentopParser } from './xentop.js';

const recorded = (name: string): string =>
  readFileSync(new URL(`../../../test/recorded/${name}`, import.meta.url), 'utf8');

function readAll(parser: LineParser, text: string): Reading[] {
  const readings = text.split('\n').flatMap((line) => [...parser.push(line)]);
  return [...readings, ...parser.flush()];
}

const xentop = () => xentopParser({ cores: 8, intervalSeconds: 10 });

describe('sar -u', () => {
  it("reads the papers' own lines", () => {
    const parser = sarCpuParser();
    const [reading, ...rest] = readAll(parser, recorded('papers/sar.txt'));
    expect(rest).toEqual([]);
    expect(reading?.stamp).toBe('03:24:51 PM');
    expect(reading?.figures.cpu).toEqual({ user: 4.74, nice: 0, system: 1.05, iowait: 4.97, steal: 0 });
    expect(reading?.figures.cpuPercent).toBeCloseTo(10.76, 10);
    expect(parser.unknownLines()).toBe(0);
  });

  it.each(['sysstat/sar-u.txt', 'sysstat/sar-u-iso.txt', 'sysstat/sar-u-all.txt'])(
    'reads all of %s',
    (name) => {
      const parser = sarCpuParser();
      const text = recorded(name);
      const readings = readAll(parser, text);
      // Counted apart from the parser: rows of all cores that are no average.
      const rows = text.split('\n').filter((line) => / all /.test(line) && !line.startsWith('Average'));
      expect(readings).toHaveLength(rows.length);
      expect(readings.length).toBeGreaterThan(1);
      for (const [index, { figures }] of readings.entries()) {
        const idle = Number(rows[index]!.trim().split(/\s+/).at(-1));
        expect(figures.cpuPercent).toBeCloseTo(100 - idle, 1);
      }
      expect(parser.unknownLines()).toBe(0);
    },
  );

  it('reads decimals with a comma and a header that comes again with other columns', () => {
    const readings = readAll(
      sarCpuParser(),
      '10:00:00 CPU %user %nice %system %iowait %steal %idle\n10:00:10 all 4,74 0,00 1,05 4,97 0,00 89,25\n' +
        '10:00:10 CPU %usr %nice %sys %iowait %steal %irq %soft %guest %gnice %idle\n' +
        '10:00:20 all 10.00 0.00 2.00 0.00 0.00 0.00 1.00 0.00 0.00 87.00',
    );
    expect(readings.map((reading) => busyPercent(reading.figures.cpu!).toFixed(2))).toEqual([
      '10.76',
      '12.00',
    ]);
  });

  it('counts what it does not know', () => {
    const parser = sarCpuParser();
    expect(readAll(parser, 'bash: sar: command not found\n10:00:10 all 4.74\nxx all 1 2 3 4 5 6')).toEqual(
      [],
    );
    expect(parser.unknownLines()).toBe(3);
  });
});

describe('iostat', () => {
  it.each([
    ['sysstat/iostat-dk.txt', true, [0, 0, 0]],
    ['sysstat/iostat.txt', true, [96, 0]],
    ['sysstat/iostat-x.txt', true, [0, 0]],
    ['sysstat/iostat-t.txt', false, [0, 0, 632]],
  ] as const)('reads the disk writes of %s', (name, firstCoversBoot, expected) => {
    const parser = iostatParser({ firstCoversBoot });
    const readings = readAll(parser, recorded(name));
    expect(readings.map((reading) => reading.figures.diskWriteKbPerSecond)).toEqual(expected);
    expect(parser.unknownLines()).toBe(0);
  });

  it('reads the CPU block, the stamps and reads', () => {
    const [first] = readAll(iostatParser({ firstCoversBoot: true }), recorded('sysstat/iostat.txt'));
    expect(first?.figures.cpu).toEqual({ user: 68.34, nice: 0, system: 13.57, iowait: 0, steal: 0.5 });
    expect(first?.figures.diskReadKbPerSecond).toBe(16);
    const stamped = readAll(iostatParser({ firstCoversBoot: false }), recorded('sysstat/iostat-t.txt'));
    expect(stamped.map((reading) => reading.stamp)).toEqual([
      '11/20/26 16:06:06',
      '11/20/26 16:06:07',
      '11/20/26 16:06:08',
    ]);
  });

  it('adds up disks but neither their partitions nor what lies on top of them', () => {
    const text = [
      'Device             tps    MB_read/s    MB_wrtn/s',
      'sda 1 1.00 2.00',
      'sda1 1 1.00 2.00',
      'nvme0n1 1 0.50 1.00',
      'nvme0n1p2 1 0.50 1.00',
      'dm-0 1 1.00 3.00',
      'loop3 1 0 9',
    ].join('\n');
    const [reading] = readAll(iostatParser({ firstCoversBoot: false }), text);
    expect(reading?.figures.diskWriteKbPerSecond).toBe(3072);
    expect(['vda', 'xvdb', 'mmcblk0', 'nvme10n2'].every(isWholeDisk)).toBe(true);
    expect(['vda1', 'mmcblk0p1', 'md127', 'zram0', 'sr0'].some(isWholeDisk)).toBe(false);
  });
});

describe('xentop -b', () => {
  it('adds up the domains, scales by the cores, and drops the first iteration', () => {
    const parser = xentop();
    const readings = readAll(parser, recorded('hypervisors/xentop.txt'));
    expect(readings).toHaveLength(1);
    expect(readings[0]?.figures).toMatchObject({
      cpuPercent: (120.4 + 79.6) / 8,
      memoryUsedPercent: 98.6,
      // 20 000 sectors of 512 bytes in 10 s.
      diskWriteKbPerSecond: 1000,
      networkReceivedBytesPerSecond: 10_240,
      networkSentBytesPerSecond: 10_240,
    });
    expect(parser.unknownLines()).toBe(0);
  });

  it('survives "no limit", names with spaces and the lines of the interactive form', () => {
    const parser = xentopParser({ cores: null, intervalSeconds: 10 });
    const once = recorded('hypervisors/xentop-4.1.txt');
    const again = once
      .replace(/(virtual1 --b---\s+\d+) {4}0\.0/, '$1  400.0')
      .replace(/(backup2 --b---\s+\d+) {4}0\.0/, '$1   40.0');
    const readings = readAll(parser, `${once}${again}`);
    expect(readings.map((reading) => reading.figures.cpuPercent)).toEqual([440 / 8]);
    expect(parser.unknownLines()).toBe(0);
  });
});

describe('counters of esxtop and typeperf', () => {
  it('reads esxtop -b: physical totals only', () => {
    const readings = readAll(esxtopParser(), recorded('hypervisors/esxtop.csv'));
    expect(readings.map((reading) => reading.stamp)).toEqual(['05/15/2018 02:13:06', '05/15/2018 02:13:11']);
    expect(readings[0]?.figures).toMatchObject({
      cpuPercent: 2.05,
      memoryUsedMb: 16_375.25,
      diskWriteKbPerSecond: 15 * 1024,
      networkSentBytesPerSecond: 1e6,
      networkReceivedBytesPerSecond: null,
    });
    expect(readings[1]?.figures.diskWriteKbPerSecond).toBe(12 * 1024);
  });

  it('reads typeperf, blanks, -1 and the sentences at the end', () => {
    const parser = typeperfParser();
    const readings = readAll(parser, recorded('hypervisors/typeperf.csv'));
    expect(readings.map((reading) => reading.figures.cpuPercent)).toEqual([12.5, null]);
    expect(readings.map((reading) => reading.figures.diskWriteKbPerSecond)).toEqual([1024, null]);
    expect(readings.map((reading) => reading.figures.networkSentBytesPerSecond)).toEqual([1000.25, 500]);
    expect(parser.unknownLines()).toBe(0);
  });

  it('splits quoted fields', () => {
    expect(pdhFields('"a,""b""",c, "d"')).toEqual(['a,"b"', 'c', 'd']);
    expect(pdhFields('"a,"",')).toBeNull();
    expect(pdhFields('')).toEqual(['']);
  });
});
