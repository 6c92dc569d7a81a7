import type { Command } from 'commander';
import { respondProfileSchema } from '../config/profile-schema.js';
import type { CliContext } from './io.js';
import { addProfileFlags, givenProfileFlags } from './profile-flags.js';

const EXAMPLES = `
Service key N (--service-key) is charged per request (the generator's probe), service key N + 1 per call (its call scenario).

Examples:
  busyhour respond --listen 127.0.0.1:2905/9899
  busyhour respond --listen 0.0.0.0:2905/9899 --service-time exp:400us --service-servers 4 --json

SIGTERM or Ctrl-C ends it orderly, exit code 0.`;

/** `busyhour respond`: the billing responder of one node. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('respond')
    .description('answer requests as a billing application')
    .option('--json', 'print events as JSON lines; the first one says that it listens')
    .addHelpText('after', EXAMPLES);
  addProfileFlags(command, respondProfileSchema);
  command.action(async (options: Record<string, unknown>) => {
    const { loadRespondConfig } = await import('../config/load.js');
    const { serve } = await import('../runtime/respond/serve.js');
    const { randomSeed } = await import('./seed.js');
    const { abortOnSignal } = await import('./signals.js');
    const { jsonEvents, tableEvents } = await import('./responder-view.js');
    const config = loadRespondConfig({
      flags: givenProfileFlags(options, respondProfileSchema),
      seedDefault: randomSeed(),
    });
    const { signal, release } = abortOnSignal();
    try {
      const onEvent = options.json === true ? jsonEvents(context) : tableEvents(context);
      await serve({ config, stop: signal, onEvent });
    } finally {
      release();
    }
  });
}
