import type { Command } from 'commander';
import type { RunSource } from '../runtime/generator/checkpoint.js';
import type { CliContext, CliIo } from './io.js';
import type { PerformOptions } from './perform.js';
import type { WatchOptions } from './watch.js';

/** Where `--ui` listens when it does not say where. */
const UI_PORT = 9980;

/** Flags of a run that is performed for its user: what is printed, and who may look on. */
export function addWatchFlags(command: Command): void {
  command
    .option('--json', 'print summary.json on stdout instead of the verdict')
    .option('--ui [host:port]', `live page while the run goes on; by default on 127.0.0.1:${UI_PORT}`)
    .option(
      '--live',
      'a screen instead of the progress line; keys: + and - change the rate, p pauses, m marks, q ends',
    )
    .option('--prometheus <host:port>', 'metrics for Prometheus at http://HOST:PORT/metrics')
    .option('--otlp <url>', 'push metrics to an OpenTelemetry collector (OTLP/HTTP, JSON)');
}

/**
 * Checks the settings and performs the run, the first signal ending it in order. Leaves the exit code in the context.
 * @param flags those of {@link addWatchFlags}
 * @throws ConfigError with every fault of the settings, before anything is started
 */
export async function performWatched(
  context: CliContext,
  flags: Readonly<Record<string, unknown>>,
  { source, resume }: { readonly source: RunSource; readonly resume?: PerformOptions['resume'] },
): Promise<void> {
  const { loadRun } = await import('../runtime/load-run.js');
  const { performAndReport } = await import('./perform.js');
  const { abortOnSignal } = await import('./signals.js');
  const { file, text, seed } = source;
  const config = loadRun({
    ...(file === null ? {} : { file }),
    ...(text === null ? {} : { text }),
    flags: source.flags,
    seedDefault: seed,
  });
  const watch = await watchOptions(flags, context);
  const { signal, hurry, release } = abortOnSignal(2);
  try {
    const { exitCode } = await performAndReport(context, {
      ownProcess: true,
      config,
      source,
      ...(resume === undefined ? {} : { resume }),
      interrupt: signal,
      hurry,
      json: flags.json === true,
      watch,
    });
    context.exitCode = exitCode;
  } finally {
    release();
  }
}

async function watchOptions(
  { ui, prometheus, otlp, live }: Readonly<Record<string, unknown>>,
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
