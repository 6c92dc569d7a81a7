import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runProfileSchema } from '../config/profile-schema.js';
import type { CliContext, CliIo } from './io.js';
import { addProfileFlags, givenProfileFlags } from './profile-flags.js';
import { readUserFile } from './user-file.js';
import type { WatchOptions } from './watch.js';

const EXAMPLES = `
Every flag is a key of the profile too, in camelCase; a flag overrides the profile. Durations need a unit (400us, 20ms, 30s, 15m).

Examples:
  busyhour run profiles/smoke.yaml
  busyhour run --target 192.0.2.10:2905/9899 --rate 1500 --duration 5m --workers 2
  busyhour run profiles/probe.yaml --fail-if 'downtime.longestGap>1s' --fail-if 'requests.timedOut>0' --json

Exit codes: 0 ok, 2 bad usage or profile, 3 a threshold failed, 4 target unreachable or lost, 5 invalid run, 130 interrupted.`;

/** Where `--ui` listens when it does not say where. */
const UI_PORT = 9980;

/** `busyhour run [PROFILE]`: one measurement. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('offer load to a target and measure it')
    .argument('[profile]', 'YAML profile; see profiles/')
    .option('--json', 'print summary.json on stdout instead of the verdict')
    .addHelpText('after', EXAMPLES);
  addWatchFlags(command);
  addProfileFlags(command, runProfileSchema);
  command.action(async (profile: string | undefined, options: Record<string, unknown>) => {
    const { loadRunConfig } = await import('../config/load.js');
    const { performAndReport } = await import('./perform.js');
    const { checkThresholds } = await import('../runtime/check-thresholds.js');
    const { randomSeed } = await import('./seed.js');
    const { abortOnSignal } = await import('./signals.js');
    const file = profile === undefined ? null : resolve(context.cwd, profile);
    const flags = givenProfileFlags(options, runProfileSchema);
    const config = loadRunConfig({ ...(file === null ? {} : { file }), flags, seedDefault: randomSeed() });
    checkThresholds(config.failIf);
    const watch = await watchOptions(options, context);
    const { signal, hurry, release } = abortOnSignal(2);
    try {
      const { exitCode } = await performAndReport(context, {
        config,
        source: {
          ...{ file, flags, seed: config.seed },
          text: file === null ? null : readUserFile(context, file),
        },
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

/** Flags of who may look on. */
export function addWatchFlags(command: Command): void {
  command
    .option('--ui [host:port]', `live page while the run goes on; by default on 127.0.0.1:${UI_PORT}`)
    .option(
      '--live',
      'a screen instead of the progress line; keys: + and - change the rate, p pauses, m marks, q ends',
    )
    .option('--prometheus <host:port>', 'metrics for Prometheus at http://HOST:PORT/metrics')
    .option('--otlp <url>', 'push metrics to an OpenTelemetry collector (OTLP/HTTP, JSON)');
}

/** What {@link addWatchFlags} found. */
export async function watchOptions(
  { ui, prometheus, otlp, live }: Record<string, unknown>,
  io: CliIo,
): Promise<WatchOptions> {
  const screen = live === true && io.stderr.isTTY === true;
  const collector =
    otlp === undefined ? null : (await import('./otlp-exporter.js')).parseCollector(String(otlp));
  if (ui === undefined && prometheus === undefined)
    return { ui: null, prometheus: null, otlp: collector, screen };
  const { parseListen } = await import('./live-server.js');
  const place = (flag: string, given: unknown) =>
    given === undefined ? null : parseListen(flag, given === true ? String(UI_PORT) : String(given), UI_PORT);
  return { ui: place('--ui', ui), prometheus: place('--prometheus', prometheus), otlp: collector, screen };
}
