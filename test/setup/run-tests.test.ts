import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../tidy/files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-runner-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a suite of the given files through the runner: its last line and its exit code. */
function run(files: Readonly<Record<string, string>>): { last: string; code: number | null } {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const script = join(ROOT, 'test/support/run-tests.mjs');
  const done = spawnSync(process.execPath, [script, '--root', folder, '--globals'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CI: 'true' },
  });
  const lines = done.stdout.split('\n');
  expect(lines.pop()).toBe('');
  return { last: lines.pop() ?? '', code: done.status };
}

describe('the last line of a test run', () => {
  it('counts passed and skipped tests', () => {
    const good = {
      'a.test.js': `test('a', () => {}); test('b', () => {}); test.runIf(process.platform === 'win32')('c', () => {}); test('d');`,
    };
    expect(run(good)).toEqual({ last: '2 passed, 0 failed, 2 skipped', code: 0 });
  });

  it('counts failed tests, suites that cannot be read and errors outside any test', () => {
    const bad = {
      'a.test.js': `test('a', () => {}); test('b', () => { throw new Error('x'); });`,
      'broken.test.js': `import './nowhere.js';`,
      'hook.test.js': `describe('s', () => { beforeAll(() => { throw new Error('y'); }); test('c', () => {}); });`,
      'late.test.js': `test('d', async () => { setTimeout(() => { throw new Error('z'); }); await new Promise((r) => setTimeout(r, 50)); });`,
    };
    const { last, code } = run(bad);
    expect(code).toBe(1);
    const [, passed, failed] = /^(\d+) passed, (\d+) failed/.exec(last)!;
    expect(Number(passed)).toBe(2);
    expect(Number(failed)).toBeGreaterThanOrEqual(4);
  });

  it('is never good news about nothing', () => {
    expect(run({ 'vitest.config.js': 'syntax error' })).toEqual({ last: '0 passed, 1 failed', code: 1 });
    rmSync(join(folder, 'vitest.config.js'));
    expect(run({})).toEqual({ last: '0 passed, 1 failed', code: 1 });
  });
});
