import { statfsSync } from 'node:fs';
import { StorageError, systemError } from './storage-error.js';

/** Free space that is left alone: a commit copies pages before it frees old ones. */
const RESERVE_OCTETS = 2 * 1024 * 1024;

/**
 * Gives up before the disk is full: after a commit that fails half-way LMDB (3.5.6) rejects promises that nobody can catch, and may abort the process.
 * @throws an ENOSPC error
 */
export function leaveRoom(folder: string, octets: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < RESERVE_OCTETS + 4 * octets)
    throw Object.assign(new Error('disk full'), { code: 'ENOSPC' });
}

/** LMDB rejects every write of a failed commit with an error that promises the reason. */
export async function reasonOf(cause: unknown): Promise<unknown> {
  try {
    await (cause as { readonly commitError?: Promise<never> }).commitError;
    return cause;
  } catch (reason) {
    return reason;
  }
}

/** LMDB says "Input/output error" for a full disk. */
export function diskError(folder: string, cause: unknown): StorageError {
  const error = cause as NodeJS.ErrnoException;
  if (typeof error.code === 'string') return systemError(folder, error);
  return new StorageError(
    'system',
    `${folder}: the journal could not be written (${error.message}): is the disk full? What was answered is kept; free space and start again`,
  );
}
