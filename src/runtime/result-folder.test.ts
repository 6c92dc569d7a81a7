import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ResultFolder } from './result-folder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'busyhour-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('streams hold every line in order and whole files replace themselves', () => {
  const folder = new ResultFolder(join(root, 'a', 'b'));
  folder.append('events.ndjson', '{"n":1}');
  folder.append('events.ndjson', '{"n":2}');
  folder.write('summary.json', 'first');
  folder.write('summary.json', 'second');
  expect(folder.close()).toBeNull();
  expect(readFileSync(join(folder.path, 'events.ndjson'), 'utf8')).toBe('{"n":1}\n{"n":2}\n');
  expect(readFileSync(join(folder.path, 'summary.json'), 'utf8')).toBe('second');
});

test('an earlier result in the folder is set aside, not overwritten', () => {
  new ResultFolder(root).write('summary.json', 'old');
  const folder = new ResultFolder(root);
  folder.write('summary.json', 'new');
  folder.close();
  expect(readFileSync(join(root, 'previous-1', 'summary.json'), 'utf8')).toBe('old');
  expect(readFileSync(join(root, 'summary.json'), 'utf8')).toBe('new');
});

test('a folder that cannot be made is named with the remedy', () => {
  writeFileSync(join(root, 'file'), '');
  expect(() => new ResultFolder(join(root, 'file', 'x'))).toThrow(
    /a file is in the way; choose another with --out/,
  );
});

const root0 = process.getuid?.() === 0;
describe.runIf(root0)('on a full disk (a tmpfs of 64 KB; needs root)', () => {
  let disk: string;
  beforeEach(() => {
    disk = join(root, 'disk');
    execFileSync('mkdir', [disk]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  });
  afterEach(() => {
    execFileSync('umount', ['-l', disk]);
  });

  test('lines wait in memory, the file never ends with half a line, and everything is rescued', () => {
    const folder = new ResultFolder(disk);
    const line = 'x'.repeat(999);
    for (let count = 0; count < 200; count++) folder.append('events.ndjson', line);
    folder.write('summary.json', 'y'.repeat(100_000));
    expect(folder.trouble).toMatch(/no space left on the disk/);
    const kept = readFileSync(join(disk, 'events.ndjson'), 'utf8');
    expect(kept.length % 1000).toBe(0);
    const trouble = folder.close();
    if (trouble?.rescuedTo == null) throw new Error('nothing was rescued');
    const rescued = readFileSync(join(trouble.rescuedTo, 'events.ndjson'), 'utf8');
    expect(kept.length + rescued.length).toBe(200_000);
    expect(readFileSync(join(trouble.rescuedTo, 'summary.json'), 'utf8').length).toBe(100_000);
    rmSync(trouble.rescuedTo, { recursive: true });
  });

  test('lines that waited are written once there is room again', () => {
    const folder = new ResultFolder(disk);
    writeFileSync(join(disk, 'ballast'), 'z'.repeat(48 * 1024));
    const line = 'x'.repeat(999);
    for (let count = 0; count < 40; count++) folder.append('events.ndjson', line);
    expect(folder.trouble).not.toBeNull();
    rmSync(join(disk, 'ballast'));
    expect(folder.close()).toBeNull();
    expect(readFileSync(join(disk, 'events.ndjson'), 'utf8').length).toBe(40_000);
    expect(existsSync(join(disk, 'summary.json'))).toBe(false);
  });
});
