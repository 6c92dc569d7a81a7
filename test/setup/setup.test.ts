import { rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Miniature } from './miniature.js';

let checkout: Miniature;
beforeEach(() => {
  checkout = new Miniature();
});
afterEach(() => {
  checkout.dispose();
});

/** A set-up that has run to its end. */
function setUp(): void {
  expect(checkout.run('setup')).toMatchObject({ code: 0 });
  checkout.ran();
}

describe('setup', () => {
  it('runs every step once, in order, puts what they wrote on the disk, has nothing on stdout, and is silent when all is current', () => {
    const first = checkout.run('setup');
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toMatch(/npm ci.*\n(.*\n)*.*native build.*\n(.*\n)*.*tsc/);
    expect(checkout.ran()).toEqual(['npm ci', 'make', 'tsc', 'sync']);
    expect(checkout.run('setup')).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(checkout.run('setup', ['check'])).toMatchObject({ code: 0 });
    expect(checkout.ran()).toEqual([]);
  });

  it.each([
    ['a source file', () => checkout.write('src/a.ts', 'export const a = 2;'), ['tsc']],
    ['a new source file', () => checkout.write('protocol/b.ts', ''), ['tsc']],
    ['a removed source file', () => checkout.remove('src/a.ts'), ['tsc']],
    ['native source', () => checkout.write('native/addon.cc', 'int b;'), ['make']],
    ['the lock', () => checkout.write('package-lock.json', '{ }'), ['npm ci', 'tsc']],
    [
      'packages of another origin',
      () => checkout.write('node_modules/.package-lock.json', '{"a":1}'),
      ['npm ci'],
    ],
    ['compiled code that is gone', () => checkout.remove('dist'), ['tsc']],
    ['packages that are gone', () => checkout.remove('node_modules'), ['npm ci']],
    ['an add-on that is gone', () => checkout.remove('native/build'), ['make']],
    ['a test file', () => checkout.write('src/a.test.ts', ''), []],
    ['the same content written again', () => checkout.write('src/a.ts', 'export const a = 1;'), []],
  ] as const)('does again what depends on %s, and nothing else', (_what, change, steps) => {
    setUp();
    change();
    expect(checkout.run('setup')).toMatchObject({ code: 0 });
    expect(checkout.ran()).toEqual(steps.length === 0 ? [] : [...steps, 'sync']);
    expect(checkout.run('setup', ['check']).code).toBe(0);
  });

  it('sees a change whose time of modification was set back', () => {
    setUp();
    checkout.write('src/a.ts', 'export const a = 3;');
    utimesSync(join(checkout.folder, 'src/a.ts'), 1, 1);
    checkout.run('setup');
    expect(checkout.ran()).toEqual(['tsc', 'sync']);
  });

  it('forgets compiled files whose source is gone', () => {
    checkout.write('dist/src/old.js', '');
    checkout.write('dist/src/a.js', '');
    setUp();
    expect(checkout.run('setup', ['check']).code).toBe(0);
    expect(() => checkout.remove('dist/src/old.js')).toThrow(/ENOENT/);
    expect(() => checkout.remove('dist/src/a.js')).not.toThrow();
  });

  it('does each step once when two start at once, and the second says that it waits', async () => {
    const slow = { NPM_SECONDS: '0.5' };
    const both = [checkout.start('setup', [], slow), checkout.start('setup', [], slow)];
    const ends = await Promise.all(both.map(({ ended }) => ended));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(checkout.ran()).toEqual(['npm ci', 'make', 'tsc', 'sync']);
    expect(ends.filter(({ stderr }) => stderr.includes('waiting for another set-up'))).toHaveLength(1);
  });

  it('goes on where it was interrupted', async () => {
    setUp();
    checkout.remove('node_modules');
    checkout.write('native/addon.cc', 'int c;');
    const started = checkout.start('setup', [], { NPM_SECONDS: '0.4' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    started.child.kill('SIGTERM');
    expect(await started.ended).toMatchObject({ signal: 'SIGTERM' });
    expect(checkout.run('setup', ['check']).code).toBe(1);
    checkout.ran();
    expect(checkout.run('setup')).toMatchObject({ code: 0 });
    expect(checkout.ran()).toEqual(['npm ci', 'make', 'sync']);
  });

  it('stops at a step that fails, shows its output and does that step again', () => {
    const failed = checkout.run('setup', [], { NPM_FAILS: '1' });
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/EUSAGE[\s\S]*npm ci failed/);
    expect(checkout.ran()).toEqual(['npm ci']);
    expect(checkout.run('setup').code).toBe(0);
    expect(checkout.ran()).toEqual(['npm ci', 'make', 'tsc', 'sync']);
  });

  it('ends a test run that it could not set up with the line that CI reads', () => {
    const failed = checkout.run('setup', ['test'], { NPM_FAILS: '1' });
    expect(failed).toMatchObject({ code: 1, stdout: '0 passed, 1 failed\n' });
  });

  it('explains itself when asked for something else', () => {
    const wrong = checkout.run('setup', ['everything']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/setup test/);
  });
});

describe('what a machine lacks', () => {
  it('is installed by apt-get as root', () => {
    checkout.remove('.has-usrsctp');
    expect(checkout.run('setup')).toMatchObject({ code: 0, stdout: '' });
    expect(checkout.ran().filter((line) => line !== 'apt-get update')).toEqual([
      'npm ci',
      'apt-get install libusrsctp-dev',
      'make',
      'tsc',
      'sync',
    ]);
  });

  it.each([
    ['another user than root', { FAKE_UID: '1000' }],
    ['a wish to be left alone', { BUSYHOUR_NO_APT: '1' }],
  ])('is named with the command to type for %s', (_who, environment) => {
    checkout.remove('.has-usrsctp');
    const failed = checkout.run('setup', [], environment);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('apt-get install libusrsctp-dev');
    expect(checkout.ran()).toEqual(['npm ci']);
  });

  it.each([
    ['g++', /lacks: g\+\+\. Install with: apt-get install g\+\+/],
    ['make', /lacks: make\. Install with: apt-get install make/],
    ['node', /Node\.js is missing\. Install Node\.js 20/],
    ['npm', /npm is missing\. Install it: apt-get install npm/],
    ['flock', /flock is missing\. Install it: apt-get install util-linux/],
  ])('is named: %s', (tool, message) => {
    checkout.hide(tool);
    const failed = checkout.run('setup');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(message);
  });

  it('includes a Node.js that is too old', () => {
    checkout.tool('node', 'case $1 in --version) echo v18.20.1 ;; *) exit 1 ;; esac');
    expect(checkout.run('setup').stderr).toMatch(/v18\.20\.1 is too old\. Install Node\.js 20/);
  });
});

describe('busyhour', () => {
  it('starts Node with one helper thread for two cores, four at most, none of which collects garbage', () => {
    const flagsOn = (cores: string): unknown => {
      checkout.tool('nproc', cores);
      return JSON.parse(checkout.run('busyhour').stdout).flags;
    };
    const flags = (helpers: number): string[] => [
      ...['--single-threaded-gc', '--no-memory-reducer'],
      `--v8-pool-size=${helpers}`,
    ];
    expect([1, 2, 3, 6, 32].map((cores) => flagsOn(`echo ${cores}`))).toEqual([1, 1, 1, 3, 4].map(flags));
    expect(flagsOn('exit 127')).toEqual(flags(4));
  });

  it('sets up on stderr, then speaks for itself alone', () => {
    const first = checkout.run('busyhour', ['run', 'two words']);
    expect(first.code).toBe(5);
    expect(JSON.parse(first.stdout)).toMatchObject({ words: ['run', 'two words'] });
    expect(first.stderr).toContain('busyhour set-up: npm packages');
    expect(checkout.run('busyhour').stderr).toBe('');
  });

  it('fails without starting when the set-up fails', () => {
    expect(checkout.run('busyhour', [], { NPM_FAILS: '1' })).toMatchObject({ code: 1, stdout: '' });
  });

  it('is node itself: the same process, and signals end it', async () => {
    setUp();
    const started = checkout.start('busyhour', ['wait']);
    await expect.poll(() => started.stdout, { timeout: 10_000 }).toMatch(/\n$/);
    expect(JSON.parse(started.stdout).pid).toBe(started.child.pid);
    started.child.kill('SIGTERM');
    expect(await started.ended).toMatchObject({ signal: 'SIGTERM' });
  });

  it('is found through symbolic links', () => {
    setUp();
    const links = [join(checkout.folder, '.bin', 'one'), join(checkout.folder, '.bin', 'two')];
    symlinkSync('../busyhour', links[0]!);
    symlinkSync('one', links[1]!);
    expect(JSON.parse(checkout.run('.bin/two', ['x']).stdout)).toMatchObject({ words: ['x'] });
    for (const link of links) rmSync(link);
  });
});
