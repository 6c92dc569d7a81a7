import { execFile, execFileSync } from 'node:child_process';

/** Runs a command to its end. @throws Error with the command and what it said */
export function run(program: string, ...args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    throw new Error(`${program} ${args.join(' ')}: ${reasonOf(cause)}`);
  }
}

/** The same without blocking the loop. */
export function runLater(program: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { encoding: 'utf8' }, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || cause.message}`));
    });
  });
}

function reasonOf(cause: unknown): string {
  const { code, stderr, message } = cause as NodeJS.ErrnoException & { readonly stderr?: string };
  if (code === 'ENOENT') return 'not installed';
  return stderr?.trim() || message;
}

/** Starts a program that ends with this one, whatever ends it (util-linux). */
export const TIED_TO_US = 'setpriv';

/** Set where `--realtime` was given; what starts a process looks here. */
export const REALTIME = 'BUSYHOUR_LAB_REALTIME';

/** What measures comes before the guests that are measured, and both before other work of this host. */
const PRIORITIES = { measure: 20, guest: 12 } as const;

/** What is put before a command line: its real-time priority (SCHED_RR; util-linux) with `--realtime`, otherwise nothing. */
export function atPriority(of: keyof typeof PRIORITIES): readonly string[] {
  return process.env[REALTIME] === undefined ? [] : ['chrt', '--rr', String(PRIORITIES[of])];
}
