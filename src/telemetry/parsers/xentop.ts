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

/** Growth of a counter as a rate; null when it is unknown or went backwards (a domain left). */
function growth(now: number | null, then: number | null, unit: number, seconds: number): number | null {
  return now === null || then === null || now < then ? null : ((now - then) * unit) / seconds;
}

/** Adds what a domain has, where both are known. */
const plus = (sum: number | null, more: number | null): number | null =>
  sum === null || more === null ? null : sum + more;

class XentopParser implements LineParser {
  private columns: readonly string[] | null = null;
  private totals = emptyTotals();
  private previous: Totals | null = null;
  private cores: number | null;
  private unknown = 0;
  private readonly intervalSeconds: number;

  constructor({ cores, intervalSeconds }: XentopOptions) {
    this.cores = cores;
    this.intervalSeconds = intervalSeconds;
  }

  push(line: string): readonly Reading[] {
    const text = line.trim();
    if (text === '') return [];
    if (/^NAME\s+STATE\s/.test(text)) {
      const done = this.flush();
      this.columns = text.split(/\s+/);
      return done;
    }
    const host = /CPUs:\s*(\d{1,5})\s*@/.exec(text);
    if (host !== null) {
      this.cores ??= Number(host[1]) || null;
      return [];
    }
    if (/^(xentop - |\d+ domains:|Mem:)/.test(text)) return [];
    if (this.columns === null || !this.domain(line, this.columns)) this.unknown++;
    return [];
  }

  flush(): readonly Reading[] {
    const now = this.totals;
    const then = this.previous;
    if (now.domains === 0) return [];
    this.totals = emptyTotals();
    this.previous = now;
    if (then === null) return [];
    const seconds = this.intervalSeconds;
    const figures = {
      ...NO_FIGURES,
      cpuPercent: this.cores === null ? null : now.cpuPercent / this.cores,
      memoryUsedPercent: now.memoryPercent,
      memoryUsedMb: now.memoryKb / 1024,
      // A sector is 512 bytes.
      diskWriteKbPerSecond: growth(now.writtenSectors, then.writtenSectors, 0.5, seconds),
      diskReadKbPerSecond: growth(now.readSectors, then.readSectors, 0.5, seconds),
      networkReceivedBytesPerSecond: growth(now.receivedKb, then.receivedKb, 1024, seconds),
      networkSentBytesPerSecond: growth(now.sentKb, then.sentKb, 1024, seconds),
    };
    return [{ stamp: null, figures }];
  }

  unknownLines(): number {
    return this.unknown;
  }

  /** @returns false when the line is no domain. */
  private domain(line: string, names: readonly string[]): boolean {
    const match = STATE.exec(line);
    if (match === null) return false;
    const rest = line.slice(match[0].length).replace(/no limit/g, 'no_limit');
    const values = rest.trim().split(/\s+/);
    // Name, state and seconds are matched already; what follows stands under the remaining names.
    const value = (column: string): number | null => {
      const index = names.indexOf(column);
      return index < 3 ? null : decimal(values[index - 3]);
    };
    const [cpu, memory, memoryKb] = ['CPU(%)', 'MEM(%)', 'MEM(k)'].map(value);
    if (cpu == null || memory == null || memoryKb == null || cpu < 0 || memory < 0) return false;
    const { totals } = this;
    this.totals = {
      cpuPercent: totals.cpuPercent + cpu,
      memoryPercent: totals.memoryPercent + memory,
      memoryKb: totals.memoryKb + memoryKb,
      writtenSectors: plus(totals.writtenSectors, value('VBD_WSECT')),
      readSectors: plus(totals.readSectors, value('VBD_RSECT')),
      sentKb: totals.sentKb + (value('NETTX(k)') ?? 0),
      receivedKb: totals.receivedKb + (value('NETRX(k)') ?? 0),
      domains: totals.domains + 1,
    };
    return true;
  }
}

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
  return new XentopParser(options);
}
