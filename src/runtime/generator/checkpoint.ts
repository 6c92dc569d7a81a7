import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlagValue } from '../../config/load.js';
import type { CollectorState } from '../../measure/collector-state.js';
import type { DriftSample } from '../../measure/drift.js';
import type { SlidingState } from '../../measure/sliding-thresholds.js';
import type { Intervention, SegmentFacts } from '../../measure/summary.js';
import { RuntimeFault } from '../faults.js';
import type { FolderMarks } from '../result-folder.js';

/** File of a result folder that holds all that another process needs to go on with the run; it is there until the run is complete. */
export const CHECKPOINT_FILE = 'checkpoint.json';
const SCHEMA = 'busyhour/checkpoint/2';

/** Where the settings of a run came from: reading them again gives the same configuration. */
export interface RunSource {
  /** Path and text of the profile; null: everything came from flags. */
  readonly file: string | null;
  readonly text: string | null;
  readonly flags: Readonly<Record<string, FlagValue | undefined>>;
  readonly seed: number;
}

/** A run as it stood when an interval had closed. */
export interface Checkpoint {
  readonly schema: typeof SCHEMA;
  readonly version: string;
  readonly runId: string;
  readonly source: RunSource;
  /** Who writes it: a process id names another process after a while, its start time with it does not. */
  readonly process: { readonly pid: number; readonly startTicks: string | null };
  /** Unix time at which the first request of the run was due. */
  readonly originUnixMs: number;
  /** Unix time of the epoch that the times of {@link collector} count from. */
  readonly epochUnixMs: number;
  /** The last one is under way. */
  readonly segments: readonly SegmentFacts[];
  readonly collector: CollectorState;
  /** What the user did so far. */
  readonly interventions: readonly Intervention[];
  /** Outage windows with a file of rows so far. */
  readonly windowFiles: number;
  readonly folder: FolderMarks;
  readonly drift: { readonly samples: readonly DriftSample[]; readonly intervals: number };
  readonly sliding: readonly SlidingState[];
}

/** What a checkpoint is made of besides its facts of this process. */
export type CheckpointParts = Omit<Checkpoint, 'schema' | 'process'>;

/** JSON knows no infinity, and a gap without an end has one. */
const INFINITIES: ReadonlyMap<unknown, string> = new Map([
  [Number.POSITIVE_INFINITY, '+inf'],
  [Number.NEGATIVE_INFINITY, '-inf'],
]);

export function checkpointText(parts: CheckpointParts): string {
  const { pid } = process;
  const whole: Checkpoint = { schema: SCHEMA, process: { pid, startTicks: startTicksOf(pid) }, ...parts };
  return JSON.stringify(whole, (_, value: unknown) => INFINITIES.get(value) ?? value);
}

/**
 * Reads the checkpoint of a result folder.
 * @throws RuntimeFault `usage` when there is none, it is of another version, or the process that writes it is still at work
 */
export function readCheckpoint(folder: string): Checkpoint {
  const fault = (why: string) => new RuntimeFault('usage', `${folder}: ${why}`);
  let text: string;
  try {
    text = readFileSync(join(folder, CHECKPOINT_FILE), 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw fault('is a file; expected a result folder');
    if (code !== 'ENOENT') throw fault(String(cause));
    throw fault(
      `nothing to resume: there is no ${CHECKPOINT_FILE}, so the run is complete, was audited (--audit), never began, or this is no result of a run`,
    );
  }
  const checkpoint = parsed(text, fault);
  const { pid, startTicks } = checkpoint.process;
  if (pid !== process.pid && startTicks !== null && startTicksOf(pid) === startTicks) {
    throw fault(`the run is still going on in process ${pid}; end that one first`);
  }
  return checkpoint;
}

function parsed(text: string, fault: (why: string) => RuntimeFault): Checkpoint {
  const back = (_: string, value: unknown): unknown =>
    value === '+inf' ? Number.POSITIVE_INFINITY : value === '-inf' ? Number.NEGATIVE_INFINITY : value;
  let checkpoint: Checkpoint | null;
  try {
    checkpoint = JSON.parse(text, back) as Checkpoint | null;
  } catch (cause) {
    throw fault(
      `${CHECKPOINT_FILE} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  if (checkpoint?.schema !== SCHEMA)
    throw fault(`${CHECKPOINT_FILE} is of another version (expected ${SCHEMA})`);
  return checkpoint;
}

/** Start time of a process in ticks since the machine booted; null when there is no such process, or no /proc. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in brackets, which may hold blanks: count from behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
