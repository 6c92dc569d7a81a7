import {
  busyPercent,
  type CpuFields,
  decimal,
  type LineParser,
  NO_FIGURES,
  type Reading,
} from '../sample.js';

const COLUMNS: Readonly<Record<string, keyof CpuFields>> = {
  '%user': 'user',
  '%usr': 'user',
  '%nice': 'nice',
  '%system': 'system',
  '%sys': 'system',
  '%iowait': 'iowait',
  '%steal': 'steal',
};

/** A time of day, on a 12 or 24 hour clock. */
const STAMP = /^(\d{1,2}[:.]\d{2}[:.]\d{2})(?: +([AP]M))?\s+/i;

/**
 * Parser of `sar -u INTERVAL`: the `all` row of each interval.
 *
 *     03:24:41 PM  CPU  %user  %nice  %system  %iowait  %steal  %idle
 *     03:24:51 PM  all   4.74   0.00     1.05     4.97    0.00  89.25
 */
export function sarCpuParser(): LineParser {
  let columns: readonly string[] | null = null;
  let unknown = 0;
  const push = (line: string): readonly Reading[] => {
    const text = line.trim();
    if (text === '' || /^(Linux|Average:|Summary:)/.test(text)) return [];
    const stamp = STAMP.exec(text);
    const words = text.slice(stamp?.[0].length ?? 0).split(/\s+/);
    if (words[0] === 'CPU') {
      columns = words;
      return [];
    }
    if (stamp && /RESTART/.test(text)) return [];
    if (stamp === null || columns === null || words.length !== columns.length) {
      unknown++;
      return [];
    }
    if (words[0] !== 'all') return [];
    const cpu = cpuFields(columns, words);
    if (cpu === null) {
      unknown++;
      return [];
    }
    const figures = { ...NO_FIGURES, cpu, cpuPercent: busyPercent(cpu) };
    return [{ stamp: [stamp[1], stamp[2]].filter(Boolean).join(' '), figures }];
  };
  return { push, flush: () => [], unknownLines: () => unknown };
}

/** Fields by the names of their columns; null when one is missing or no share of time. */
function cpuFields(columns: readonly string[], words: readonly string[]): CpuFields | null {
  const found: Partial<Record<keyof CpuFields, number>> = {};
  for (const [index, column] of columns.entries()) {
    const field = COLUMNS[column];
    if (field === undefined) continue;
    const value = decimal(words[index]);
    if (value === null || value < 0 || value > 100.5) return null;
    found[field] = value;
  }
  const { user, nice, system, iowait, steal } = found;
  if (user === undefined || system === undefined) return null;
  return { user, nice: nice ?? 0, system, iowait: iowait ?? 0, steal: steal ?? 0 };
}
