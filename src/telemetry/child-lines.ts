import { type ChildProcess, spawn } from 'node:child_process';
import { LINE_CHARS_MAX } from './sample.js';

/** What is kept of a tool's error output, for the report when it ends. */
const STDERR_CHARS_MAX = 2000;

/** A running tool whose output is read line by line. */
export interface ChildLines {
  /** Writes to the tool's input; nothing happens when it has ended. */
  readonly write: (text: string) => void;
  /** Closes the tool's input: to many tools the sign to end. */
  readonly endInput: () => void;
  /** Ends it: SIGTERM, SIGKILL after 2 s. Resolves when it has ended. */
  readonly stop: () => Promise<void>;
}

export interface ChildHandlers {
  readonly line: (line: string) => void;
  /** Once, when the tool has ended or could not be started; not after `stop`. */
  readonly ended: (reason: string) => void;
}

/** Splits a stream into lines, cutting one that never ends. */
export function lineSplitter(line: (text: string) => void): {
  push: (chunk: string) => void;
  end: () => void;
} {
  let rest = '';
  return {
    push: (chunk) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) line(part.replace(/\r$/, ''));
      if (rest.length > LINE_CHARS_MAX) rest = '';
    },
    end: () => {
      if (rest !== '') line(rest);
      rest = '';
    },
  };
}

function startFault(program: string, cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ENOENT') return `${program} is not installed on this host`;
  if (cause.code === 'EACCES') return `${program} may not be run by this user`;
  return `${program} could not be started: ${cause.message}`;
}

/** Starts a tool. @param env environment; PATH decides which tool runs. */
export function startChildLines(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  handlers: ChildHandlers,
): ChildLines {
  const child: ChildProcess = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  let stopping = false;
  let done = false;
  const splitter = lineSplitter(handlers.line);
  const ended = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      if (done) return;
      done = true;
      splitter.end();
      resolve();
      if (!stopping) handlers.ended(reason);
    };
    child.on('error', (cause) => end(startFault(program, cause)));
    child.on('close', (code, signal) => {
      const said = stderr.trim().split('\n').slice(-3).join(' / ');
      const how = signal === null ? `ended with code ${code}` : `ended by ${signal}`;
      end(`${program} ${how}${said === '' ? '' : `: ${said}`}`);
    });
  });
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => splitter.push(chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_CHARS_MAX);
  });
  // The tool may end between our look and our write.
  child.stdin?.on('error', () => {});
  const stop = async (): Promise<void> => {
    stopping = true;
    if (!done) {
      child.stdin?.end();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await ended;
      clearTimeout(timer);
    }
  };
  return {
    write: (text) => {
      if (!done) child.stdin?.write(text);
    },
    endInput: () => {
      child.stdin?.end();
    },
    stop,
  };
}
