import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiskLoad } from './disk-load.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes for every request into the folder named, and leaves the file there', () => {
  const disk = new DiskLoad(join(folder, 'a', 'b'), 1_000);
  disk.catchUp(3);
  disk.catchUp(5);
  disk.close();
  expect(statSync(join(folder, 'a', 'b', 'disk-load.dat')).size).toBe(5_000);
});

it('takes away the folder that nobody named', () => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const disk = new DiskLoad(null, 1_000);
    disk.catchUp(1);
    expect(readdirSync(folder)).toHaveLength(1);
    disk.close();
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});

it('names place and remedy where the file cannot be made', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => new DiskLoad(file, 1)).toThrow(/file: .*; choose another folder with --data-dir/);
});

it.skipIf(!existsSync('/dev/full'))('names place and remedy where the disk is full', () => {
  symlinkSync('/dev/full', join(folder, 'disk-load.dat'));
  const disk = new DiskLoad(folder, 1_000);
  expect(() => disk.catchUp(1)).toThrow(
    /disk-load\.dat: ENOSPC.*make room, or choose another folder with --data-dir/,
  );
  disk.close();
});
