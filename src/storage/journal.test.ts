import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, open } from 'lmdb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeEntry } from './entry-codec.js';
import { Journal } from './journal.js';
import { STATE_PIECE_OCTETS } from './kept-states.js';

const IDENTITY = { cluster: 'lab', node: 'a', ledger: '1000 subscribers' };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (index: number, epoch = 1) => ({ index, epoch, kind: 0, body: Uint8Array.of(index, 7) });

test('what was flushed is there after a restart, in order', async () => {
  const journal = Journal.open(folder, IDENTITY);
  expect(journal.lastIndex).toBe(0);
  journal.setPromise(Uint8Array.of(3));
  journal.append([entry(1), entry(2)]);
  await journal.flushed();
  journal.append([entry(3, 5)]);
  await journal.close();
  const again = Journal.open(folder, IDENTITY);
  expect(again.lastIndex).toBe(3);
  expect(again.cut).toBeNull();
  expect(again.promise).toEqual(Uint8Array.of(3));
  expect([...again.entries(2)]).toEqual([entry(2), entry(3, 5)]);
  await again.close();
});

const stateAt = (index: number, octets = 3) => ({
  index,
  epoch: 1,
  head: 'h',
  records: index,
  state: new Uint8Array(octets).fill(index),
});

test('a reset begins anew behind a state', async () => {
  const journal = Journal.open(folder, IDENTITY);
  journal.append([entry(1), entry(2)]);
  const stored = { ...stateAt(40, 900_000), epoch: 3 };
  const { state, ...facts } = stored;
  for (let piece = 0; piece * STATE_PIECE_OCTETS < state.length; piece++) {
    journal.stage(piece, state.subarray(piece * STATE_PIECE_OCTETS, (piece + 1) * STATE_PIECE_OCTETS));
    if (piece === 0) await journal.keep(stateAt(1), Number.POSITIVE_INFINITY);
  }
  journal.reset(facts);
  journal.append([entry(41, 3)]);
  await journal.close();
  const again = Journal.open(folder, IDENTITY);
  expect(again.baseIndex).toBe(40);
  const found = again.stateUpTo(41)!;
  expect(found).toMatchObject({ index: 40, epoch: 3, head: 'h', records: 40 });
  expect(Buffer.compare(found.state, stored.state)).toBe(0);
  expect([...again.entries(41)]).toEqual([entry(41, 3)]);
  expect(() => [...again.entries(1)]).toThrow(/entry 1 of the journal is missing/);
  await again.close();
});

test('states are kept beside the entries; without a limit all entries stay', async () => {
  const journal = Journal.open(folder, IDENTITY);
  expect(journal.stateUpTo(0)).toBeNull();
  journal.append(Array.from({ length: 9 }, (_, i) => entry(i + 1)));
  for (const index of [2, 4, 7]) await journal.keep(stateAt(index), Number.POSITIVE_INFINITY);
  await journal.close();
  const again = Journal.open(folder, IDENTITY);
  expect([...again.entries(1)]).toHaveLength(9);
  expect([...again.newestEntries()].map(({ index }) => index)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(again.stateUpTo(9)).toEqual(stateAt(7));
  expect(again.stateUpTo(6)).toEqual(stateAt(2));
  expect(again.stateUpTo(1)).toBeNull();
  await again.close();
});

test('entries are pruned behind a state that leaves enough records, and what is left says so', async () => {
  const journal = Journal.open(folder, IDENTITY);
  journal.append(Array.from({ length: 700 }, (_, i) => entry(i + 1)));
  // With 200 to be kept: 200 becomes the base when 400 is kept, and 400 when 600 is.
  const bases: number[] = [];
  for (const index of [200, 300, 400, 500, 600]) {
    await journal.keep(stateAt(index, 300_000), 200);
    bases.push(journal.baseIndex);
  }
  expect(bases).toEqual([0, 0, 200, 200, 400]);
  await journal.close();
  const again = Journal.open(folder, IDENTITY);
  expect(again.baseIndex).toBe(400);
  expect([...again.newestEntries()]).toHaveLength(300);
  const found = again.stateUpTo(700)!;
  expect(found.index).toBe(600);
  expect(Buffer.compare(found.state, stateAt(600, 300_000).state)).toBe(0);
  expect(again.stateUpTo(500)!.index).toBe(400);
  expect(() => [...again.entries(400)]).toThrow(/entry 400 of the journal is missing/);
  await again.close();
  await damage((_, meta) => {
    const keys = [...meta.getKeys({})].filter((key) => key.startsWith('state.'));
    // Two states of two pieces each: the base, and what is both middle and newest.
    expect(keys).toHaveLength(4);
    meta.put(keys.at(-1)!, Uint8Array.of(1));
  });
  const third = Journal.open(folder, IDENTITY);
  expect(third.stateUpTo(700)!.index).toBe(400);
  await third.close();
});

test('a state of entries that are gone, or are others now, is none of this log', async () => {
  const journal = Journal.open(folder, IDENTITY);
  journal.append([1, 2, 3, 4].map((index) => entry(index)));
  await journal.keep(stateAt(2), Number.POSITIVE_INFINITY);
  await journal.keep({ ...stateAt(3), epoch: 2 }, Number.POSITIVE_INFINITY);
  expect(journal.stateUpTo(4)).toEqual(stateAt(2));
  await journal.keep(stateAt(4), Number.POSITIVE_INFINITY);
  await journal.close();
  await damage((entries) => entries.remove(3));
  const again = Journal.open(folder, IDENTITY);
  expect(again.lastIndex).toBe(2);
  again.append([entry(3), entry(4)]);
  expect(again.stateUpTo(4)).toEqual(stateAt(2));
  await again.close();
});

/** Writes past the journal, as a fault of the disk would. */
async function damage(
  change: (
    entries: { put(key: number, value: Uint8Array): unknown; remove(key: number): unknown },
    meta: Database<Uint8Array, string>,
  ) => void,
) {
  const env = open({ path: join(folder, 'journal'), encoding: 'binary', maxDbs: 4, noSubdir: false });
  change(
    env.openDB({ name: 'entries', encoding: 'binary' }),
    env.openDB({ name: 'meta', encoding: 'binary' }),
  );
  await env.flushed;
  await env.close();
}

test.each([
  ['a flipped bit', (bytes: Uint8Array) => bytes.with(25, bytes[25]! ^ 1)],
  ['a torn entry', (bytes: Uint8Array) => bytes.slice(0, 20)],
  ['an entry of another place', () => encodeEntry(entry(9))],
])('%s near the end is cut off with what follows, and said so', async (_, spoil) => {
  const journal = Journal.open(folder, IDENTITY);
  journal.append([1, 2, 3, 4, 5].map((index) => entry(index)));
  await journal.close();
  await damage((entries) => entries.put(4, spoil(encodeEntry(entry(4)))));
  const again = Journal.open(folder, IDENTITY);
  expect(again.cut).toEqual({ index: 3, dropped: 2 });
  expect([...again.entries(1)].map(({ index }) => index)).toEqual([1, 2, 3]);
  again.append([entry(4, 2)]);
  await again.close();
  const third = Journal.open(folder, IDENTITY);
  expect(third.cut).toBeNull();
  expect(third.lastIndex).toBe(4);
  await third.close();
});

test('a missing entry is a damaged one', async () => {
  const journal = Journal.open(folder, IDENTITY);
  journal.append([1, 2, 3].map((index) => entry(index)));
  await journal.close();
  await damage((entries) => entries.remove(2));
  const again = Journal.open(folder, IDENTITY);
  expect(again.cut).toEqual({ index: 1, dropped: 2 });
  await again.close();
});

test.each([
  ['cluster', /belongs to cluster "lab", not "live"/],
  ['node', /belongs to node "a", not "live"/],
  ['ledger', /was made with ledger "1000 subscribers", not "live"/],
])('the folder of another %s is refused', async (key, message) => {
  await Journal.open(folder, IDENTITY).close();
  expect(() => Journal.open(folder, { ...IDENTITY, [key]: 'live' })).toThrow(message);
  await Journal.open(folder, IDENTITY).close();
});

test('a folder is used by one process at a time; a lock left behind does not count', async () => {
  const journal = Journal.open(folder, IDENTITY);
  expect(() => Journal.open(folder, IDENTITY)).toThrow(new RegExp(`process ${process.pid} uses this folder`));
  await journal.close();
  writeFileSync(join(folder, 'lock'), `${process.pid} 1\n`);
  await Journal.open(folder, IDENTITY).close();
});

test('a folder without journal is not read', () => {
  expect(() => Journal.read(folder)).toThrow(/holds no journal/);
});

const root = process.getuid?.() === 0;

test.skipIf(!root)('a full disk: flushed() fails with a remedy, and what was durable stays', async () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  try {
    const journal = Journal.open(join(disk, 'data'), IDENTITY);
    journal.append([entry(1)]);
    await journal.flushed();
    journal.append([{ ...entry(2), body: new Uint8Array(1024 * 1024) }]);
    await expect(journal.flushed()).rejects.toThrow(/the disk is full; free space/);
    journal.append([entry(3)]);
    await expect(journal.flushed()).rejects.toThrow(/disk is full/);
    await journal.close();
    const again = Journal.open(join(disk, 'data'), IDENTITY);
    expect([...again.entries(1)]).toEqual([entry(1)]);
    await again.close();
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

test.skipIf(!root)('a read-only disk is refused with a remedy', () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk]);
  try {
    for (const path of [join(disk, 'data'), join(disk, 'not', 'there', 'data')]) {
      expect(() => Journal.open(path, IDENTITY)).toThrow(/read-only; choose another folder with --data/);
    }
  } finally {
    execFileSync('umount', [disk]);
  }
});
