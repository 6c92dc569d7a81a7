import { decimal, type LineParser, NO_FIGURES, type Reading } from '../sample.js';

export interface XentopOptions {
  /** Physical cores, by which the sum over domains is scaled; null: taken from a `CPUs: N @` line if one is printed. */
  readonly cores: number | null;
  /** Seconds between iterations, `-d`. */
  readonly intervalSeconds: number;
}

interface Totals {
  cpuPercent: number;
  memoryPercent: number;
  memoryKb: number;
  writtenSectors: number | null;
  readSectors: number | null;
  sentKb: number;
  receivedKb: number;
  domains: number;
}

const emptyTotals = (): Totals => ({
  cpuPercent: 0,
  memoryPercent: 0,
  memoryKb: 0,
  writtenSectors: 0,
  readSectors: 0,
  sentKb: 0,
  receivedKb: 0,
  domains: 0,
});

/** The six state letters of a domain, or dashes. */
const STATE = /^(.*?)\s+([-dsbpcr]{6})\s+(\d+)\s+/;

/**
 * Parser of `xentop -b -d N`: the papers' CPU of a Xen host, the sum over Domain-0 and guests divided by the cores.
 *
 *           NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS ...
 *       Domain-0 -----r        632    0.3   15446944   92.3   no limit       n/a     8    0        0        0    0 ...
 *
 * A header begins each iteration. The first iteration has no time to take a percentage of and is dropped. Names may hold spaces, `MAXMEM` of
 * Domain-0 reads `no limit`, `n/a`.
 */
export function xentopParser(options: XentopOptions): LineParser {
  let columns: readonly string[] | null = null;
  let totals = emptyTotals();
  let previous: Totals | null = null;
  let { cores } = options;
  let unknown = 0;

  const finish = (): readonly Reading[] => {
    const done = totals;
    totals = emptyTotals();
    if (done.domains === 0) return [];
    const before = previous;
    previous = done;
    if (before === null) return [];
    const rate = (now: number | null, then: number | null, unit: number): number | null =>
      now === null || then === null || now < then ? null : ((now - then) * unit) / options.intervalSeconds;
    const figures = {
      ...NO_FIGURES,
      cpuPercent: cores === null ? null : done.cpuPercent / cores,
      memoryUsedPercent: done.memoryPercent,
      memoryUsedMb: done.memoryKb / 1024,
      // A sector is 512 bytes.
      diskWriteKbPerSecond: rate(done.writtenSectors, before.writtenSectors, 0.5),
      diskReadKbPerSecond: rate(done.readSectors, before.readSectors, 0.5),
      networkReceivedBytesPerSecond: rate(done.receivedKb, before.receivedKb, 1024),
      networkSentBytesPerSecond: rate(done.sentKb, before.sentKb, 1024),
    };
    return [{ stamp: null, figures }];
  };

  const domain = (line: string, names: readonly string[]): boolean => {
    const match = STATE.exec(line);
    if (match === null) return false;
    const values = line
      .slice(match[0].length)
      .replace(/no limit/g, 'no_limit')
      .trim()
      .split(/\s+/);
    // Name, state and seconds are matched already; what follows stands under the remaining names.
    const value = (column: string): number | null => {
      const index = names.indexOf(column);
      return index < 3 ? null : decimal(values[index - 3]);
    };
    const [cpu, memory, memoryKb] = ['CPU(%)', 'MEM(%)', 'MEM(k)'].map(value);
    if (cpu == null || memory == null || memoryKb == null || cpu < 0 || memory < 0) return false;
    const add = (sum: number | null, column: string): number | null => {
      const more = value(column);
      return sum === null || more === null ? null : sum + more;
    };
    totals = {
      cpuPercent: totals.cpuPercent + cpu,
      memoryPercent: totals.memoryPercent + memory,
      memoryKb: totals.memoryKb + memoryKb,
      writtenSectors: add(totals.writtenSectors, 'VBD_WSECT'),
      readSectors: add(totals.readSectors, 'VBD_RSECT'),
      sentKb: totals.sentKb + (value('NETTX(k)') ?? 0),
      receivedKb: totals.receivedKb + (value('NETRX(k)') ?? 0),
      domains: totals.domains + 1,
    };
    return true;
  };

  const push = (line: string): readonly Reading[] => {
    const text = line.trim();
    if (text === '') return [];
    if (/^NAME\s+STATE\s/.test(text)) {
      const done = finish();
      columns = text.split(/\s+/);
      return done;
    }
    const host = /CPUs:\s*(\d{1,5})\s*@/.exec(text);
    if (host !== null) {
      cores ??= Number(host[1]) || null;
      return [];
    }
    if (/^(xentop - |\d+ domains:|Mem:)/.test(text)) return [];
    if (columns === null || !domain(line, columns)) unknown++;
    return [];
  };
  return { push, flush: finish, unknownLines: () => unknown };
}
