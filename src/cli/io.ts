/**
 * What a command may touch of the outside world, so that tests run commands in-process.
 * Results go to stdout, progress and faults to stderr.
 */
export interface CliIo {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
  /** Folder that relative paths on the command line count from. */
  readonly cwd: string;
}

/** What a command file registers itself with: `register(program: Command, context: CliContext)`. An action sets `exitCode`, or throws {@link UserError}. */
export interface CliContext extends CliIo {
  exitCode: ExitCode;
}

/** Exit codes of every command; documented in README.md and held by a test. */
export const EXIT = {
  ok: 0,
  ourFault: 1,
  usage: 2,
  thresholdFailed: 3,
  targetLost: 4,
  invalidRun: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where several codes hold, the first of these wins. */
const PRECEDENCE: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.ourFault,
  EXIT.usage,
  EXIT.targetLost,
  EXIT.invalidRun,
  EXIT.thresholdFailed,
];

/** The one code to exit with when `codes` all hold. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.ok;
}

/** A fault that the user can mend: printed as it is, without a stack trace, with its exit code. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}
