import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from './io.js';
import { addWatchFlags, performWatched } from './watched-run.js';

const NOTES = `
Goes on with a run whose generator was killed, crashed or was ended by the user: with the same settings, in the same result, from the end of the
last interval that had closed. At most one interval is lost and measured again (half a second where intervals are shorter, and as long as the oldest
request without an answer had waited). The time in between is shown as "generator was down", never as downtime of a target.

Example:
  busyhour resume results/20261120-161803-3fa9

Exit codes: as of run.`;

/** `busyhour resume RESULT`: goes on with a run that its process did not finish. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('resume')
    .description('go on with a run whose generator was killed or interrupted')
    .argument('<result>', 'result folder of the run')
    .addHelpText('after', NOTES);
  addWatchFlags(command);
  command.action(async (result: string, options: Record<string, unknown>) => {
    const { readCheckpoint } = await import('../runtime/generator/checkpoint.js');
    const { VERSION } = await import('./version.js');
    const folder = resolve(context.cwd, result);
    const checkpoint = readCheckpoint(folder);
    const { source, version } = checkpoint;
    if (version !== VERSION) {
      context.stderr.write(`busyhour: the run was begun by version ${version}, this is ${VERSION}\n`);
    }
    await performWatched(context, options, { source, resume: { folder, checkpoint } });
  });
}
