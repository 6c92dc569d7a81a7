import { spawn } from 'node:child_process';
import { LAUNCHER } from '../../src/runtime/package-root.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that has started, and how it ends. */
export interface Started {
  readonly ended: Promise<Ended>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Starts `busyhour ARGS`; it ends with us. */
export function start(args: readonly string[]): Started {
  const child = spawn(LAUNCHER, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', kill);
      resolve({ code, stdout, stderr });
    });
  });
  return { ended, signal: (signal) => void child.kill(signal) };
}

/** Runs `busyhour ARGS` to its end. */
export function busyhour(args: readonly string[]): Promise<Ended> {
  return start(args).ended;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
