import type { Command } from 'commander';
import type { CliContext } from './io.js';

/** `busyhour demo`: a known pause, measured end to end on this machine. */
export function register(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('measure a pause of 700 ms of a responder on this machine, end to end')
    .option('--pause <TIME>', 'how long the responder is stopped', '700ms')
    .option('--duration <TIME>', 'how long requests are offered; the pause comes in the middle')
    .option('--rate <N>', 'requests per second')
    .option('--out <DIR>', 'result folder; by default results/<run id>')
    .option('--json', 'print summary.json on stdout instead of the verdict')
    .addHelpText(
      'after',
      '\nStarts `busyhour respond` on loopback, offers the load of profiles/demo.yaml to it, and stops it with SIGSTOP in the middle.',
    )
    .action(async (options: Record<string, string | boolean | undefined>) => {
      const { runDemo } = await import('./demo-run.js');
      context.exitCode = await runDemo(context, options);
    });
}
