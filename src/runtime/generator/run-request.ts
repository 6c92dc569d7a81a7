import type { RunConfig } from '../../config/run-config.js';
import type { ProgressSample } from '../../report/progress.js';
import type { ResultFolder } from '../result-folder.js';

/** What a run is asked for. */
export interface RunRequest {
  readonly config: RunConfig;
  readonly runId: string;
  readonly version: string;
  readonly folder: ResultFolder;
  /** Sources of the plotting library for report.html. */
  readonly plotLibrary: { readonly script: string; readonly style: string };
  /** Ends the run early; everything due until then is accounted for. */
  readonly interrupt: AbortSignal;
  /** After `interrupt`: what is in flight is not waited for any longer and counts as aborted. */
  readonly hurry?: AbortSignal;
  /** Ends the schedule early as planned, once the caller has seen what it runs for: no interruption. */
  readonly enough?: AbortSignal;
  readonly onProgress?: (sample: ProgressSample) => void;
  /** The schedule begins at this Unix time, ms. */
  readonly onStart?: (unixMs: number) => void;
  /**
   * Whether a node of the cluster under test said that it took over in a time, Unix ms. Names causes of outages, changes no figure; left out:
   * nobody told.
   */
  readonly tookOver?: (fromUnixMs: number, toUnixMs: number) => boolean;
}
