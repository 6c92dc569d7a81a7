import { duration, grouped, milliseconds } from './format.js';
import { painter } from './layout.js';

/** What is known of a run at one moment. Rates and response times are of the last sampling period. */
export interface ProgressSample {
  readonly elapsedSeconds: number;
  readonly durationSeconds: number;
  /** What the schedule asks for now, changes by the user included. */
  readonly askedPerSecond: number;
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
  /** Null when nothing was answered in the period. */
  readonly responseMeanMs: number | null;
  readonly responseMaxMs: number | null;
  /** Since the start of the run. */
  readonly succeeded: number;
  readonly rejected: number;
  /** Every other way to end: failed, malformed, timed out, aborted, unsent. */
  readonly bad: number;
  readonly inFlight: number;
  /** Set while a target is silent although requests wait: for how long. */
  readonly silentMs: number | null;
  /** All requests have been offered; the run waits for the last answers. */
  readonly draining: boolean;
  /** The user has paused the load. */
  readonly paused: boolean;
  /** CPU time of each worker over the period, per cent of a core. */
  readonly workersCpuPercent: readonly number[];
  /** Share of this host's CPUs that was not idle; null where it is not known. */
  readonly hostBusyPercent: number | null;
}

const BAR_MAX = 24;
const BAR_MIN = 6;

/**
 * One line of at most `columns` characters for a terminal, to be written over the previous one (no line end, no cursor control).
 * The bar shrinks first, then the least needed figures go.
 */
export function progressLine(sample: ProgressSample, options: { columns: number; colour: boolean }): string {
  const { columns } = options;
  const paint = painter(options.colour);
  const share = Math.min(1, sample.durationSeconds > 0 ? sample.elapsedSeconds / sample.durationSeconds : 1);
  const parts = [`${String(Math.floor(share * 100)).padStart(3)} %`, ...figures(sample)];
  const gap = '  ';
  while (parts.length > 1 && parts.join(gap).length + BAR_MIN + 3 > columns) parts.pop();
  const room = columns - parts.join(gap).length - 3;
  const length = Math.min(BAR_MAX, room);
  const text = parts.join(gap).slice(0, Math.max(0, columns));
  const line = length >= BAR_MIN ? `[${bar(share, length)}] ${text}` : text;
  if (sample.silentMs !== null) return paint('yellow', line);
  return sample.bad > 0 ? paint('red', line) : line;
}

/** The same as a line of a log, where lines pile up: with the time since the start, without a bar. */
export function progressRecord(sample: ProgressSample): string {
  const at = duration(sample.elapsedSeconds);
  return [`${at} of ${duration(sample.durationSeconds)}`, ...figures(sample)].join('  ');
}

/** Most needed first. */
function figures(sample: ProgressSample): string[] {
  const { silentMs } = sample;
  const response =
    sample.responseMeanMs === null
      ? 'no answer'
      : `resp ${milliseconds(sample.responseMeanMs)}/${milliseconds(sample.responseMaxMs)} ms`;
  return [
    `${grouped(Math.round(sample.answeredPerSecond))}/${grouped(Math.round(sample.offeredPerSecond))} req/s`,
    silentMs === null ? response : `SILENT ${duration(silentMs / 1000)}`,
    `ok ${grouped(sample.succeeded)}`,
    `bad ${grouped(sample.bad)}`,
    sample.paused ? 'PAUSED' : sample.draining ? 'waiting for answers' : `${duration(left(sample))} left`,
    `in flight ${grouped(sample.inFlight)}`,
    `refused ${grouped(sample.rejected)}`,
  ];
}

function left({ elapsedSeconds, durationSeconds }: ProgressSample): number {
  return Math.max(0, Math.ceil(durationSeconds - elapsedSeconds));
}

function bar(share: number, length: number): string {
  const full = Math.floor(share * length);
  return '='.repeat(full) + (full < length ? '>' : '') + ' '.repeat(Math.max(0, length - full - 1));
}
