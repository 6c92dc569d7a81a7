import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeFault } from './faults.js';

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
}

/** What could not be written where it belonged. */
export interface ResultTrouble {
  readonly message: string;
  /** Folder that holds what the result folder refused; null when not even that worked. */
  readonly rescuedTo: string | null;
}

/**
 * The folder that a run leaves behind. Streams grow line by line while the run goes on; other files are written whole.
 *
 * A full disk never loses what was measured: lines wait in memory and are tried again at every further line and at the end, and what
 * still cannot be written then goes to a folder under the system's temporary folder.
 */
export class ResultFolder {
  readonly path: string;
  readonly #streams = new Map<string, Stream>();
  readonly #unwritten = new Map<string, string>();
  #firstFault: string | null = null;

  /** @throws RuntimeFault when the folder cannot be made or written. */
  constructor(path: string) {
    this.path = path;
    try {
      makeFolder(path);
      setAsidePrevious(path);
      const probe = join(path, '.writable');
      closeSync(openSync(probe, 'w'));
      renameSync(probe, join(path, 'events.ndjson'));
    } catch (cause) {
      throw new RuntimeFault(
        'system',
        `result folder ${path}: ${describe(cause)}; choose another with --out`,
      );
    }
  }

  /** First trouble met so far, as a sentence; null while all is well. */
  get trouble(): string | null {
    return this.#firstFault;
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

  /** Tries once more what is still in memory, rescues the rest, and closes. */
  close(): ResultTrouble | null {
    for (const stream of this.#streams.values()) {
      this.#drain(stream);
      if (stream.pending !== '') this.#unwritten.set(stream.name, stream.pending);
      if (stream.fd >= 0) closeSync(stream.fd);
    }
    this.#streams.clear();
    if (this.#unwritten.size === 0) return null;
    const message = this.#firstFault ?? 'files could not be written';
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
    const stream: Stream = { name, fd: -1, length: 0, pending: '', linesUntilAttempt: 0, dropped: 0 };
    this.#streams.set(name, stream);
    return stream;
  }

  #drain(stream: Stream): void {
    try {
      if (stream.fd < 0) stream.fd = openSync(join(this.path, stream.name), 'w');
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

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch {
    // Node says ENOENT of every refusal met on the way down (EROFS for one); asked for the last folder alone it gives the reason.
    mkdirSync(path);
  }
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
