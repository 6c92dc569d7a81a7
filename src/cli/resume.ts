import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from './io.js';
import { addWatchFlags, watchOptions } from './run.js';

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
    .option('--json', 'print summary.json on stdout instead of the verdict')
    .addHelpText('after', NOTES);
  addWatchFlags(command);
  command.action(async (result: string, options: Record<string, unknown>) => {
    const { readCheckpoint } = await import('../runtime/generator/checkpoint.js');
    const { loadRunConfig } = await import('../config/load.js');
    const { performAndReport } = await import('./perform.js');
    const { abortOnSignal } = await import('./signals.js');
    const { VERSION } = await import('./version.js');
    const folder = resolve(context.cwd, result);
    const checkpoint = readCheckpoint(folder);
    const { source, version } = checkpoint;
    if (version !== VERSION) {
      context.stderr.write(`busyhour: the run was begun by version ${version}, this is ${VERSION}\n`);
    }
    const config = loadRunConfig({
      ...(source.file === null ? {} : { file: source.file }),
      ...(source.text === null ? {} : { text: source.text }),
      flags: source.flags,
      seedDefault: source.seed,
    });
    const watch = await watchOptions(options, context);
    const { signal, hurry, release } = abortOnSignal(2);
    try {
      const { exitCode } = await performAndReport(context, {
        config,
        source,
        resume: { folder, checkpoint },
        interrupt: signal,
        hurry,
        json: options.json === true,
        watch,
      });
      context.exitCode = exitCode;
    } finally {
      release();
    }
  });
}
