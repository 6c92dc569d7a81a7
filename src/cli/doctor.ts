import type { Command } from 'commander';
import { type CliContext, EXIT } from './io.js';

/** `busyhour doctor`: what this host can do, and the remedy for what it cannot. */
export function register(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('what this host can do: SCTP engines, sockets, clock, limits; each with its remedy')
    .option('--json', 'print the checks as JSON')
    .addHelpText('after', '\nExit code 1 when a check is bad: runs would fail or could not be trusted.')
    .action(async (options: { json?: boolean }) => {
      const { examineHost } = await import('../runtime/doctor.js');
      const checks = examineHost();
      if (options.json === true) {
        context.stdout.write(`${JSON.stringify({ checks }, null, 2)}\n`);
      } else {
        for (const { level, name, found, remedy } of checks) {
          context.stdout.write(`${level.padEnd(5)} ${name.padEnd(24)} ${found}\n`);
          if (remedy !== null) context.stdout.write(`${' '.repeat(31)}remedy: ${remedy}\n`);
        }
      }
      if (checks.some((check) => check.level === 'bad')) context.exitCode = EXIT.ourFault;
    });
}
