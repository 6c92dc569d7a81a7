import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, EXIT } from './io.js';

interface Options {
  readonly scale: string;
  readonly setup?: readonly string[];
  readonly target?: string;
  readonly carrier?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const NOTES = `
A campaign profile names set-ups, load levels and repetitions; see profiles/bth-2013/. Every level is a run of its own with a result folder. After an
interruption --resume goes on at the level where it stopped. --scale shortens duration, warm-up, cool-down and interval alike, so that the number of
samples stays; every report says so. Margins of fewer than 30 samples are n/a.

Examples:
  busyhour campaign profiles/bth-2013/kvm-16.yaml --target 192.0.2.10:2905
  busyhour campaign profiles/bth-2013/kvm-16.yaml --target 192.0.2.10:2905 --scale 1/60 --out results/kvm
  busyhour report results/kvm --format html --out kvm.html

Exit codes: 0 every level measured, 5 an invalid run among them, 130 interrupted; 2 bad usage or profile, 4 target unreachable.`;

/** `busyhour campaign PROFILE`: a matrix of set-ups, load levels and repetitions. */
export function register(program: Command, context: CliContext): void {
  program
    .command('campaign')
    .description('measure a matrix of set-ups, load levels and repetitions')
    .argument('<profile>', 'YAML campaign profile')
    .option('--scale <fraction>', 'shorten all times alike, such as 1/60', '1')
    .option('--setup <name...>', 'only these set-ups of the profile')
    .option('--target <endpoints>', 'instead of the targets of the profile')
    .option('--carrier <carrier>', 'instead of the carrier of the profile')
    .option('--seed <n>', 'seed of everything random, the random order included')
    .option('--out <dir>', 'result folder; by default results/campaign-<time>')
    .option('--resume', 'go on with the campaign in --out')
    .option('--json', 'print campaign.json on stdout')
    .addHelpText('after', NOTES)
    .action(async (profile: string, options: Options) => {
      const { Campaign } = await import('./campaign-run.js');
      const { campaignText } = await import('../report/campaign-text.js');
      const { SeriesFolder } = await import('./series-folder.js');
      const { randomSeed } = await import('./seed.js');
      const { abortOnSignal } = await import('./signals.js');
      const { numberFlag } = await import('./user-file.js');
      const { writeCampaignReports } = await import('./campaign-reports.js');
      const { signal, release } = abortOnSignal();
      try {
        const campaign = new Campaign(context, {
          profile: resolve(context.cwd, profile),
          scaleText: options.scale.trim(),
          setups: options.setup ?? [],
          target: options.target,
          carrier: options.carrier,
          seed:
            options.seed === undefined
              ? randomSeed()
              : numberFlag('--seed', options.seed, { min: 0, max: Number.MAX_SAFE_INTEGER }),
          interrupt: signal,
          onCell: (cell, done, total) => {
            const held = cell.valid ? (cell.feasible === true ? 'held' : `${cell.failed} failed`) : 'INVALID';
            const mean = cell.response.mean === null ? '-' : `${cell.response.mean.toFixed(3)} ms`;
            context.stderr.write(
              `${done}/${total}  ${cell.setup}  ${cell.ratePerSecond}/s  run ${cell.repetition}  ${held}  mean ${mean}\n`,
            );
          },
        });
        const folder = new SeriesFolder(context, {
          kind: 'campaign',
          out: options.out,
          resume: options.resume === true,
        });
        const result = await campaign.measure(folder);
        writeCampaignReports(result, folder);
        const colour = context.stdout.isTTY === true && context.env.NO_COLOR === undefined;
        context.stdout.write(
          options.json === true
            ? `${JSON.stringify(result, null, 2)}\n`
            : campaignText(result, { colour, folder: folder.path }),
        );
        if (signal.aborted) context.exitCode = EXIT.interrupted;
        else if (result.cells.some(({ valid }) => !valid)) context.exitCode = EXIT.invalidRun;
      } finally {
        release();
      }
    });
}
