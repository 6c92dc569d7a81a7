import type { Command } from 'commander';
import type { CliContext } from './io.js';

/** `busyhour demo`: a known pause and a failover of a cluster, measured end to end on this machine. */
export function register(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('measure a pause of 700 ms and a failover of a cluster on this machine, end to end')
    .option('--pause <TIME>', 'how long the active node is stopped', '700ms')
    .option(
      '--duration <TIME>',
      'how long requests are offered; the pause comes after a quarter of it, the kill in the middle',
    )
    .option('--rate <N>', 'requests per second')
    .option('--out <DIR>', 'result folder; by default results/<run id>')
    .option('--json', 'print summary.json on stdout instead of the verdict')
    .addHelpText(
      'after',
      "\nStarts two nodes of a cluster on loopback and offers the load of profiles/demo.yaml to both. Stops the active one (SIGSTOP), later kills it\n(SIGKILL) and starts it again. Exit code 3 when the truth lies outside the bounds, nobody took over, or the ledgers are not in order; 5 when this machine's disk held\nthe nodes up at the moment of the freeze: then run it again.",
    )
    .action(async (options: Record<string, string | boolean | undefined>) => {
      const { runDemo } = await import('./demo-run.js');
      context.exitCode = await runDemo(context, options);
    });
}
