import { spawn } from 'node:child_process';
import type { CommandLine } from './command-line.js';

/** How a command ended. */
export interface CommandEnd {
  /** Null when it was ended by a signal or never started. */
  readonly code: number | null;
  /** Sentence about an end that is no exit code 0; null otherwise. */
  readonly fault: string | null;
  /** What it printed on both streams, the last part of it. */
  readonly output: string;
}

/** A running command. */
export interface RunningCommand {
  readonly end: Promise<CommandEnd>;
  /** SIGTERM, SIGKILL after 5 s. */
  readonly kill: () => void;
}

/** Kept of a command's output. */
const OUTPUT_CHARS_MAX = 64 * 1024;
const KILL_AFTER_MS = 5000;

/** Feeds lines, whether they end in a line feed or, as progress displays do, in a carriage return. */
function lineFeeder(line: (text: string) => void): { push: (chunk: string) => void; end: () => void } {
  let rest = '';
  const give = (text: string): void => {
    if (text.trim() !== '') line(text);
  };
  return {
    push: (chunk) => {
      const parts = (rest + chunk).split(/[\r\n]/);
      rest = (parts.pop() ?? '').slice(-OUTPUT_CHARS_MAX);
      parts.forEach(give);
    },
    end: () => give(rest),
  };
}

function startFault(program: string, cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ENOENT') return `${program} is not installed on this host, or not on the PATH`;
  if (cause.code === 'EACCES') return `${program} may not be run by this user`;
  return `${program} could not be started: ${cause.message}`;
}

/** The sentence for an end: ssh's own failures are told apart from those of the command it ran. */
function endFault(
  program: string,
  code: number | null,
  signal: string | null,
  output: string,
): string | null {
  if (code === 0) return null;
  const said = output.trim().split('\n').slice(-3).join(' / ').trim();
  const tail = said === '' ? '' : `: ${said}`;
  if (signal !== null) return `${program} was ended by ${signal}${tail}`;
  if (program === 'ssh' && code === 255) return `the ssh connection failed or was lost${tail}`;
  if (program === 'ssh' && code === 127) return `the command is not installed on the far host${tail}`;
  return `${program} ended with code ${code}${tail}`;
}

/** Starts a command. @param onLine each line of either stream. Never throws. */
export function runCommand(
  command: CommandLine,
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): RunningCommand {
  const [program, ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  // A group of its own: what a shell started ends with it.
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  };
  let output = '';
  let timer: NodeJS.Timeout | null = null;
  const end = new Promise<CommandEnd>((resolve) => {
    child.on('error', (cause) => resolve({ code: null, fault: startFault(program, cause), output }));
    for (const stream of [child.stdout, child.stderr]) {
      const feeder = lineFeeder(onLine);
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output = (output + chunk).slice(-OUTPUT_CHARS_MAX);
        feeder.push(chunk);
      });
      stream.on('end', () => feeder.end());
    }
    child.on('close', (code, signal) => {
      if (timer !== null) clearTimeout(timer);
      resolve({ code, fault: endFault(program, code, signal, output), output });
    });
  });
  return {
    end,
    kill: () => {
      if (timer !== null || child.exitCode !== null || child.signalCode !== null) return;
      signalGroup('SIGTERM');
      timer = setTimeout(() => {
        signalGroup('SIGKILL');
        // A process that left the group may hold the pipes open after the command itself is gone.
        child.stdout.destroy();
        child.stderr.destroy();
      }, KILL_AFTER_MS);
    },
  };
}

/** Runs a command to its end, at most `timeoutMs`. */
export async function runToEnd(
  command: CommandLine,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<CommandEnd> {
  const running = runCommand(command, env, () => {});
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    running.kill();
  }, timeoutMs);
  const end = await running.end;
  clearTimeout(timer);
  return late ? { ...end, fault: `${command[0]} did not answer within ${timeoutMs / 1000} s` } : end;
}
