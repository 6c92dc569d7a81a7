import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { isStopped, unixMs } from '../../../bench/freezes/children.js';
import type { FreezeTimes } from '../../../bench/freezes/judge.js';
import { OUTCOMES, type RunSummary } from '../../../src/measure/summary.js';
import { summarySchema } from '../../support/summary-schema.js';

/** The compiled command line; `npm test` has built it. */
export const CLI = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A process group of its own, so that a signal to the whole group spares the test. */
  readonly detached?: boolean;
}

/** A process with everything it has said so far. */
export class Process {
  stdout = '';
  stderr = '';
  /** It has ended. */
  over = false;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(command: string, args: readonly string[], options: StartOptions = {}) {
    this.child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.detached === true,
      env: { ...process.env, INIT_CWD: undefined, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    alive.add(this.child);
    prefer(this.child);
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        alive.delete(this.child);
        this.over = true;
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process did not start');
    return this.child.pid;
  }
}

const alive = new Set<ChildProcess>();

/** Whatever else runs on this machine is not what is tested. */
function prefer({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, -15);
  } catch {
    // Only root may; others live with the noise.
  }
}

const folders: string[] = [];

afterAll(() => {
  for (const child of alive) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes with the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-e2e-'));
  folders.push(folder);
  return folder;
}

/** Starts `busyhour ARGS` from the compiled tree; its pid is the command line's own. */
export function busyhour(args: readonly string[], options: StartOptions = {}): Process {
  return new Process(process.execPath, [CLI, ...args], { cwd: temporaryFolder(), ...options });
}

/** An object of a responder's `--json` output; interval lines carry the columns of the application's table. */
export interface ResponderLine {
  readonly event: string;
  readonly pid: number;
  readonly endpoint: string;
  readonly carrier: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly retransmissionDetected: number;
  readonly duplicateAnswered: number;
  readonly responseAvgMs: number | null;
  readonly responseMaxMs: number | null;
}

/** A responder process that listens. */
export class Responder {
  readonly process: Process;
  readonly endpoint: string;
  /** The process that serves: the one to stop. */
  readonly pid: number;

  constructor(started: Process, listening: ResponderLine) {
    this.process = started;
    this.endpoint = listening.endpoint;
    this.pid = listening.pid;
  }

  get lines(): ResponderLine[] {
    return linesOf(this.process.stdout);
  }

  /** Ends it orderly and returns what it counted from start to end. */
  async end(): Promise<Ended & { readonly counted: Counted }> {
    this.process.child.kill('SIGCONT');
    this.process.child.kill('SIGTERM');
    const ended = await this.process.ended;
    return { ...ended, counted: addUp(linesOf(ended.stdout)) };
  }
}

export type Counted = Readonly<
  Record<'succeeded' | 'failed' | 'retransmissionDetected' | 'duplicateAnswered', number>
>;

function addUp(lines: readonly ResponderLine[]): Counted {
  const total = { succeeded: 0, failed: 0, retransmissionDetected: 0, duplicateAnswered: 0 };
  for (const line of lines.filter(({ event }) => event === 'interval')) {
    total.succeeded += line.succeeded;
    total.failed += line.failed;
    total.retransmissionDetected += line.retransmissionDetected;
    total.duplicateAnswered += line.duplicateAnswered;
  }
  return total;
}

function linesOf(text: string): ResponderLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ResponderLine);
}

/** Starts a responder, on loopback and a UDP port that the system chooses unless `args` name another place. */
export async function startResponder(args: readonly string[] = []): Promise<Responder> {
  const place =
    args.includes('--listen') || args.includes('--target') ? [] : ['--listen', '127.0.0.1:2905/0'];
  const started = busyhour(['respond', '--json', '--carrier', 'udp', ...place, ...args]);
  await waitFor('the responder listens', () => started.over || started.stdout.includes('\n'));
  const first = linesOf(started.stdout)[0];
  if (first?.event !== 'listening') throw new Error(`the responder did not start: ${started.stderr}`);
  return new Responder(started, first);
}

/**
 * A `busyhour run` with a result folder of its own. Unless told otherwise it paces in ticks of 20 ms: what a busy machine does to the pace
 * is judged by few tests, and would make runs of all others invalid (the limit of schedule lag is three ticks).
 */
export class Run {
  readonly process: Process;
  readonly folder: string;

  constructor(args: readonly string[], options: StartOptions = {}) {
    this.folder = join(temporaryFolder(), 'result');
    const tick = args.includes('--tick') ? [] : ['--tick', '20ms'];
    this.process = busyhour(['run', '--json', '--out', this.folder, ...tick, ...args], options);
  }

  /** Unix time at which the run wrote that its schedule begins, ms. */
  async started(): Promise<number> {
    const file = join(this.folder, 'events.ndjson');
    const line = (): string | undefined =>
      existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n')
            .find((each) => each.includes('"started"'))
        : undefined;
    await waitFor('the run starts', () => this.process.over || line() !== undefined);
    const found = line();
    if (found === undefined) throw new Error(`the run did not start: ${this.process.stderr}`);
    return Date.parse((JSON.parse(found) as { at: string }).at);
  }

  /** Resolves so many ms after the schedule began. */
  async reach(ms: number): Promise<void> {
    const startedAt = await this.started();
    await sleep(startedAt + ms - unixMs());
  }

  /** Waits for the end; the summary is held against its schema, and its sums are checked. */
  async result(): Promise<Ended & { readonly summary: RunSummary }> {
    const ended = await this.process.ended;
    let parsed: unknown;
    try {
      parsed = JSON.parse(ended.stdout);
    } catch {
      throw new Error(`no summary on stdout, exit code ${ended.code}: ${ended.stdout}${ended.stderr}`);
    }
    const summary = summarySchema.parse(parsed);
    expect(ended.stderr).not.toMatch(/a worker ended early/);
    expectSums(summary);
    return { ...ended, summary };
  }
}

/** Performs a run from start to end. */
export function perform(args: readonly string[]): Promise<Ended & { readonly summary: RunSummary }> {
  return new Run(args).result();
}

/** Every request that was due has ended in exactly one outcome. */
export function expectSums({ requests }: RunSummary): void {
  expect(OUTCOMES.reduce((sum, name) => sum + requests[name], 0)).toBe(requests.due);
  expect(requests.sent).toBe(requests.due - requests.unsent);
}

/** Did this machine hold the generator up so much that a run may rightly call itself invalid? */
export function disturbed({ cpu, generatorStalls }: RunSummary): boolean {
  return (cpu.hostStealPercent ?? 0) > 1 || generatorStalls.totalMs > 100;
}

/** The run is valid; on a machine that held the generator up it may blame that, and nothing else. */
export function expectValid(summary: RunSummary): void {
  if (!disturbed(summary)) expect(summary.valid, summary.invalidReasons.join()).toBe(true);
  for (const reason of summary.invalidReasons) expect(reason).toMatch(/^generator saturated: /);
}

/** The exit code, or 5 where {@link expectValid} allows for it and the code would stand behind 5. */
export function expectCode(code: number | null, summary: RunSummary, wanted: 0 | 3): void {
  expect(code).toBe(summary.valid || !disturbed(summary) ? wanted : 5);
}

/** Stops a process for a while. Resolves when it runs again. */
export async function freeze(pid: number, pauseMs: number): Promise<FreezeTimes> {
  const stoppedAt = unixMs();
  process.kill(pid, 'SIGSTOP');
  while (!isStopped(pid)) await new Promise((resolve) => setImmediate(resolve));
  const stopConfirmedAt = unixMs();
  await sleep(stoppedAt + pauseMs - unixMs());
  const continueOrderedAt = unixMs();
  process.kill(pid, 'SIGCONT');
  return { stoppedAt, stopConfirmedAt, continueOrderedAt, continuedAt: unixMs() };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** Polls until `done`, and fails with `what` after some time. */
export async function waitFor(what: string, done: () => boolean, seconds = 20): Promise<void> {
  const end = unixMs() + seconds * 1000;
  while (!done()) {
    if (unixMs() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await sleep(10);
  }
}

/** Nothing that only a programmer can read: no stack trace, no fault of ours. */
export function expectPlainWords(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toMatch(/node:internal|fault of ours/);
}
