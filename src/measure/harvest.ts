import {
  type Board,
  CLOCK,
  CONTROL,
  GAP,
  HAPPENING,
  HAPPENINGS,
  KIND,
  KINDS,
  LIVE,
  ROW,
  SLOT,
} from './board.js';
import { BUCKET_COUNT, bucketOf } from './buckets.js';
import type { GapMerge, Span } from './gap-merge.js';
import type { RowTable } from './rows.js';
import { EVENT_COUNTS, OUTCOMES } from './summary.js';
import type { Totals } from './totals.js';
import type { AssociationEvent } from './windows.js';

/** How far a worker is; see `Recorder.publish`. */
export interface Progress {
  readonly watermarkNs: number;
  readonly oldestDueNs: number;
}

/** Reads a worker's two progress words as they were written together. */
export function readProgress(board: Board): Progress {
  for (;;) {
    const version = Atomics.load(board.control, CONTROL.version);
    const watermarkNs = board.clock[CLOCK.watermarkNs]!;
    const oldestDueNs = board.clock[CLOCK.oldestDueNs]!;
    // Odd while the worker is between its two stores.
    if ((version & 1) === 0 && Atomics.load(board.control, CONTROL.version) === version) {
      const finished = Atomics.load(board.control, CONTROL.finished) === 1;
      return { watermarkNs: finished ? Number.POSITIVE_INFINITY : watermarkNs, oldestDueNs };
    }
  }
}

/** Adds what a worker counted for one target in one interval, and clears it. The interval must have closed. */
export function takeSlot(board: Board, interval: number, target: number, into: Totals): void {
  const cell = (interval % board.shape.slots) * board.shape.targets + target;
  const at = cell * SLOT.stride;
  const { slots } = board;
  into.due += slots[at + SLOT.due]!;
  into.offered += slots[at + SLOT.offered]!;
  into.answered += slots[at + SLOT.answered]!;
  into.lagOver += slots[at + SLOT.lagOver]!;
  OUTCOMES.forEach((outcome, i) => {
    into.outcomes[outcome] += slots[at + SLOT.outcomes + i]!;
  });
  EVENT_COUNTS.forEach((event, i) => {
    into.events[event] += slots[at + SLOT.events + i]!;
  });
  for (const kind of KINDS) {
    const stats = at + SLOT.kinds + KIND[kind] * SLOT.kindStride;
    const count = slots[stats]!;
    if (count === 0) continue;
    const [minNs, maxNs] = [slots[stats + 3]!, slots[stats + 4]!];
    const first = bucketOf(minNs);
    const last = bucketOf(maxNs);
    const from = (cell * KINDS.length + KIND[kind]) * BUCKET_COUNT + first;
    into.durations[kind].addBuckets(board.counts, from, first, last);
    into.durations[kind].addExact(count, slots[stats + 1]!, slots[stats + 2]!, minNs, maxNs);
    board.counts.fill(0, from, from + last - first + 1);
  }
  slots.fill(0, at, at + SLOT.stride);
}

/** Moves a worker's new gap candidates to the merges of their targets. */
export function takeGaps(board: Board, worker: number, merges: readonly GapMerge[]): void {
  // The open gap is read first: an answer that comes between the two reads then shows in the ring.
  merges.forEach((merge, target) => {
    const at = target * LIVE.stride;
    const open = merge.open[worker]!;
    for (;;) {
      open.lastAnswerNs = board.live[at + LIVE.lastAnswerNs]!;
      open.waitingSinceNs = board.live[at + LIVE.waitingSinceNs]!;
      if (board.live[at + LIVE.lastAnswerNs] === open.lastAnswerNs) break;
    }
  });
  drain(board, CONTROL.gapHead, CONTROL.gapTail, board.shape.gapCapacity, (entry) => {
    const at = entry * GAP.stride;
    merges[board.gaps[at + GAP.target]!]!.push(worker, {
      previousNs: board.gaps[at + GAP.previousNs]!,
      answerNs: board.gaps[at + GAP.answerNs]!,
      firstDueNs: board.gaps[at + GAP.firstDueNs]!,
    });
  });
}

export function takeStalls(board: Board): Span[] {
  const stalls: Span[] = [];
  drain(board, CONTROL.stallHead, CONTROL.stallTail, board.shape.stallCapacity, (entry) => {
    stalls.push({ startNs: board.stalls[entry * 2]!, endNs: board.stalls[entry * 2 + 1]! });
  });
  return stalls;
}

export function takeHappenings(board: Board): (AssociationEvent & { readonly target: number })[] {
  const events: (AssociationEvent & { readonly target: number })[] = [];
  const capacity = board.happenings.length / HAPPENING.stride;
  drain(board, CONTROL.happeningHead, CONTROL.happeningTail, capacity, (entry) => {
    const at = entry * HAPPENING.stride;
    events.push({
      timeNs: board.happenings[at + HAPPENING.timeNs]!,
      kind: HAPPENINGS[board.happenings[at + HAPPENING.kind]!]!,
      target: board.happenings[at + HAPPENING.target]!,
    });
  });
  return events;
}

function drain(
  board: Board,
  head: number,
  tail: number,
  capacity: number,
  each: (entry: number) => void,
): void {
  const end = Atomics.load(board.control, head);
  let next = Atomics.load(board.control, tail);
  for (; next !== end; next = (next + 1) | 0) each(next & (capacity - 1));
  Atomics.store(board.control, tail, next);
}

/** Part of the ring that the worker may overwrite while its oldest rows are copied. */
const OVERWRITE_SHARE = 16;

/**
 * Follows a worker's ring of ended requests.
 *
 * ```
 *   oldest                     total
 *   |..........................|      rows by number since the start; the ring keeps the newest rowCapacity
 * ```
 */
export class RowCursor {
  readonly #board: Board;
  #total = 0;
  #head = 0;

  constructor(board: Board) {
    this.#board = board;
  }

  /** Looks how far the worker has written; to be called at least once every 2^31 rows. */
  update(): void {
    const head = Atomics.load(this.#board.control, CONTROL.rowHead);
    this.#total += (head - this.#head) >>> 0;
    this.#head = head;
  }

  /** Rows written since the start, at the last {@link update}. */
  get total(): number {
    return this.#total;
  }

  /** Number of the oldest row that is safe to read. */
  get oldest(): number {
    const capacity = this.#board.shape.rowCapacity;
    return Math.max(0, this.#total - capacity + capacity / OVERWRITE_SHARE);
  }

  /** Rows from number `from` on that can still be read. */
  unread(from: number): number {
    return this.#total - Math.max(from, this.oldest);
  }

  /** Whether what lies from number `from` on fills half of the ring: the other half is time enough to read it. */
  isHalfFull(from: number): boolean {
    return this.#total - from > this.#board.shape.rowCapacity / 2;
  }

  /** Number of the first row that ended at or after a time, or of the oldest row kept where that is later. */
  firstEndedSince(timeNs: number): number {
    let [low, high] = [this.oldest, this.#total];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      // Rows are in order of their ends but for the length of one batch.
      if (this.#endedNs(middle) < timeNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether rows that ended at `timeNs` or later were already overwritten. */
  hasLostSince(timeNs: number): boolean {
    return this.oldest > 0 && this.oldest < this.#total && this.#endedNs(this.oldest) > timeNs;
  }

  /** Copies rows `from` ... total of one target that were due up to `dueNsMax`. */
  copy(from: number, target: number, dueNsMax: number, into: RowTable): void {
    const { rows, rowTags, shape } = this.#board;
    for (let n = Math.max(from, this.oldest); n < this.#total; n++) {
      const row = n & (shape.rowCapacity - 1);
      const tag = row * ROW.tagStride;
      const what = rowTags[tag + ROW.what]!;
      const at = row * ROW.stride;
      if ((what & 0xffff) !== target || rows[at + ROW.dueNs]! > dueNsMax) continue;
      const index = into.add();
      if (index < 0) continue;
      into.column('sequence')[index] = rows[at + ROW.sequence]!;
      into.column('target')[index] = target;
      into.column('worker')[index] = shape.worker;
      into.column('association')[index] = rowTags[tag + ROW.association]!;
      into.column('dueNs')[index] = rows[at + ROW.dueNs]!;
      into.column('offeredNs')[index] = rows[at + ROW.offeredNs]!;
      into.column('firstNs')[index] = rows[at + ROW.firstNs]!;
      into.column('lastNs')[index] = rows[at + ROW.lastNs]!;
      into.column('previousNs')[index] = rows[at + ROW.previousNs]!;
      into.column('transmissions')[index] = rowTags[tag + ROW.transmissions]!;
      into.column('answeredNs')[index] = rows[at + ROW.answeredNs]!;
      into.column('endedNs')[index] = rows[at + ROW.endedNs]!;
      into.column('outcome')[index] = (what >>> 16) & 0xff;
      into.column('rerouted')[index] = (what >>> 24) & 3;
      into.column('elsewhere')[index] = (what >>> 26) & 1;
    }
  }

  #endedNs(n: number): number {
    return this.#board.rows[(n & (this.#board.shape.rowCapacity - 1)) * ROW.stride + ROW.endedNs]!;
  }
}
