import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../storage/make-folder.js';
import { RuntimeFault } from '../faults.js';

/** The file is written from its beginning again beyond this size: the disk is to be loaded, not filled. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** Writes a given number of bytes for every request, so that the papers' disk load can be reproduced. */
export class DiskLoad {
  readonly #path: string;
  /** Removed at the end; null where the user named a folder. */
  readonly #temporary: string | null;
  readonly #fd: number;
  readonly #bytesPerRequest: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES, 'busyhour charging data record\n');
  #written = 0;
  #position = 0;

  /**
   * @param folder null: a temporary one
   * @throws RuntimeFault when the file cannot be made
   */
  constructor(folder: string | null, bytesPerRequest: number) {
    this.#bytesPerRequest = bytesPerRequest;
    try {
      if (folder !== null) makeFolder(folder);
      this.#temporary = folder === null ? mkdtempSync(join(tmpdir(), 'busyhour-')) : null;
      this.#path = join(folder ?? this.#temporary!, 'disk-load.dat');
      this.#fd = openSync(this.#path, 'w');
    } catch (cause) {
      throw new RuntimeFault(
        'system',
        `disk load in ${folder ?? tmpdir()}: ${(cause as Error).message}; choose another folder with --data-dir`,
      );
    }
  }

  /**
   * Writes what `requests` served since the start ask for.
   * @throws RuntimeFault when the disk refuses it
   */
  catchUp(requests: number): void {
    let left = requests * this.#bytesPerRequest - this.#written;
    while (left > 0) {
      if (this.#position >= FILE_BYTES_MAX) this.#position = 0;
      const length = Math.min(left, CHUNK_BYTES, FILE_BYTES_MAX - this.#position);
      try {
        const count = writeSync(this.#fd, this.#chunk, 0, length, this.#position);
        this.#position += count;
        this.#written += count;
        left -= count;
      } catch (cause) {
        throw new RuntimeFault(
          'system',
          `${this.#path}: ${(cause as Error).message}; the disk is not loaded as asked: make room, or choose another folder with --data-dir`,
        );
      }
    }
  }

  close(): void {
    closeSync(this.#fd);
    if (this.#temporary !== null) rmSync(this.#temporary, { recursive: true, force: true });
  }
}
