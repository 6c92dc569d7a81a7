import { existsSync, readFileSync } from 'node:fs';

/** Objects of a file with one on each line; none when there is no file. A line that was cut by an interruption does not count. */
export function readLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as T);
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Null without values. */
export function spread(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  return { min: sorted[0]!, median: sorted[Math.floor((sorted.length - 1) / 2)]!, max: sorted.at(-1)! };
}
