import {
  busyPercent,
  type CpuFields,
  decimal,
  type LineParser,
  NO_FIGURES,
  type Reading,
} from '../sample.js';
import { isWholeDisk } from './disk-names.js';

/** KB that one unit of a column stands for. */
const WRITE: Readonly<Record<string, number>> = {
  'kB_wrtn/s': 1,
  'MB_wrtn/s': 1024,
  'Blk_wrtn/s': 0.5,
  'wkB/s': 1,
  'wMB/s': 1024,
  'wsec/s': 0.5,
};
const READ: Readonly<Record<string, number>> = {
  'kB_read/s': 1,
  'MB_read/s': 1024,
  'Blk_read/s': 0.5,
  'rkB/s': 1,
  'rMB/s': 1024,
  'rsec/s': 0.5,
};

export interface IostatOptions {
  /** The first report covers the time since boot and is dropped, unless iostat ran with `-y`. */
  readonly firstCoversBoot: boolean;
}

interface Report {
  stamp: string | null;
  cpu: CpuFields | null;
  writeKb: number;
  readKb: number;
  devices: number;
}

const emptyReport = (): Report => ({ stamp: null, cpu: null, writeKb: 0, readKb: 0, devices: 0 });

/** Index and KB per unit of the first column that `units` knows; null when there is none. */
function columnOf(
  names: readonly string[],
  units: Readonly<Record<string, number>>,
): { readonly index: number; readonly kb: number } | null {
  const index = names.findIndex((name) => Object.hasOwn(units, name));
  return index < 0 ? null : { index, kb: units[names[index]!]! };
}

/** KB a second in that column of a row; null when it holds no rate. */
function kbIn(words: readonly string[], column: ReturnType<typeof columnOf>): number | null {
  const value = column === null ? null : decimal(words[column.index]);
  return value === null || value < 0 ? null : value * column!.kb;
}

/** The row below `avg-cpu:`; null when it is none. */
function cpuRow(words: readonly string[]): CpuFields | null {
  const fields = words.map(decimal);
  if (!fields.every((value) => value !== null && value >= 0 && value <= 100.5)) return null;
  const [user, nice, system, iowait, steal] = fields;
  if (user == null || nice == null || system == null || iowait == null || steal == null) return null;
  return { user, nice, system, iowait, steal };
}

/** `11/20/26 16:06:06` or an ISO date, printed by `-t`. */
const STAMP_LINE = /^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}[ T]/;

class IostatParser implements LineParser {
  private report = emptyReport();
  private columns: readonly string[] | null = null;
  private cpuNext = false;
  private reports = 0;
  private unknown = 0;
  private readonly options: IostatOptions;

  constructor(options: IostatOptions) {
    this.options = options;
  }

  push(line: string): readonly Reading[] {
    const text = line.trim();
    if (text === '' || text.startsWith('Linux')) return [];
    const words = text.split(/\s+/);
    if (words[0] === 'avg-cpu:') {
      this.cpuNext = true;
      return this.flush();
    }
    if (this.cpuNext) {
      this.cpuNext = false;
      this.report.cpu = cpuRow(words);
      if (this.report.cpu === null) this.unknown++;
      return [];
    }
    if (/^Device:?$/.test(words[0]!)) {
      const done = this.report.devices > 0 ? this.flush() : [];
      this.columns = words;
      return done;
    }
    if (STAMP_LINE.test(text)) {
      const done = this.flush();
      this.report.stamp = text;
      return done;
    }
    if (this.columns === null) this.unknown++;
    else this.device(words, this.columns);
    return [];
  }

  flush(): readonly Reading[] {
    const done = this.report;
    if (done.devices === 0 && done.cpu === null) return [];
    this.report = emptyReport();
    this.columns = null;
    this.reports++;
    if (this.reports === 1 && this.options.firstCoversBoot) return [];
    const disks = done.devices > 0;
    const figures = {
      ...NO_FIGURES,
      cpu: done.cpu,
      cpuPercent: done.cpu && busyPercent(done.cpu),
      diskWriteKbPerSecond: disks ? done.writeKb : null,
      diskReadKbPerSecond: disks ? done.readKb : null,
    };
    return [{ stamp: done.stamp, figures }];
  }

  unknownLines(): number {
    return this.unknown;
  }

  private device(words: readonly string[], names: readonly string[]): void {
    const write = kbIn(words, columnOf(names, WRITE));
    const read = kbIn(words, columnOf(names, READ));
    if (write === null || read === null || words.length !== names.length) {
      this.unknown++;
    } else if (isWholeDisk(words[0]!)) {
      this.report.writeKb += write;
      this.report.readKb += read;
      this.report.devices++;
    }
  }
}

/**
 * Parser of `iostat [-d] [-x] [-k|-m] [-t] INTERVAL`: sums over whole disks, and the CPU block where there is one.
 *
 *     avg-cpu:  %user   %nice %system %iowait  %steal   %idle
 *               68.34    0.00   13.57    0.00    0.50   17.59
 *     Device             tps    kB_read/s    kB_wrtn/s ...
 *     vda              24.00        16.00        96.00 ...
 */
export function iostatParser(options: IostatOptions): LineParser {
  return new IostatParser(options);
}
