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

/**
 * Parser of `iostat [-d] [-x] [-k|-m] [-t] INTERVAL`: sums over whole disks, and the CPU block where there is one.
 *
 *     avg-cpu:  %user   %nice %system %iowait  %steal   %idle
 *               68.34    0.00   13.57    0.00    0.50   17.59
 *     Device             tps    kB_read/s    kB_wrtn/s ...
 *     vda              24.00        16.00        96.00 ...
 */
export function iostatParser(options: IostatOptions): LineParser {
  let report = emptyReport();
  let columns: readonly string[] | null = null;
  let cpuNext = false;
  let reports = 0;
  let unknown = 0;

  const finish = (): readonly Reading[] => {
    const done = report;
    report = emptyReport();
    columns = null;
    if (done.devices === 0 && done.cpu === null) return [];
    reports++;
    if (reports === 1 && options.firstCoversBoot) return [];
    const disks = done.devices > 0;
    const figures = {
      ...NO_FIGURES,
      cpu: done.cpu,
      cpuPercent: done.cpu && busyPercent(done.cpu),
      diskWriteKbPerSecond: disks ? done.writeKb : null,
      diskReadKbPerSecond: disks ? done.readKb : null,
    };
    return [{ stamp: done.stamp, figures }];
  };

  const device = (words: readonly string[], names: readonly string[]): void => {
    const sum = (units: Readonly<Record<string, number>>): number | null => {
      const index = names.findIndex((name) => Object.hasOwn(units, name));
      const value = index < 0 ? null : decimal(words[index]);
      return value === null || value < 0 ? null : value * units[names[index]!]!;
    };
    const [write, read] = [sum(WRITE), sum(READ)];
    if (write === null || read === null || words.length !== names.length) {
      unknown++;
    } else if (isWholeDisk(words[0]!)) {
      report.writeKb += write;
      report.readKb += read;
      report.devices++;
    }
  };

  const push = (line: string): readonly Reading[] => {
    const text = line.trim();
    if (text === '' || text.startsWith('Linux')) return [];
    const words = text.split(/\s+/);
    if (words[0] === 'avg-cpu:') {
      const done = finish();
      cpuNext = true;
      return done;
    }
    if (cpuNext) {
      cpuNext = false;
      const fields = words.map(decimal);
      const [user, nice, system, iowait, steal] = fields;
      const shares = fields.every((value) => value !== null && value >= 0 && value <= 100.5);
      if (shares && user != null && nice != null && system != null && iowait != null && steal != null) {
        report.cpu = { user, nice, system, iowait, steal };
      } else unknown++;
      return [];
    }
    if (/^Device:?$/.test(words[0]!)) {
      const done = report.devices > 0 ? finish() : [];
      columns = words;
      return done;
    }
    if (/^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}[ T]/.test(text)) {
      const done = report.devices > 0 || report.cpu !== null ? finish() : [];
      report.stamp = text;
      return done;
    }
    if (columns === null) unknown++;
    else device(words, columns);
    return [];
  };
  return { push, flush: finish, unknownLines: () => unknown };
}
