import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LAUNCHER, packageFile } from '../../src/runtime/package-root.js';
import { pinned } from './placement.js';

const BASELINE = packageFile('bench/baseline/build/baseline');

/** The C programs get the allocator as the launcher sets it. */
const TUNABLES = /GLIBC_TUNABLES=([\w.:=]+)\}/.exec(readFileSync(LAUNCHER, 'utf8'))?.[1];
const ENVIRONMENT = { ...process.env, GLIBC_TUNABLES: TUNABLES };

/** A process of ours and the first line it printed. */
export interface Child {
  readonly process: ChildProcess;
  readonly firstLine: string;
}

function start(cpus: string | null, command: readonly string[]): ChildProcess {
  const [program, args] = pinned(cpus, command);
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: ENVIRONMENT });
}

/** Command line of busyhour as a user starts it. */
export function busyhourCommand(args: readonly string[]): string[] {
  return [LAUNCHER, ...args];
}

/** Command line of the C baseline. */
export function baselineCommand(args: readonly string[]): string[] {
  return [BASELINE, ...args];
}

/** Starts a server and waits for the first line that it prints. */
export async function startServer(cpus: string | null, command: readonly string[]): Promise<Child> {
  const child = start(cpus, command);
  if (child.stdout === null) throw new Error('a child without stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return { process: child, firstLine: line };
  }
  throw new Error(`${command.slice(0, 3).join(' ')} ended before it was ready`);
}

/** A process that runs to its end, and everything it prints. */
export interface Job {
  readonly pid: number;
  /** @throws Error when it ended with another code than one of `codes` */
  output(codes: readonly number[]): Promise<string>;
}

/** Starts a client. */
export function startJob(cpus: string | null, command: readonly string[]): Job {
  const child = start(cpus, command);
  const { stdout } = child;
  if (stdout === null || child.pid === undefined) throw new Error(`cannot start ${command[0]}`);
  let text = '';
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    pid: child.pid,
    output: async (codes) => {
      const code = await ended;
      if (code === null || !codes.includes(code))
        throw new Error(`${command.slice(1).join(' ')} ended with code ${code}: ${text.slice(0, 500)}`);
      return text;
    },
  };
}

/** Ends a server and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
