import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Counts, Mode } from './counts.js';

type Expected = Readonly<Record<string, Readonly<Record<Mode, Counts>>>>;

const fileIn = (folder: string) => join(folder, 'expected.json');

function all(folder: string): Expected {
  return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Expected;
}

/** What was kept for a toolchain; null: nothing yet. */
export function keptFor(folder: string, toolchain: string): Readonly<Record<Mode, Counts>> | null {
  return all(folder)[toolchain] ?? null;
}

/** Keeps the counts of one toolchain; those of the others stay. */
export function keep(folder: string, toolchain: string, counts: Readonly<Record<Mode, Counts>>): void {
  writeFileSync(fileIn(folder), `${JSON.stringify({ ...all(folder), [toolchain]: counts }, null, 2)}\n`);
}
