import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CsvError } from '../analysis/csv.js';
import { type CliIo, UserError } from './io.js';
import { refusalOf } from './refusals.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'not readable by this user',
  EISDIR: 'is a folder, expected a file',
  ENOTDIR: 'no such file',
};
const WRITE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder to write into',
  EISDIR: 'is a folder, expected a file',
  ENOTDIR: 'a part of the path is no folder',
};

/** Text of a file named on the command line. @throws UserError naming the file and what is wrong with it. */
export function readUserFile(io: CliIo, path: string): string {
  try {
    return readFileSync(resolve(io.cwd, path), 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new UserError(`${path}: ${REASONS[code] ?? String(cause)}`);
  }
}

/** Writes the file named with `--out`. @throws UserError saying what is wrong with the place */
export function writeUserFile(io: CliIo, path: string, text: string): void {
  try {
    writeFileSync(resolve(io.cwd, path), text);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new UserError(
      `--out ${path}: ${WRITE_REASONS[code] ?? refusalOf(cause) ?? String(cause)}; choose another file`,
    );
  }
}

/** JSON of a file named on the command line. @throws UserError as {@link readUserFile}. */
export function readUserJson(io: CliIo, path: string): unknown {
  const text = readUserFile(io, path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${path}: not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Runs `work`, putting the file's name before what is wrong with its CSV. */
export function withCsvOf<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof CsvError) throw new UserError(`${path}: ${cause.message}`);
    throw cause;
  }
}

/** A number from the command line. @throws UserError naming the flag. */
export function numberFlag(
  flag: string,
  text: string,
  range: { readonly min: number; readonly max: number },
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= range.min && value <= range.max) return value;
  const bounds =
    range.max === Number.POSITIVE_INFINITY ? `${range.min} or more` : `${range.min} to ${range.max}`;
  throw new UserError(`${flag}: expected a number, ${bounds}; got '${text}'`);
}
