import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../storage/make-folder.js';
import { type CliIo, EXIT, UserError } from './io.js';
import { refusalOf } from './refusals.js';

/** The folder of a series of runs: a journal with a line for all that was done, a folder a run, and a summary at the end. */
export class SeriesFolder {
  /** Absolute. */
  readonly path: string;
  readonly #journal: string;

  /**
   * @param out as the user gave it; undefined: a new folder under `results/`
   * @throws UserError when the folder cannot be made, or holds a series that nobody asked to resume
   */
  constructor(io: CliIo, options: { kind: string; out: string | undefined; resume: boolean }) {
    const { kind, out, resume } = options;
    if (resume && out === undefined) throw new UserError('--resume: say which with --out DIR');
    this.path = resolve(io.cwd, out ?? `results/${kind}-${stamp()}`);
    this.#journal = join(this.path, 'journal.ndjson');
    if (existsSync(this.#journal) && !resume) {
      throw new UserError(
        `${this.path} holds a ${kind} already: go on with --resume, or choose another --out`,
      );
    }
    makeOutFolder(this.path);
  }

  /** Lines of the journal so far; a last line torn by a crash is left out. @throws UserError on any other line that is no JSON. */
  entries(): unknown[] {
    if (!existsSync(this.#journal)) return [];
    return this.#guard(() => this.#wholeLines())
      .split('\n')
      .filter((line) => line !== '')
      .map((line, index) => {
        try {
          return JSON.parse(line) as unknown;
        } catch {
          throw new UserError(`${this.#journal}: line ${index + 1} is no JSON; mend or remove the file`);
        }
      });
  }

  #wholeLines(): string {
    const text = readFileSync(this.#journal, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) writeFileSync(this.#journal, whole);
    return whole;
  }

  append(entry: object): void {
    this.#guard(() => appendFileSync(this.#journal, `${JSON.stringify(entry)}\n`));
  }

  /** Writes a whole file at once or not at all. */
  write(name: string, content: string): void {
    const partial = join(this.path, `.${name}.partial`);
    this.#guard(() => {
      writeFileSync(partial, content);
      renameSync(partial, join(this.path, name));
    });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new UserError(`${this.path}: ${messageOf(cause)}`, EXIT.ourFault);
    }
  }
}

/** @throws UserError when the folder that a user asked for cannot be made */
export function makeOutFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (cause) {
    throw new UserError(`--out ${path}: ${messageOf(cause)}`);
  }
}

function messageOf(cause: unknown): string {
  return refusalOf(cause) ?? (cause instanceof Error ? cause.message : String(cause));
}

/** Sorts by time, and no two are alike. */
function stamp(): string {
  const time = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-');
  return `${time}-${randomBytes(2).toString('hex')}`;
}
