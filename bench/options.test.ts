import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { choice, duration, kind, list, number, rate, readOptions, text, whole } from './options.js';

const BENCH = fileURLToPath(new URL('.', import.meta.url));
const COMPILED = fileURLToPath(new URL('../dist/bench/', import.meta.url));

/** Thrown where a process would end. */
class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const pair = (given: string): readonly number[] | null => {
  const numbers = given.split(':').map(Number);
  return numbers.length === 2 ? numbers : null;
};

/** What a program with an option of each kind makes of `words`. */
function said(...words: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const io = {
    argv: ['node', '/somewhere/bench/probe/main.js', ...words],
    stdout: { write: (out: string) => (stdout += out) },
    stderr: { write: (fault: string) => (stderr += fault) },
    exit: (code: number): never => {
      throw new Exit(code);
    },
  };
  const program = {
    about: 'What a probe costs.',
    options: {
      rounds: { takes: whole(1, 99), default: '9', about: 'rounds of each' },
      seconds: { takes: number(0.5), default: '4', about: 'length of a round' },
      'per-audit': { takes: whole(0), default: '0', about: 'kills before each audit' },
      rates: { takes: list(rate()), default: '100,3600bhca', about: 'requests a second' },
      gives: { takes: choice('state', 'log'), default: 'log', about: 'what is given' },
      lead: { takes: duration(), about: 'load before' },
      cell: { takes: kind('A:B', 'two numbers such as 1:2', pair), about: 'a cell' },
      cells: { takes: list(kind('A:B', 'two numbers such as 1:2', pair)), about: 'cells' },
      out: { takes: text('FILE'), about: 'keep the figures' },
      json: { about: 'the figures as JSON' },
    },
    exits: { 3: 'the probe is too dear' },
  } as const;
  try {
    return { values: readOptions(program, io), code: null, stdout, stderr };
  } catch (cause) {
    if (!(cause instanceof Exit)) throw cause;
    return { values: null, code: cause.code, stdout, stderr };
  }
}

describe('a command line', () => {
  it('gives defaults, false for flags, and undefined where there is no default', () => {
    expect(said().values).toEqual({
      ...{ rounds: 9, seconds: 4, 'per-audit': 0, rates: [100, 1], gives: 'log', json: false, words: [] },
      ...{ lead: undefined, cell: undefined, cells: undefined, out: undefined },
    });
  });

  it('gives what was said, the last where it was said twice', () => {
    const words = ['--rounds', '3', '--rounds=5', '--seconds', '0.5', '--per-audit', '2', '--rates', '7,8'];
    const more = ['--gives', 'state', '--lead', '1.5s', '--cell', '1:2', '--cells', '1:2,3:4', '--json'];
    expect(said(...words, ...more, '--out', 'a b').values).toEqual({
      ...{ rounds: 5, seconds: 0.5, 'per-audit': 2, rates: [7, 8], gives: 'state', json: true, words: [] },
      ...{
        lead: 1500,
        cell: [1, 2],
        cells: [
          [1, 2],
          [3, 4],
        ],
        out: 'a b',
      },
    });
  });

  it.each([
    ['--rounds abc', "--rounds: expected a whole number from 1 to 99, got 'abc'"],
    ['--rounds 1.5', "--rounds: expected a whole number from 1 to 99, got '1.5'"],
    ['--rounds 0', "--rounds: expected a whole number from 1 to 99, got '0'"],
    ['--rounds 100', "--rounds: expected a whole number from 1 to 99, got '100'"],
    ['--rounds -3', "--rounds: expected a whole number from 1 to 99, got '-3'"],
    ['--rounds', '--rounds: expected a whole number from 1 to 99, got nothing'],
    ['--rounds --json', '--rounds: expected a whole number from 1 to 99, got nothing'],
    ['--rounds=', '--rounds: expected a whole number from 1 to 99, got nothing'],
    ['--seconds 0.4', "--seconds: expected a number from 0.5, got '0.4'"],
    ['--seconds NaN', "--seconds: expected a number from 0.5, got 'NaN'"],
    ['--seconds Infinity', "--seconds: expected a number from 0.5, got 'Infinity'"],
    ['--per-audit -1', "--per-audit: expected a whole number from 0, got '-1'"],
    ['--gives nothing', "--gives: expected state or log, got 'nothing'"],
    ['--lead 10', "--lead: '10' needs a unit: 10ms, 10s, 10m ..."],
    ['--lead 0s', "--lead: expected a time such as 400ms or 10s, at least 1ms, got '0s'"],
    ['--rates 7,0', "--rates: a rate must be above 0, got '0'"],
    ['--cell 1', "--cell: expected two numbers such as 1:2, got '1'"],
    ['--cells 1:2,3', "--cells: expected two numbers such as 1:2, got '3'"],
    ['--cells 1:2,', '--cells: expected two numbers such as 1:2, got nothing'],
    ['--out', '--out: expected FILE, got nothing'],
    ['--out --json', '--out: expected FILE, got nothing'],
    ['--round 5', "unknown option '--round' (Did you mean --rounds?)"],
    ['--no-such-option', "unknown option '--no-such-option'"],
    ['stray', 'too many arguments. Expected 0 arguments but got 1.'],
  ])('%s is refused in one line with code 2', (line, fault) => {
    expect(said(...line.split(' '))).toEqual({
      ...{ values: null, code: 2, stdout: '', stderr: `probe: ${fault}\n` },
    });
  });

  it('is explained by --help, with code 0', () => {
    const { code, stdout, stderr } = said('--help', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: node \S*bench\/probe\/main\.js \[options\]\n\nWhat a probe costs\.\n/);
    expect(stdout).toMatch(/^ {2}--rounds N +rounds of each \(default: 9\)$/m);
    expect(stdout).toMatch(/^ {2}--rates RATE,\.\.\. +requests a second \(default: 100,3600bhca\)$/m);
    expect(stdout).toMatch(/^ {2}--gives state\|log /m);
    expect(stdout).toMatch(/^ {2}--lead TIME +load before$/m);
    expect(stdout).toMatch(/^ {2}--json +the figures as JSON$/m);
    expect(stdout).toMatch(
      /Exit codes:\n {2}0 +measured\n {2}1 .*\n {2}2 +bad usage\n {2}3 +the probe is too dear\n$/,
    );
  });
});

/** Every program of bench/, as a path from there without `.ts`. */
const sources = readdirSync(BENCH, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({ path, code: readFileSync(join(BENCH, path), 'utf8') }));
const programs = sources
  .filter(({ path, code }) => path !== 'options.ts' && /\breadOptions\(/.test(code))
  .map(({ path }) => path.replace(/\.ts$/, ''));

/** They take the command line as it is: to start themselves again inside a namespace, or because one of our programs started them. */
const TAKES_ITS_WORDS = ['failover/disturb.ts', 'failover/guest.ts', 'lab/main.ts', 'peers/npm-echo.ts'];

describe('the programs of bench/', () => {
  it('read their command lines with readOptions', () => {
    const others = sources.filter(({ code }) => /process\.argv\b|\bparseArgs\b/.test(code));
    expect(others.map(({ path }) => path).sort()).toEqual(TAKES_ITS_WORDS);
    expect(programs.length).toBeGreaterThan(20);
    expect(programs).toEqual(
      expect.arrayContaining(sources.flatMap(({ path }) => /^(.*\/main)\.ts$/.exec(path)?.[1] ?? [])),
    );
  });

  it('refuse an option that they do not know in one line with code 2', { timeout: 120_000 }, async () => {
    for (const { program, code, stdout, stderr } of await runAll('--no-such-option')) {
      const name = program.replace(/\/main$/, '').replace(/^.*\//, '');
      expect({ program, code, stdout }).toEqual({ program, code: 2, stdout: '' });
      expect(stderr).toBe(`${name}: unknown option '--no-such-option'\n`);
    }
  });

  it('explain themselves with --help and code 0', { timeout: 120_000 }, async () => {
    for (const { program, code, stdout, stderr } of await runAll('--help')) {
      expect({ program, code, stderr }).toEqual({ program, code: 0, stderr: '' });
      expect(stdout).toContain(`${program}.js`);
      expect(stdout).toMatch(/\nExit codes:\n {2}0 +\w/);
    }
  });
});

interface Ran {
  readonly program: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs every compiled program with one word, a few at a time. */
async function runAll(word: string): Promise<Ran[]> {
  const left = [...programs];
  const ran: Ran[] = [];
  const lane = async (): Promise<void> => {
    for (let program = left.pop(); program !== undefined; program = left.pop())
      ran.push(await run(program, word));
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, lane));
  return ran;
}

function run(program: string, word: string): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [join(COMPILED, `${program}.js`), word],
      { encoding: 'utf8', timeout: 30_000 },
      (_, stdout, stderr) => done({ program, code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
