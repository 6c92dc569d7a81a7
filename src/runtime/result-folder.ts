import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../storage/make-folder.js';
import { RuntimeFault } from './faults.js';
import { ResultBudget, type ResultLosses } from './result-budget.js';
import { writePieces } from './write-pieces.js';

/** Bytes of a stream that wait in memory while the disk refuses them; beyond it the newest lines are dropped and counted. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024;
/** After a refusal the disk is asked again only every so many lines: each attempt costs a copy of all that waits. */
const LINES_BETWEEN_ATTEMPTS = 256;

interface Stream {
  readonly name: string;
  fd: number;
  /** Length of the file up to the last whole line written. */
  length: number;
  pending: string;
  linesUntilAttempt: number;
  dropped: number;
  /** Repeated at the top of every part, so that each can be read alone. */
  head: readonly string[];
  /** Parts that are full already. */
  part: number;
  /** When the current part began, by the clock of {@link performance}. */
  begunMs: number;
}

/** What could not be written where it belonged. */
export interface ResultTrouble {
  readonly message: string;
  /** Folder that holds what the result folder refused; null when not even that worked. */
  readonly rescuedTo: string | null;
}

/** How large the files of a result may become. */
export interface FolderBounds {
  /** A stream goes on in a new part when its file is as long. */
  readonly partBytes: number;
  /** Or as old; null: however old. */
  readonly partNs: number | null;
  /** All files together; see {@link ResultBudget}. */
  readonly keepBytes: number;
}

/** How far a folder's streams and its budget were at a moment, as plain data. */
export interface FolderMarks {
  readonly streams: Readonly<Record<string, { readonly part: number; readonly bytes: number }>>;
  readonly losses: ResultLosses;
}

export interface FolderOptions {
  readonly bounds?: FolderBounds;
  /** Goes on with a folder that an ended process left behind: streams named here are cut back to where they were, others to their last whole line. */
  readonly reopen?: FolderMarks;
}

/**
 * The folder that a run leaves behind. Streams grow line by line while the run goes on, in parts of bounded length; other files are written whole.
 *
 * ```
 *   intervals-0001.csv  intervals-0002.csv  intervals.csv     oldest ... newest, each with the head of the stream
 * ```
 *
 * A full disk never loses what was measured: lines wait in memory and are tried again at every further line and at the end, and what
 * still cannot be written then goes to a folder under the system's temporary folder.
 */
export class ResultFolder {
  readonly path: string;
  readonly #streams = new Map<string, Stream>();
  readonly #unwritten = new Map<string, string>();
  readonly #bounds: FolderBounds | null;
  readonly #marks: FolderMarks | null;
  readonly #budget: ResultBudget;
  #firstFault: string | null = null;
  /** Characters of raw rows that the disk refused and that wait for the rescue, and files that found no room there. */
  #evidenceUnwritten = 0;
  #evidenceDropped = 0;

  /** @throws RuntimeFault when the folder cannot be made or written. */
  constructor(path: string, options: FolderOptions = {}) {
    this.path = path;
    this.#bounds = options.bounds ?? null;
    this.#marks = options.reopen ?? null;
    try {
      makeFolder(path);
      if (this.#marks === null) {
        setAsidePrevious(path);
        const probe = join(path, '.writable');
        closeSync(openSync(probe, 'w'));
        renameSync(probe, join(path, 'events.ndjson'));
      } else {
        for (const [name, mark] of Object.entries(this.#marks.streams)) cutBack(path, name, mark);
      }
    } catch (cause) {
      throw new RuntimeFault(
        'system',
        `result folder ${path}: ${describe(cause)}; choose another with --out`,
      );
    }
    this.#budget = new ResultBudget(path, this.#bounds?.keepBytes ?? null, this.#marks?.losses);
  }

  /** First trouble met so far, as a sentence; null while all is well. */
  get trouble(): string | null {
    return this.#firstFault;
  }

  /** What had to go so that the folder stays within its bounds. */
  get losses(): ResultLosses {
    return this.#budget.losses;
  }

  /** Where the streams stand; they are on disk up to there. */
  get marks(): FolderMarks {
    const streams: Record<string, { part: number; bytes: number }> = {};
    for (const { name, part, length } of this.#streams.values()) streams[name] = { part, bytes: length };
    return { streams, losses: this.losses };
  }

  /** Begins a stream with lines that every part of it repeats. A stream that goes on has them already. */
  begin(name: string, head: readonly string[]): void {
    const stream = this.#stream(name);
    stream.head = head;
    if (stream.length === 0) for (const line of head) this.append(name, line);
  }

  /** Adds a line (without its end) to a file that grows during the run. */
  append(name: string, line: string): void {
    const stream = this.#stream(name);
    if (stream.pending.length > PENDING_BYTES_MAX) {
      stream.dropped += 1;
      return;
    }
    stream.pending += `${line}\n`;
    stream.linesUntilAttempt -= 1;
    if (stream.linesUntilAttempt <= 0) this.#drain(stream);
    if (this.#isFull(stream)) this.#rotate(stream);
  }

  /** Writes a whole file, replacing it at once or not at all. */
  write(name: string, content: string): void {
    const temporary = join(this.path, `.${name}.partial`);
    try {
      writeFileSync(temporary, content);
      renameSync(temporary, join(this.path, name));
    } catch (cause) {
      this.#note(name, cause);
      this.#unwritten.set(name, content);
    }
  }

  /**
   * Writes a file, line by line, that has to go first when the folder becomes too large; of several the one with the least `weight`. What the disk
   * refuses is kept for the rescue as far as {@link PENDING_BYTES_MAX} allows.
   * @param lines asked a second time where the disk refused the first
   */
  writeEvidence(name: string, lines: () => Iterable<string>, weight: number): void {
    const temporary = join(this.path, `.${name}.partial`);
    try {
      const bytes = writePieces(temporary, lines());
      renameSync(temporary, join(this.path, name));
      this.#budget.addEvidence(name, bytes, weight);
      this.#keepWithinBudget();
    } catch (cause) {
      this.#note(name, cause);
      rmSync(temporary, { force: true, recursive: true });
      this.#keepForRescue(name, lines());
    }
  }

  #keepForRescue(name: string, lines: Iterable<string>): void {
    const room = PENDING_BYTES_MAX - this.#evidenceUnwritten;
    let text = '';
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length <= room) continue;
      this.#evidenceDropped += 1;
      return;
    }
    this.#evidenceUnwritten += text.length;
    this.#unwritten.set(name, text);
  }

  remove(name: string): void {
    rmSync(join(this.path, name), { force: true });
  }

  /** Tries once more what is still in memory, rescues the rest, and closes. */
  close(): ResultTrouble | null {
    for (const stream of this.#streams.values()) {
      this.#drain(stream);
      if (stream.pending !== '') this.#unwritten.set(stream.name, stream.pending);
      if (stream.fd >= 0) closeSync(stream.fd);
    }
    this.#streams.clear();
    if (this.#unwritten.size === 0) return null;
    const fault = this.#firstFault ?? 'files could not be written';
    const dropped = this.#evidenceDropped;
    const message = dropped === 0 ? fault : `${fault}; the raw rows of ${dropped} outages are lost`;
    try {
      const rescue = mkdtempSync(join(tmpdir(), 'busyhour-rescued-'));
      for (const [name, content] of this.#unwritten) writeFileSync(join(rescue, name), content);
      return { message, rescuedTo: rescue };
    } catch {
      return { message, rescuedTo: null };
    }
  }

  #stream(name: string): Stream {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const stream: Stream = {
      ...{ name, fd: -1, length: 0, pending: '', linesUntilAttempt: 0, dropped: 0, head: [], part: 0 },
      begunMs: performance.now(),
    };
    if (this.#marks !== null) {
      stream.part = this.#marks.streams[name]?.part ?? 0;
      stream.length = wholeLines(join(this.path, name));
    }
    this.#streams.set(name, stream);
    return stream;
  }

  #drain(stream: Stream): void {
    try {
      if (stream.fd < 0) stream.fd = openSync(join(this.path, stream.name), stream.length === 0 ? 'w' : 'r+');
      const bytes = Buffer.from(stream.pending);
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(stream.fd, bytes, written, bytes.length - written, stream.length + written);
      }
      stream.length += bytes.length;
      stream.pending = '';
    } catch (cause) {
      this.#note(stream.name, cause);
      this.#cutTornTail(stream);
      stream.linesUntilAttempt = LINES_BETWEEN_ATTEMPTS;
    }
  }

  #isFull({ length, pending, begunMs }: Stream): boolean {
    const bounds = this.#bounds;
    if (bounds === null || pending !== '') return false;
    const aged = bounds.partNs !== null && (performance.now() - begunMs) * 1e6 >= bounds.partNs;
    return length >= bounds.partBytes || aged;
  }

  /** The current file becomes a part, and the stream goes on in an empty one. */
  #rotate(stream: Stream): void {
    const part = partName(stream.name, stream.part + 1);
    try {
      closeSync(stream.fd);
      stream.fd = -1;
      renameSync(join(this.path, stream.name), join(this.path, part));
    } catch (cause) {
      // The file goes on to grow: better than to lose a line.
      this.#note(stream.name, cause);
      return;
    }
    this.#budget.addPart(part, stream.length);
    stream.part += 1;
    stream.length = 0;
    stream.begunMs = performance.now();
    stream.pending = stream.head.map((line) => `${line}\n`).join('');
    this.#drain(stream);
    this.#keepWithinBudget();
  }

  #keepWithinBudget(): void {
    try {
      // Room for every growing file to become a part: the bound holds until the next look too.
      const partBytes = this.#bounds?.partBytes ?? 0;
      const growing = [...this.#streams.values()].map(({ length }) => Math.max(length, partBytes));
      this.#budget.keep(growing.reduce((sum, bytes) => sum + bytes, 0));
    } catch (cause) {
      this.#note('result', cause);
    }
  }

  /** A full disk takes half a line: cut it, so that the file ends with a whole one and the retry starts clean. */
  #cutTornTail(stream: Stream): void {
    if (stream.fd < 0) return;
    try {
      ftruncateSync(stream.fd, stream.length);
    } catch {
      // The next attempt writes at the same place and covers the torn tail.
    }
  }

  #note(name: string, cause: unknown): void {
    this.#firstFault ??= `${join(this.path, name)}: ${describe(cause)}`;
  }
}

/** `intervals.csv` to `intervals-0001.csv`. */
function partName(stream: string, part: number): string {
  const dot = stream.lastIndexOf('.');
  return `${stream.slice(0, dot)}-${String(part).padStart(4, '0')}${stream.slice(dot)}`;
}

/** The files of a stream in order: its full parts, then the one that grows. */
export function partsOf(path: string, stream: string): string[] {
  const dot = stream.lastIndexOf('.');
  const [stem, end] = [`${stream.slice(0, dot)}-`, stream.slice(dot)];
  const numbered = readdirSync(path)
    .filter((name) => name.startsWith(stem) && name.endsWith(end))
    .filter((name) => /^\d+$/.test(name.slice(stem.length, -end.length)));
  return [...numbered.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)), stream];
}

/** Takes a stream back to a mark: a part that became full after it is the growing file again. */
function cutBack(path: string, name: string, mark: { readonly part: number; readonly bytes: number }): void {
  const current = join(path, name);
  const later = join(path, partName(name, mark.part + 1));
  if (existsSync(later)) {
    for (let part = mark.part + 2; existsSync(join(path, partName(name, part))); part++) {
      rmSync(join(path, partName(name, part)));
    }
    renameSync(later, current);
  }
  if (existsSync(current) && statSync(current).size > mark.bytes) truncateSync(current, mark.bytes);
}

/** Cuts the line that a killed process did not finish. @returns what is left of the file, bytes */
function wholeLines(file: string): number {
  if (!existsSync(file)) return 0;
  const bytes = readFileSync(file);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(file, whole);
  return whole;
}

/** Moves the files of an earlier result in the same folder to `previous-N/`, so that nothing measured is overwritten. */
function setAsidePrevious(path: string): void {
  const names = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
  if (!names.includes('summary.json') && !names.includes('events.ndjson')) return;
  let count = 1;
  while (existsSync(join(path, `previous-${count}`))) count += 1;
  const aside = join(path, `previous-${count}`);
  mkdirSync(aside);
  for (const name of names) renameSync(join(path, name), join(aside, name));
}

function describe(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return 'no space left on the disk';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to write';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'a file is in the way';
  return cause instanceof Error ? cause.message : String(cause);
}
