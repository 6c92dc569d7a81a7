import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runProfileSchema } from '../config/profile-schema.js';
import { readProfileText } from '../config/profile-text.js';
import type { RunSource } from '../runtime/generator/checkpoint.js';
import type { CliContext } from './io.js';
import { addProfileFlags, givenProfileFlags } from './profile-flags.js';
import { addWatchFlags, performWatched } from './watched-run.js';

const EXAMPLES = `
Every flag is a key of the profile too, in camelCase; a flag overrides the profile. Durations need a unit (400us, 20ms, 30s, 15m).

Examples:
  busyhour run profiles/smoke.yaml
  busyhour run --target 192.0.2.10:2905/9899 --rate 1500 --duration 5m --workers 2
  busyhour run profiles/probe.yaml --fail-if 'downtime.longestGap>1s' --fail-if 'requests.timedOut>0' --json

Exit codes: 0 ok, 2 bad usage or profile, 3 a threshold failed, 4 target unreachable or lost, 5 invalid run, 130 interrupted.`;

/** `busyhour run [PROFILE]`: one measurement. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('offer load to a target and measure it')
    .argument('[profile]', 'YAML profile; see profiles/')
    .addHelpText('after', EXAMPLES);
  addWatchFlags(command);
  addProfileFlags(command, runProfileSchema);
  command.action(async (profile: string | undefined, options: Record<string, unknown>) => {
    const { randomSeed } = await import('./seed.js');
    const file = profile === undefined ? null : resolve(context.cwd, profile);
    const source: RunSource = {
      file,
      text: file === null ? null : readProfileText(file),
      flags: givenProfileFlags(options, runProfileSchema),
      seed: randomSeed(),
    };
    await performWatched(context, options, { source });
  });
}
