import { Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { type CliContext, EXIT, UserError } from '../../src/cli/io.js';

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** What a command printed and how it ended; the sentence of a fault of the user stands in `err`. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs commands in-process, wired as the program wires them, without the parts that need the native binding. */
export function commandRunner(
  registers: readonly ((program: Command, context: CliContext) => void)[],
  place: { readonly cwd: () => string; readonly env?: NodeJS.ProcessEnv },
): (...argv: string[]) => Promise<CommandResult> {
  return async (...argv) => {
    const [stdout, stderr] = [new Sink(), new Sink()];
    const context: CliContext = { stdout, stderr, env: place.env ?? {}, cwd: place.cwd(), exitCode: EXIT.ok };
    const program = new Command('busyhour').exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    });
    for (const register of registers) register(program, context);
    try {
      await program.parseAsync(argv, { from: 'user' });
      return { code: context.exitCode, out: stdout.text, err: stderr.text };
    } catch (cause) {
      if (cause instanceof UserError) return { code: cause.exitCode, out: stdout.text, err: cause.message };
      if (cause instanceof CommanderError) return { code: EXIT.usage, out: stdout.text, err: stderr.text };
      throw cause;
    }
  };
}
