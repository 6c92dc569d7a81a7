import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from './journal.js';
import { checkJournalFile, requireJournalFile } from './journal-file.js';

const IDENTITY = { cluster: 'lab', node: 'a', ledger: '1000 subscribers' };
let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  file = join(folder, 'journal', 'data.mdb');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A journal of `count` entries, closed again. */
async function written(count: number): Promise<void> {
  const journal = Journal.open(folder, IDENTITY);
  for (let index = 1; index <= count; index++) {
    journal.append([{ index, epoch: 1, kind: 0, body: new Uint8Array(200) }]);
    if (index % 100 === 0) await journal.flushed();
  }
  await journal.close();
}

// Without the check LMDB ends this whole process with SIGSEGV or SIGBUS.
test.each([
  ['of something else', () => writeFileSync(file, Buffer.alloc(20_000, 'no journal ')), 'is no journal'],
  ['shorter than a page', () => truncateSync(file, 100), 'is no journal'],
  ['cut behind its first page', () => truncateSync(file, 4_096), 'is no journal'],
  ['cut behind its second page', () => truncateSync(file, 8_192), 'was cut short'],
  [
    'of another page size',
    () => {
      const bytes = readFileSync(file);
      bytes.writeUInt32LE(0x7fff_ffff, 48);
      writeFileSync(file, bytes);
    },
    'is no journal',
  ],
])('a file %s is refused with place and remedy, for reading and for writing', async (_, spoil, fault) => {
  await written(1_000);
  spoil();
  const refusal = new RegExp(`data\\.mdb: ${fault}.*; restore the folder, or empty it`);
  expect(() => Journal.read(folder)).toThrow(refusal);
  expect(() => Journal.open(folder, IDENTITY)).toThrow(refusal);
  rmSync(file);
  // The refused folder is not left locked.
  const fresh = Journal.open(folder, IDENTITY);
  expect(fresh.lastIndex).toBe(0);
  await fresh.close();
});

test('whole files pass, whatever was written last', async () => {
  for (const count of [0, 1, 3_000]) {
    await written(count);
    expect(statSync(file).size).toBeGreaterThan(8_192);
    expect(() => requireJournalFile(folder)).not.toThrow();
    rmSync(join(folder, 'journal'), { recursive: true });
  }
});

test('a folder without a journal, or with an empty file, is new; to be read there must be one', async () => {
  expect(() => checkJournalFile(folder)).not.toThrow();
  expect(() => Journal.read(folder)).toThrow(
    /holds no journal of a responder; name the folder given to --data/,
  );
  mkdirSync(join(folder, 'journal'));
  writeFileSync(file, '');
  expect(() => Journal.read(folder)).toThrow(/holds no journal of a responder/);
  const journal = Journal.open(folder, IDENTITY);
  await journal.close();
});
