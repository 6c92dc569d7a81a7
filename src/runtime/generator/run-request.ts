import type { RunConfig } from '../../config/run-config.js';
import type { DrawnInterval } from '../../measure/interval.js';
import type { ProgressSample } from '../../report/progress.js';
import type { ResultFolder } from '../result-folder.js';
import type { Checkpoint, RunSource } from './checkpoint.js';
import type { Steering } from './steering.js';

/** What a run is asked for. */
export interface RunRequest {
  readonly config: RunConfig;
  readonly runId: string;
  readonly version: string;
  readonly folder: ResultFolder;
  /** Sources of the plotting library for report.html. */
  readonly plotLibrary: { readonly script: string; readonly style: string };
  /** Where the settings came from; left out: nobody can resume the run. */
  readonly source?: RunSource;
  /** The run goes on from here; `intervals` are those of all targets together and `latencyLog` the lines of latency.hlog so far, for report.html; read once. */
  readonly earlier?: {
    readonly checkpoint: Checkpoint;
    readonly intervals: Iterable<DrawnInterval>;
    readonly latencyLog: Iterable<string>;
  };
  /** The process is there for this run alone; see {@link letLoopsGoFirst}. */
  readonly ownProcess?: boolean;
  /** Ends the run early; everything due until then is accounted for. */
  readonly interrupt: AbortSignal;
  /** After `interrupt`: what is in flight is not waited for any longer and counts as aborted. */
  readonly hurry?: AbortSignal;
  /** Ends the schedule early as planned, once the caller has seen what it runs for: no interruption. */
  readonly enough?: AbortSignal;
  /** What the user asks for while the run goes on; left out: nobody can. */
  readonly steering?: Steering;
  readonly onProgress?: (sample: ProgressSample) => void;
  /** Time between two samples; left out: as often as the main thread looks at the boards. What nobody sees costs the loops time. */
  readonly progressMs?: number;
  /** The schedule begins at this Unix time, ms. */
  readonly onStart?: (unixMs: number) => void;
  /**
   * Whether a node of the cluster under test said that it took over in a time, Unix ms. Names causes of outages, changes no figure; left out:
   * nobody told.
   */
  readonly tookOver?: (fromUnixMs: number, toUnixMs: number) => boolean;
  /** Something that a user should hear of at once: a threshold was crossed. */
  readonly onNotice?: (text: string) => void;
}
