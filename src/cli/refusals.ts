const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not do that',
  EPERM: 'this user may not do that',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open; raise the limit with ulimit -n',
  ENFILE: 'too many files are open on this host',
};

/** What the system refused, in words; null for what may be a fault of ours. */
export function refusalOf(cause: unknown): string | null {
  return REASONS[(cause as NodeJS.ErrnoException | null)?.code ?? ''] ?? null;
}
