import { type HostFigures, type LineParser, NO_FIGURES, type Reading } from '../sample.js';

/** Turns the counters of one row, by rule name, into figures. */
export type PdhFigures<Rule extends string> = (
  values: Readonly<Record<Rule, number | null>>,
) => Partial<HostFigures>;

/** Which counters a figure is made of: those whose path below the machine's name matches; several are added up. */
export type PdhRules<Rule extends string> = Readonly<Record<Rule, RegExp>>;

/** Splits a line of PDH-CSV: every field quoted, quotes doubled. Null when quotes do not close. */
export function pdhFields(line: string): string[] | null {
  const fields: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  for (let at = 0; at <= line.length; ) {
    field.lastIndex = at;
    const match = field.exec(line);
    if (match === null) return null;
    fields.push((match[1] ?? match[2] ?? '').replaceAll('""', '"').trim());
    if (match[3] === '') return fields;
    at = field.lastIndex;
  }
  return fields;
}

/** `\\HOST\Object(instance)\Counter` without the host. */
function counterPath(column: string): string {
  return column.replace(/^\\\\[^\\]*/, '');
}

/** A counter's value; PDH writes a blank or -1 where it has none. */
function counterValue(text: string | undefined): number | null {
  if (text === undefined || !/^\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * Parser of the comma-separated counters that Windows' `typeperf` and ESXi's `esxtop -b` print.
 *
 *     "(PDH-CSV 4.0)","\\HOST\Processor(_Total)\% Processor Time",...
 *     "09/22/2026 21:42:32.824","12.500000",...
 *
 * Rows of `typeperf` are followed by sentences for people.
 */
export function pdhParser<Rule extends string>(
  rules: PdhRules<Rule>,
  toFigures: PdhFigures<Rule>,
): LineParser {
  const names = Object.keys(rules) as Rule[];
  let columnCount = 0;
  let indexes: Record<Rule, readonly number[]> | null = null;
  let unknown = 0;

  const header = (fields: readonly string[]): void => {
    columnCount = fields.length;
    const paths = fields.map(counterPath);
    const matching = (rule: Rule): number[] =>
      paths.map((_, i) => i).filter((i) => i > 0 && rules[rule].test(paths[i]!));
    indexes = Object.fromEntries(names.map((rule) => [rule, matching(rule)])) as Record<Rule, number[]>;
  };

  const push = (line: string): readonly Reading[] => {
    const text = line.trim();
    if (text === '' || /^(Exiting, please wait|The command completed)/.test(text)) return [];
    const fields = pdhFields(text);
    if (fields?.[0]?.startsWith('(PDH-CSV')) {
      header(fields);
      return [];
    }
    const chosen = indexes;
    if (
      fields === null ||
      chosen === null ||
      fields.length !== columnCount ||
      !/^\d+\/\d+\/\d+ /.test(fields[0]!)
    ) {
      unknown++;
      return [];
    }
    const total = (rule: Rule): number | null => {
      const values = chosen[rule].map((index) => counterValue(fields[index]));
      const known = values.filter((value) => value !== null);
      return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
    };
    const values = Object.fromEntries(names.map((rule) => [rule, total(rule)])) as Record<
      Rule,
      number | null
    >;
    return [{ stamp: fields[0]!, figures: { ...NO_FIGURES, ...toFigures(values) } }];
  };
  return { push, flush: () => [], unknownLines: () => unknown };
}

/** A value times a factor; null stays null. */
export function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
