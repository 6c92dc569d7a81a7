import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError, systemError } from './storage-error.js';

/** LMDB's file in a data folder. */
const FILE = join('journal', 'data.mdb');

/** The two meta pages at the begin of the file, of which the one with the higher transaction counts; offsets within a page. */
const META = {
  magic: 24,
  version: 28,
  pageSize: 48,
  roots: [88, 136],
  transaction: 152,
  octets: 160,
} as const;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const PAGE_OCTETS = { min: 512, max: 65_536 } as const;
/** Root of a tree without entries. */
const NO_PAGE = 2n ** 64n - 1n;

/**
 * Looks at the file before LMDB (3.5.6) does, which ends the whole process with SIGSEGV where it is none of its own or was cut short. A folder without one, or with an
 * empty one, is new.
 * @throws StorageError saying what is wrong with the file
 */
export function checkJournalFile(folder: string): void {
  const file = join(folder, FILE);
  if (!existsSync(file)) return;
  const fault = withFile(folder, file, faultOf);
  if (fault === null) return;
  throw new StorageError(
    'system',
    `${file}: ${fault}; restore the folder, or empty it: in a cluster the other node fills it`,
  );
}

/** The same for a folder that must hold a journal. @throws StorageError also where it holds none */
export function requireJournalFile(folder: string): void {
  const file = join(folder, FILE);
  if (!existsSync(file) || withFile(folder, file, (fd) => fstatSync(fd).size) === 0) {
    throw new StorageError(
      'usage',
      `${folder}: holds no journal of a responder; name the folder given to --data`,
    );
  }
  checkJournalFile(folder);
}

function withFile<T>(folder: string, file: string, work: (fd: number) => T): T {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    throw systemError(folder, cause);
  }
  try {
    return work(fd);
  } catch (cause) {
    throw systemError(folder, cause);
  } finally {
    closeSync(fd);
  }
}

function faultOf(fd: number): string | null {
  const { size } = fstatSync(fd);
  if (size === 0) return null;
  const first = pageAt(fd, 0);
  const pageOctets = first?.getUint32(META.pageSize, true) ?? 0;
  const fits = pageOctets >= PAGE_OCTETS.min && pageOctets <= PAGE_OCTETS.max;
  const metas = [first, fits ? pageAt(fd, pageOctets) : null];
  if (!metas.every(isMeta)) return 'is no journal, or its begin is damaged';
  const [one, other] = metas as [DataView, DataView];
  const newest =
    other.getBigUint64(META.transaction, true) > one.getBigUint64(META.transaction, true) ? other : one;
  const cut = META.roots.some((at) => {
    const root = newest.getBigUint64(at, true);
    return root !== NO_PAGE && (root + 1n) * BigInt(pageOctets) > BigInt(size);
  });
  return cut ? 'was cut short' : null;
}

/** The begin of a page; null where the file ends before. */
function pageAt(fd: number, position: number): DataView | null {
  const bytes = new Uint8Array(META.octets);
  return readSync(fd, bytes, 0, bytes.length, position) < bytes.length ? null : new DataView(bytes.buffer);
}

function isMeta(page: DataView | null): boolean {
  if (page === null) return false;
  return page.getUint32(META.magic, true) === MAGIC && page.getUint16(META.version, true) === VERSION;
}
