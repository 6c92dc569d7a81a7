import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-folder.js';
import { StorageError, systemError } from './storage-error.js';

/**
 * Holds a data folder for this process. The lock names process and its start, so that one left behind by a killed process is told from
 * one whose process lives, also when the process id was given to somebody else meanwhile.
 */
export class FolderLock {
  readonly #path: string;

  /** @throws StorageError when another process holds the folder, or it cannot be made or written */
  constructor(folder: string) {
    this.#path = join(folder, 'lock');
    try {
      makeFolder(folder);
      if (!this.#create()) {
        const owner = readOwner(this.#path);
        if (owner !== null) {
          throw new StorageError(
            'usage',
            `${folder}: process ${owner} uses this folder; end it, or choose another folder with --data`,
          );
        }
        unlinkSync(this.#path);
        if (!this.#create()) throw new StorageError('usage', `${folder}: another process has just taken it`);
      }
    } catch (cause) {
      if (cause instanceof StorageError) throw cause;
      throw systemError(folder, cause);
    }
  }

  release(): void {
    try {
      unlinkSync(this.#path);
    } catch {
      // A folder that is gone needs no lock.
    }
  }

  #create(): boolean {
    let fd: number;
    try {
      fd = openSync(this.#path, 'wx');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw cause;
    }
    writeSync(fd, `${process.pid} ${startOf(process.pid) ?? ''}\n`);
    closeSync(fd);
    return true;
  }
}

/** Id of the living process that holds the lock, null when there is none. */
function readOwner(path: string): number | null {
  const [pid = '', start = ''] = readFileSync(path, 'utf8').trim().split(' ');
  const now = startOf(Number(pid));
  return now !== null && now === start ? Number(pid) : null;
}

/** Start time of a process in clock ticks since boot (proc(5), field 22), null when there is no such process. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
