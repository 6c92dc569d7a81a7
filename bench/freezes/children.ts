import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LAUNCHER } from '../../src/runtime/package-root.js';

/** A responder process that has said that it listens. */
export interface Responder {
  readonly child: ChildProcess;
  /** The process that serves: the one to stop. */
  readonly pid: number;
  readonly endpoint: string;
}

/** Starts `busyhour ARGS` from the compiled tree; stderr is ours. */
export function busyhour(args: readonly string[], stdout: 'pipe' | 'ignore' = 'pipe'): ChildProcess {
  return spawn(LAUNCHER, args, { stdio: ['ignore', stdout, 'inherit'] });
}

/** Starts a responder on loopback, on a UDP port that the system chooses, and waits until it listens. */
export async function startResponder(args: readonly string[] = []): Promise<Responder> {
  const child = busyhour(['respond', '--listen', '127.0.0.1:2905/0', '--json', ...args]);
  if (child.stdout === null) throw new Error('the responder has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { event: string; pid: number; endpoint: string };
    if (event.event !== 'listening') continue;
    child.stdout.resume();
    return { child, pid: event.pid, endpoint: event.endpoint };
  }
  throw new Error('the responder ended before it listened');
}

/** Ends a child orderly and waits for it. */
export async function end(child: ChildProcess): Promise<void> {
  const exited = exitOf(child);
  child.kill('SIGTERM');
  await exited;
}

/** Exit code of a child; null when a signal ended it. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Do all threads of a process stand stopped? */
export function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] === 'T';
  });
}

/** Wall clock that a step of the system's time cannot bend during the run: Unix ms with fractions. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Resolves at a time of {@link unixMs}, to about a millisecond. */
export async function sleepUntil(time: number): Promise<void> {
  const left = time - unixMs();
  if (left > 2) await new Promise((resolve) => setTimeout(resolve, left - 2));
  while (unixMs() < time) await new Promise((resolve) => setImmediate(resolve));
}
