import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '../config/run-config.js';
import type { IntervalRow } from '../measure/interval.js';
import type { RunSummary } from '../measure/summary.js';
import type { ProgressSample } from '../report/progress.js';
import { performRun } from '../runtime/generator/run.js';
import { ResultFolder } from '../runtime/result-folder.js';
import { type CliIo, EXIT, UserError } from './io.js';
import { readPlotLibrary } from './plot-library.js';
import { readIntervals } from './result-files.js';
import { VERSION } from './version.js';

export interface LevelRequest {
  readonly config: RunConfig;
  readonly runId: string;
  /** Absolute path of the result folder. */
  readonly folder: string;
  readonly interrupt: AbortSignal;
  readonly onProgress?: (sample: ProgressSample) => void;
}

export interface LevelResult {
  readonly summary: RunSummary;
  readonly intervals: readonly IntervalRow[];
  readonly targetLost: boolean;
}

/**
 * Performs one run of a series and reads back what it left behind.
 * @throws UserError when the result could not be written: a series without its evidence is worth nothing
 */
export async function performLevel(io: CliIo, request: LevelRequest): Promise<LevelResult> {
  const { config, runId, interrupt, onProgress } = request;
  const folder = new ResultFolder(request.folder, { bounds: config.files });
  let closed = false;
  try {
    const result = await performRun({
      config,
      runId,
      version: VERSION,
      folder,
      plotLibrary: readPlotLibrary(),
      interrupt,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    closed = true;
    const trouble = folder.close();
    if (trouble !== null)
      throw new UserError(`the result is not complete: ${trouble.message}`, EXIT.ourFault);
    if (result.workerFault !== null) throw result.workerFault;
    const { summary, targetLost } = result;
    return { summary, targetLost, intervals: readIntervals(io, request.folder) };
  } finally {
    if (!closed) folder.close();
  }
}

/** A short run whose figures are wanted and whose files are not. */
export async function performProbe(
  io: CliIo,
  request: Omit<LevelRequest, 'folder'> & { readonly parent: string },
): Promise<RunSummary> {
  const folder = join(request.parent, `.probe-${request.runId}`);
  try {
    return (await performLevel(io, { ...request, folder })).summary;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
