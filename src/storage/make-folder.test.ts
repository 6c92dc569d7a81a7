import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

const root = mkdtempSync(join(tmpdir(), 'busyhour-folders-'));
afterAll(() => rmSync(root, { recursive: true }));

it('makes a folder and those above it, and leaves one that is there', () => {
  const folder = join(root, 'a', 'b', 'c');
  makeFolder(folder);
  makeFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
});

it('says of a file that is in the way that it is there', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow(/EEXIST/);
  expect(() => makeFolder(join(file, 'below', 'it'))).toThrow(/ENOTDIR/);
});

it.runIf(existsSync('/proc/self'))('is refused below /proc, where nobody can make a folder', () => {
  expect(() => makeFolder('/proc/busyhour/result')).toThrow(/ENOENT.*\/proc\/busyhour/);
});
