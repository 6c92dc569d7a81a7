/** `usage`: the folder is not the one that was meant. `system`: this host refused something. */
export type StorageFault = 'usage' | 'system';

/** A data folder that cannot be used, in one sentence with place and remedy. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly fault: StorageFault;

  constructor(fault: StorageFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only; choose another folder with --data',
  EACCES: 'this user may not write there; choose another folder with --data',
  EPERM: 'this user may not write there; choose another folder with --data',
  ENOSPC: 'the disk is full; free space, then start again: what was answered is kept',
  EDQUOT: 'the quota is used up; free space, then start again: what was answered is kept',
  ENOTDIR: 'a part of the path is no folder; choose another one with --data',
};

/** The system's refusal of something at `path`, with a remedy where one is known. */
export function systemError(path: string, cause: unknown): StorageError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = typeof code === 'string' ? REASONS[code] : undefined;
  return new StorageError('system', `${path}: ${reason ?? message}`);
}
