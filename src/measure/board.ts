import { BUCKET_COUNT } from './buckets.js';
import { EVENT_COUNTS, OUTCOMES } from './summary.js';

/**
 * The shared memory in which one worker thread counts and from which the collector reads. A worker that is blocked in
 * the binding can answer no message, so nothing is asked of it: it writes here, and the main thread looks.
 *
 * ```
 *   control  Int32    one word each: heads and tails of the rings, interval marks (Atomics only)
 *   clock    Float64  watermark, oldest due time still outstanding, CPU time     (guarded by control[version])
 *   live     Float64  [target] totals since the start, last answer, first waiting request
 *   slots    Float64  [interval % slots][target] counters, then count, sum, sum of squares, min, max of each kind
 *   counts   Uint32   [interval % slots][target][kind] buckets
 *   gaps     Float64  ring: target, previous answer, answer, first due           worker -> collector
 *   stalls   Float64  ring: start, end                                           worker -> collector
 *   happenings Float64 ring: time, kind, target of association events            worker -> collector
 *   associations Float64 [association] newest statistics
 *   rows     Float64  ring: one ended request each, overwritten when full        read when an outage needs evidence
 *   rowTags  Int32    ring beside it: target and outcome, association, transmissions
 * ```
 *
 * An interval slot belongs to the worker until every request due in it has ended; the collector then takes it, clears it
 * and moves `harvested` on, which frees the slot for the interval `slots` later. Times are ns since the process epoch.
 */
export interface Board {
  readonly shape: BoardShape;
  readonly control: Int32Array;
  readonly clock: Float64Array;
  readonly live: Float64Array;
  readonly slots: Float64Array;
  readonly counts: Uint32Array;
  readonly gaps: Float64Array;
  readonly stalls: Float64Array;
  readonly happenings: Float64Array;
  readonly associations: Float64Array;
  readonly rows: Float64Array;
  readonly rowTags: Int32Array;
}

/** Everything needed to find one's way in the memory; crosses to the worker as workerData. */
export interface BoardShape {
  readonly worker: number;
  readonly targets: number;
  /** Start of interval 0. */
  readonly startNs: number;
  readonly intervalNs: number;
  /** Intervals that can be open at a time. */
  readonly slots: number;
  /** Schedule lag above this counts against validity (decision 6). */
  readonly lagLimitNs: number;
  /** Rows kept; a power of two. */
  readonly rowCapacity: number;
  readonly gapCapacity: number;
  readonly stallCapacity: number;
  readonly memory: SharedArrayBuffer;
}

export const CONTROL = {
  version: 0,
  gapHead: 1,
  gapTail: 2,
  gapsLost: 3,
  stallHead: 4,
  stallTail: 5,
  stallsLost: 6,
  /** Rows written since the start, modulo 2^32. */
  rowHead: 7,
  /** Intervals below this index were taken and cleared. */
  harvested: 8,
  /** Requests that found the slot of their interval not yet taken and counted in an earlier one. */
  slotOverruns: 9,
  /** The worker has ended and writes no more. */
  finished: 10,
  happeningHead: 11,
  happeningTail: 12,
  words: 16,
} as const;

export const CLOCK = {
  /** No answer with an earlier receive time will be recorded any more. */
  watermarkNs: 0,
  /** Due time of the oldest request that has not ended, or the time up to which the schedule was followed. */
  oldestDueNs: 1,
  cpuNs: 2,
  words: 8,
} as const;

const COUNTERS = 4 + OUTCOMES.length + EVENT_COUNTS.length;

export const LIVE = {
  due: 0,
  offered: 1,
  answered: 2,
  outcomes: 4,
  events: 4 + OUTCOMES.length,
  /** Receive time of the newest application answer; -Infinity before the first. */
  lastAnswerNs: COUNTERS,
  /** Since when a request newer than the last answered one has waited; Infinity when there is none. */
  waitingSinceNs: COUNTERS + 1,
  /** Sum of the latencies of answered requests, and the largest since the collector last set it to 0. */
  latencySumNs: COUNTERS + 2,
  latencyMaxNs: COUNTERS + 3,
  stride: COUNTERS + 4,
} as const;

/** What is measured about a request, each a histogram of its own. */
export const KINDS = ['latency', 'service', 'lag', 'wait', 'response', 'censored', 'release'] as const;
/**
 * - `latency`: due to answer.
 * - `service`: offered to answer.
 * - `lag`: due to offered.
 * - `wait`: offered to first transmission.
 * - `response`: first transmission to answer.
 * - `censored`: due to end, of requests that never got an application answer.
 * - `release`: second leg of a call.
 */
export type Kind = (typeof KINDS)[number];
export const KIND: Readonly<Record<Kind, number>> = {
  latency: 0,
  service: 1,
  lag: 2,
  wait: 3,
  response: 4,
  censored: 5,
  release: 6,
};

export const SLOT = {
  due: 0,
  offered: 1,
  answered: 2,
  lagOver: 3,
  outcomes: 4,
  events: 4 + OUTCOMES.length,
  /** Five words a kind from here: count, sum, sum of squares, min, max. */
  kinds: COUNTERS,
  kindStride: 5,
  stride: COUNTERS + 5 * KINDS.length,
} as const;

export const GAP = { target: 0, previousNs: 1, answerNs: 2, firstDueNs: 3, stride: 4 } as const;

/** What can happen to an association; its position is the number in the ring. */
export const HAPPENINGS = ['up', 'lost', 'restart', 'aspActive', 'aspInactive'] as const;
export const HAPPENING = { timeNs: 0, kind: 1, target: 2, stride: 3 } as const;

/** States of an association as the binding names them; the position is the number in the table. */
export const ASSOCIATION_STATES = ['unknown', 'connecting', 'established', 'shuttingDown', 'closed'] as const;
export const ASSOCIATION = {
  /** 0 while the entry is not in use. */
  id: 0,
  target: 1,
  state: 2,
  retransmissions: 3,
  /** NaN where the engine does not tell. */
  duplicateTsns: 4,
  srttMs: 5,
  rtoMs: 6,
  rtoMaxSeenMs: 7,
  stride: 8,
} as const;

export const ROW = {
  sequence: 0,
  dueNs: 1,
  offeredNs: 2,
  firstNs: 3,
  lastNs: 4,
  previousNs: 5,
  answeredNs: 6,
  endedNs: 7,
  stride: 8,
  /** In rowTags: target | outcome << 16 | rerouted << 24 | answered by another target << 26. */
  what: 0,
  association: 1,
  transmissions: 2,
  tagStride: 3,
} as const;

/** Named bounds of the measurement. */
export const MEASURE_LIMITS = {
  /** Rows that one worker keeps as outage evidence (88 bytes each). Fewer than 10 s + time-out at a high rate: windows then say so. */
  rowsPerWorkerMax: 2 ** 19,
  rowsPerWorkerMin: 2 ** 12,
  /** Gap candidates between two looks of the collector; further ones are lost and counted. */
  gapCapacity: 2 ** 13,
  stallCapacity: 2 ** 10,
  happeningCapacity: 2 ** 8,
  /** Associations of one worker whose statistics are kept. */
  associationsPerWorkerMax: 256,
  /** Intervals open at a time. */
  slotsMax: 128,
  targetsMax: 64,
  /** Address space of one worker's board; only touched pages use memory. */
  boardBytesMax: 2 ** 30,
  /** Answers closer together than this are no gap candidate: a merged gap as short cannot matter. */
  gapNsMin: 1e6,
} as const;

export interface BoardPlan {
  readonly worker: number;
  readonly targets: number;
  readonly startNs: number;
  /** First interval that this worker counts in; 0 unless the run goes on from an earlier process. */
  readonly firstInterval?: number;
  readonly intervalNs: number;
  /** Longest time from a request's due time to its end: time-out, queueing and hold time together. */
  readonly requestLifeNsMax: number;
  /** Requests a second of this worker, at the schedule's peak. */
  readonly ratePerSecond: number;
  readonly lagLimitNs: number;
}

const SPARE_SLOTS = 4;

/**
 * Reserves the memory of one worker's board.
 * @throws RangeError when the plan exceeds a named bound; the message names the setting to change.
 */
export function createBoard(plan: BoardPlan): Board {
  const slots = Math.ceil(plan.requestLifeNsMax / plan.intervalNs) + SPARE_SLOTS;
  if (plan.targets > MEASURE_LIMITS.targetsMax) {
    throw new RangeError(
      `${plan.targets} targets: at most ${MEASURE_LIMITS.targetsMax}; split the run over several generators`,
    );
  }
  if (slots > MEASURE_LIMITS.slotsMax) {
    const seconds = Math.ceil(plan.requestLifeNsMax / (MEASURE_LIMITS.slotsMax - SPARE_SLOTS) / 1e9);
    throw new RangeError(
      `the interval is too short for requests that may live ${Math.round(plan.requestLifeNsMax / 1e9)} s: use --interval ${seconds}s or more, or a shorter --timeout`,
    );
  }
  const seconds = 10 + plan.requestLifeNsMax / 1e9;
  const rowCapacity = powerOfTwoFrom(
    plan.ratePerSecond * seconds,
    MEASURE_LIMITS.rowsPerWorkerMin,
    MEASURE_LIMITS.rowsPerWorkerMax,
  );
  const layout = {
    worker: plan.worker,
    targets: plan.targets,
    startNs: plan.startNs,
    intervalNs: plan.intervalNs,
    slots,
    lagLimitNs: plan.lagLimitNs,
    rowCapacity,
    gapCapacity: MEASURE_LIMITS.gapCapacity,
    stallCapacity: MEASURE_LIMITS.stallCapacity,
  };
  const bytes = boardBytes(layout);
  if (bytes > MEASURE_LIMITS.boardBytesMax) {
    throw new RangeError(
      `measuring ${plan.targets} targets in ${slots} open intervals needs ${Math.round(bytes / 2 ** 20)} MiB a worker: use a longer --interval, a shorter --timeout or fewer targets`,
    );
  }
  const board = openBoard({ ...layout, memory: new SharedArrayBuffer(bytes) });
  for (let target = 0; target < plan.targets; target++) {
    board.live[target * LIVE.stride + LIVE.lastAnswerNs] = Number.NEGATIVE_INFINITY;
    board.live[target * LIVE.stride + LIVE.waitingSinceNs] = Number.POSITIVE_INFINITY;
  }
  const first = plan.firstInterval ?? 0;
  board.control[CONTROL.harvested] = first;
  board.clock[CLOCK.oldestDueNs] = plan.startNs + first * plan.intervalNs;
  board.clock[CLOCK.watermarkNs] = board.clock[CLOCK.oldestDueNs]!;
  return board;
}

/** The views of a board's memory, in whatever thread. */
export function openBoard(shape: BoardShape): Board {
  let at = 0;
  const take = (bytes: number): number => {
    const from = at;
    at += (bytes + 63) & ~63;
    return from;
  };
  const sizes = wordCounts(shape);
  const { memory } = shape;
  return {
    shape,
    control: new Int32Array(memory, take(sizes.control * 4), sizes.control),
    clock: new Float64Array(memory, take(sizes.clock * 8), sizes.clock),
    live: new Float64Array(memory, take(sizes.live * 8), sizes.live),
    slots: new Float64Array(memory, take(sizes.slots * 8), sizes.slots),
    counts: new Uint32Array(memory, take(sizes.counts * 4), sizes.counts),
    gaps: new Float64Array(memory, take(sizes.gaps * 8), sizes.gaps),
    stalls: new Float64Array(memory, take(sizes.stalls * 8), sizes.stalls),
    happenings: new Float64Array(memory, take(sizes.happenings * 8), sizes.happenings),
    associations: new Float64Array(memory, take(sizes.associations * 8), sizes.associations),
    rows: new Float64Array(memory, take(sizes.rows * 8), sizes.rows),
    rowTags: new Int32Array(memory, take(sizes.rowTags * 4), sizes.rowTags),
  };
}

type Layout = Omit<BoardShape, 'memory'>;

function wordCounts(shape: Layout) {
  const cells = shape.slots * shape.targets;
  return {
    control: CONTROL.words,
    clock: CLOCK.words,
    live: shape.targets * LIVE.stride,
    slots: cells * SLOT.stride,
    counts: cells * KINDS.length * BUCKET_COUNT,
    gaps: shape.gapCapacity * GAP.stride,
    stalls: shape.stallCapacity * 2,
    happenings: MEASURE_LIMITS.happeningCapacity * HAPPENING.stride,
    associations: MEASURE_LIMITS.associationsPerWorkerMax * ASSOCIATION.stride,
    rows: shape.rowCapacity * ROW.stride,
    rowTags: shape.rowCapacity * ROW.tagStride,
  };
}

function boardBytes(layout: Layout): number {
  const words = wordCounts(layout);
  const bytes =
    4 * (words.control + words.counts + words.rowTags) +
    8 * (words.clock + words.live + words.slots + words.gaps + words.stalls + words.rows) +
    8 * (words.happenings + words.associations);
  return bytes + 64 * Object.keys(words).length;
}

function powerOfTwoFrom(wanted: number, least: number, most: number): number {
  let size = least;
  while (size < wanted && size < most) size *= 2;
  return size;
}
