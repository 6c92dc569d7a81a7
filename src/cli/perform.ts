import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { RunConfig } from '../config/run-config.js';
import type { IntervalRow } from '../measure/interval.js';
import type { RunSummary } from '../measure/summary.js';
import { textReport } from '../report/text.js';
import type { Checkpoint, RunSource } from '../runtime/generator/checkpoint.js';
import { performRun, type RunResult } from '../runtime/generator/run.js';
import { type FolderOptions, ResultFolder } from '../runtime/result-folder.js';
import { type CliIo, EXIT, type ExitCode, worstExitCode } from './io.js';
import { readPlotLibrary } from './plot-library.js';
import { ProgressView } from './progress-view.js';
import { intervalsOf, linesOf } from './result-files.js';
import { VERSION } from './version.js';
import type { Watch, WatchOptions } from './watch.js';

/** Time between two samples of the progress where only a line every few seconds tells of them. */
const PROGRESS_MS = 1_000;

export interface PerformOptions {
  readonly config: RunConfig;
  /** Where the settings came from: what `busyhour resume` needs. */
  readonly source?: RunSource;
  /** Goes on with the run in a folder. */
  readonly resume?: { readonly folder: string; readonly checkpoint: Checkpoint };
  readonly interrupt: AbortSignal;
  /** See `RunRequest`. */
  readonly ownProcess: boolean;
  /** See `RunRequest`. */
  readonly hurry?: AbortSignal;
  /** Print the summary as JSON instead of the verdict. */
  readonly json: boolean;
  readonly onStart?: (unixMs: number) => void;
  /** See `RunRequest`. */
  readonly tookOver?: (fromUnixMs: number, toUnixMs: number) => boolean;
  /** Id of the run, from {@link newRunId}; left out: a new one. */
  readonly runId?: string;
  /** Who may look on; left out: nobody. */
  readonly watch?: WatchOptions;
}

export interface Performed {
  readonly summary: RunSummary;
  readonly exitCode: ExitCode;
}

/** Performs a run as a command does: with a result folder, a progress line, and the verdict on stdout. */
export async function performAndReport(io: CliIo, options: PerformOptions): Promise<Performed> {
  const { config, resume, source } = options;
  const runId = resume?.checkpoint.runId ?? options.runId ?? newRunId();
  const path = resume?.folder ?? resolve(io.cwd, config.outDir ?? `results/${runId}`);
  const plotLibrary = readPlotLibrary();
  const folderOptions: FolderOptions = {
    bounds: config.files,
    ...(resume === undefined ? {} : { reopen: resume.checkpoint.folder }),
  };
  const watch = await openWatch(io, options, { config, id: runId, folder: path, folderOptions, plotLibrary });
  const folder = watch?.folder ?? new ResultFolder(path, folderOptions);
  const view = new ProgressView(io);
  let result: RunResult;
  let trouble: ReturnType<ResultFolder['close']>;
  try {
    result = await performRun({
      config,
      runId,
      version: VERSION,
      folder,
      plotLibrary,
      ...(source === undefined || config.audit ? {} : { source }),
      ...(resume === undefined
        ? {}
        : {
            earlier: {
              checkpoint: resume.checkpoint,
              intervals: allTargets(intervalsOf(io, path)),
              latencyLog: linesOf(io, path, 'latency.hlog'),
            },
          }),
      interrupt: options.interrupt,
      ownProcess: options.ownProcess,
      onNotice: (text) => {
        view.clear();
        io.stderr.write(`${text}\n`);
      },
      ...(options.hurry === undefined ? {} : { hurry: options.hurry }),
      onProgress: (sample) => {
        if (watch?.hasScreen !== true) view.show(sample);
        watch?.progress(sample);
      },
      ...(watch === null && io.stderr.isTTY !== true ? { progressMs: PROGRESS_MS } : {}),
      ...(watch?.steering == null ? {} : { steering: watch.steering }),
      ...(options.onStart === undefined ? {} : { onStart: options.onStart }),
      ...(options.tookOver === undefined ? {} : { tookOver: options.tookOver }),
    });
  } finally {
    view.clear();
    trouble = folder.close();
    await watch?.end();
  }
  const { summary } = result;
  io.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : verdict(summary, folder.path, io));
  return { summary, exitCode: worstExitCode(codesOf(io, result, trouble)) };
}

/** Exit codes for all that was not as it should be; faults of ours are told on stderr. */
function codesOf(io: CliIo, result: RunResult, trouble: ReturnType<ResultFolder['close']>): ExitCode[] {
  const { summary, targetLost, workerFault } = result;
  const codes: ExitCode[] = [];
  if (trouble !== null) {
    const rescue =
      trouble.rescuedTo === null ? 'and could not be saved elsewhere' : `the rest is in ${trouble.rescuedTo}`;
    io.stderr.write(`busyhour: the result is not complete: ${trouble.message}; ${rescue}\n`);
    codes.push(EXIT.ourFault);
  }
  if (workerFault !== null) {
    io.stderr.write(`busyhour: a worker ended early: ${workerFault.message}\n`);
    codes.push(EXIT.ourFault);
  }
  if (summary.run.interrupted) codes.push(EXIT.interrupted);
  if (targetLost) codes.push(EXIT.targetLost);
  if (!summary.valid) codes.push(EXIT.invalidRun);
  if (summary.thresholds.some((threshold) => threshold.failed)) codes.push(EXIT.thresholdFailed);
  return codes;
}

function* allTargets(rows: Iterable<IntervalRow>): Generator<IntervalRow> {
  for (const row of rows) if (row.target === null) yield row;
}

/** Nothing of a server is loaded where nobody looks on. */
async function openWatch(
  io: CliIo,
  { watch }: PerformOptions,
  run: Parameters<typeof Watch.open>[1],
): Promise<Watch | null> {
  if (watch === undefined) return null;
  const { ui, prometheus, otlp, screen } = watch;
  if (ui === null && prometheus === null && otlp === null && !screen) return null;
  return (await import('./watch.js')).Watch.open(io, run, watch);
}

function verdict(summary: RunSummary, resultFolder: string, io: CliIo): string {
  const colour = io.stdout.isTTY === true && io.env.NO_COLOR === undefined;
  return textReport(summary, { columns: io.stdout.columns ?? 100, colour, resultFolder });
}

/** Sorts by time, and no two are alike: `20261120-161803-3fa9`. */
export function newRunId(): string {
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-');
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}
