import {
  type Board,
  CLOCK,
  CONTROL,
  type HAPPENINGS,
  KIND,
  KINDS,
  LIVE,
  MEASURE_LIMITS,
  ROW,
  SLOT,
} from './board.js';
import { writeAssociation, writeGap, writeHappening, writeStall } from './board-writers.js';
import { BUCKET_COUNT, bucketIn } from './buckets.js';
import { type AssociationSample, OUTCOME, type RequestColumns } from './recording.js';

type Happening = (typeof HAPPENINGS)[number];

/**
 * Counts what happens to the requests of one worker. Allocates nothing after construction.
 *
 * The life of a request: {@link due} when its time has come and it has a slot; {@link offered} when the binding took
 * it; {@link completed} when its answer ended it, or {@link answered} and later {@link ended} when more follows the
 * first answer, or {@link ended} alone when no answer came. A request that never got a slot is {@link refused}.
 * The loop calls {@link publish} once a turn.
 */
export class Recorder {
  readonly #board: Board;
  readonly #columns: RequestColumns;
  readonly #live: Float64Array;
  readonly #slots: Float64Array;
  readonly #counts: Uint32Array;
  readonly #control: Int32Array;
  readonly #targets: number;
  readonly #slotCount: number;
  readonly #startNs: number;
  readonly #intervalNs: number;
  readonly #lagLimitNs: number;
  readonly #rowMask: number;
  /** Per request slot: its number among the requests to its target, and when it was first answered (0 until then). */
  readonly #sequence: Float64Array;
  readonly #answeredNs: Float64Array;
  /** Per target: requests due so far, and one more than the highest sequence answered. */
  readonly #dueCount: Float64Array;
  readonly #answeredUpTo: Float64Array;
  /** Newest interval that has a slot, and where that interval begins and ends. */
  #opened = 0;
  /** First cell of the newest interval's slot: spares a division a request. */
  #openedCell = 0;
  #openedStartNs: number;
  #openedEndNs: number;
  #rowHead = 0;
  /** Two times that would be arguments of private methods, ns: as such V8 would put them on the heap for every request. */
  readonly #duration = new Float64Array(1);
  readonly #endedNs = new Float64Array(1);

  constructor(board: Board, columns: RequestColumns) {
    const { shape } = board;
    this.#board = board;
    this.#columns = columns;
    this.#live = board.live;
    this.#slots = board.slots;
    this.#counts = board.counts;
    this.#control = board.control;
    this.#targets = shape.targets;
    this.#slotCount = shape.slots;
    this.#startNs = shape.startNs;
    this.#intervalNs = shape.intervalNs;
    this.#lagLimitNs = shape.lagLimitNs;
    this.#rowMask = shape.rowCapacity - 1;
    this.#sequence = new Float64Array(columns.dueNs.length);
    this.#answeredNs = new Float64Array(columns.dueNs.length);
    this.#dueCount = new Float64Array(shape.targets);
    this.#answeredUpTo = new Float64Array(shape.targets);
    this.#openedStartNs = shape.startNs;
    this.#openedEndNs = shape.startNs + shape.intervalNs;
  }

  /** The request's intended send time has come. Reads `dueNs` and `target`. */
  due(slot: number): void {
    const target = this.#columns.target[slot]!;
    const dueNs = this.#columns.dueNs[slot]!;
    if (dueNs >= this.#openedEndNs) this.#open(dueNs);
    this.#sequence[slot] = this.#dueCount[target]!++;
    this.#answeredNs[slot] = 0;
    const live = target * LIVE.stride;
    this.#live[live + LIVE.due]!++;
    if (this.#live[live + LIVE.waitingSinceNs] === Number.POSITIVE_INFINITY) {
      this.#live[live + LIVE.waitingSinceNs] = dueNs;
    }
    this.#slots[this.#cellOf(slot) * SLOT.stride + SLOT.due]!++;
  }

  /**
   * A request was due and found no room in the bounded queue: it is `unsent` at once. It counts as offered: the queue is full because the
   * target or the network takes nothing, and that is no fault of the generator.
   */
  refused(target: number, dueNs: number, nowNs: number): void {
    if (dueNs >= this.#openedEndNs) this.#open(dueNs);
    const sequence = this.#dueCount[target]!++;
    const live = target * LIVE.stride;
    this.#live[live + LIVE.due]!++;
    this.#live[live + LIVE.outcomes + OUTCOME.unsent]!++;
    if (this.#live[live + LIVE.waitingSinceNs] === Number.POSITIVE_INFINITY) {
      this.#live[live + LIVE.waitingSinceNs] = dueNs;
    }
    const cell = this.#cell(dueNs, target);
    this.#slots[cell * SLOT.stride + SLOT.due]!++;
    this.#slots[cell * SLOT.stride + SLOT.outcomes + OUTCOME.unsent]!++;
    this.#duration[0] = nowNs - dueNs;
    this.#countOffer(cell, target);
    this.#record(cell, KIND.censored);
    const row = this.#rowHead & this.#rowMask;
    const rows = this.#board.rows;
    const at = row * ROW.stride;
    rows.fill(0, at, at + ROW.stride);
    rows[at + ROW.sequence] = sequence;
    rows[at + ROW.dueNs] = dueNs;
    rows[at + ROW.endedNs] = nowNs;
    const tag = row * ROW.tagStride;
    this.#board.rowTags[tag + ROW.what] = target | (OUTCOME.unsent << 16);
    this.#board.rowTags[tag + ROW.association] = 0;
    this.#board.rowTags[tag + ROW.transmissions] = 0;
    this.#rowHead = (this.#rowHead + 1) | 0;
  }

  /**
   * The request was offered to the binding for the first time, whether the binding took it or had no room and it now waits in order.
   * Reads `offeredNs`. Once a request, also when it is sent again later.
   */
  offered(slot: number): void {
    this.#duration[0] = this.#columns.offeredNs[slot]! - this.#columns.dueNs[slot]!;
    this.#countOffer(this.#cellOf(slot), this.#columns.target[slot]!);
  }

  /** Its lag stands in {@link #duration}. */
  #countOffer(cell: number, target: number): void {
    const at = cell * SLOT.stride;
    this.#slots[at + SLOT.offered]!++;
    if (this.#duration[0]! > this.#lagLimitNs) this.#slots[at + SLOT.lagOver]!++;
    this.#live[target * LIVE.stride + LIVE.offered]!++;
    this.#record(cell, KIND.lag);
  }

  /**
   * The first application answer to a request, received at `times[index]`; more legs follow, and the outcome comes with {@link ended}. The row is
   * written now, because the transmission times of the slot are those of the next leg later.
   * @param from target that gave the answer: another one than the request's own after a reroute, and then no sign of life of its own
   */
  answered(slot: number, times: Float64Array, index: number, from = this.#columns.target[slot]!): void {
    this.#countAnswer(slot, times, index, from);
    this.#endedNs[0] = times[index]!;
    this.#writeRow(slot, OUTCOME.succeeded, from);
  }

  #countAnswer(slot: number, times: Float64Array, index: number, from: number): void {
    const columns = this.#columns;
    const target = columns.target[slot]!;
    const atNs = times[index]!;
    const dueNs = columns.dueNs[slot]!;
    const offeredNs = columns.offeredNs[slot]!;
    const firstNs = columns.firstNs[slot]!;
    this.#answeredNs[slot] = atNs;
    const cell = this.#cellOf(slot);
    this.#slots[cell * SLOT.stride + SLOT.answered]!++;
    this.#duration[0] = atNs - dueNs;
    this.#record(cell, KIND.latency);
    this.#duration[0] = atNs - offeredNs;
    this.#record(cell, KIND.service);
    if (firstNs > 0) {
      this.#duration[0] = firstNs - offeredNs;
      this.#record(cell, KIND.wait);
      this.#duration[0] = atNs - firstNs;
      this.#record(cell, KIND.response);
    }
    const live = target * LIVE.stride;
    this.#live[live + LIVE.answered]!++;
    this.#live[live + LIVE.latencySumNs] = this.#live[live + LIVE.latencySumNs]! + atNs - dueNs;
    const maxNs = this.#live[live + LIVE.latencyMaxNs]!;
    this.#live[live + LIVE.latencyMaxNs] = Math.max(maxNs, atNs - dueNs);
    const sequence = this.#sequence[slot]!;
    if (from === target && sequence >= this.#answeredUpTo[target]!) this.#answeredUpTo[target] = sequence + 1;
    this.heard(from, times, index);
  }

  /** The one answer of a request that ends with it. */
  completed(
    slot: number,
    outcome: number,
    times: Float64Array,
    index: number,
    from = this.#columns.target[slot]!,
  ): void {
    this.#countAnswer(slot, times, index, from);
    this.#endedNs[0] = times[index]!;
    this.#writeRow(slot, outcome, from);
    this.#end(slot, outcome);
  }

  /**
   * Any application answer of a target (first, later leg, late, duplicate), received at `times[index]`: it ends a gap.
   * {@link answered} calls this itself. UDTS, P-Abort and local errors are no application answers.
   *
   * A request older than the newest answered one is a straggler, lost or overtaken: the target has answered since, so
   * it opens no gap of its own.
   */
  heard(target: number, times: Float64Array, index: number): void {
    const atNs = times[index]!;
    const live = target * LIVE.stride;
    const previousNs = this.#live[live + LIVE.lastAnswerNs]!;
    if (atNs > previousNs) {
      if (atNs - previousNs > MEASURE_LIMITS.gapNsMin) writeGap(this.#board, target, previousNs, atNs);
      this.#live[live + LIVE.lastAnswerNs] = atNs;
    }
    const waiting = this.#dueCount[target]! > this.#answeredUpTo[target]!;
    this.#live[live + LIVE.waitingSinceNs] = waiting ? atNs : Number.POSITIVE_INFINITY;
  }

  /** A later leg of a transaction went out at `times[index]` and now waits for its answer. */
  legSent(target: number, times: Float64Array, index: number): void {
    const at = target * LIVE.stride + LIVE.waitingSinceNs;
    if (this.#live[at] === Number.POSITIVE_INFINITY) this.#live[at] = times[index]!;
  }

  /** The answer to a later leg, sent at `sentNs` and received at `times[index]`; counts with the request in `slot`. */
  legAnswered(slot: number, sentNs: number, times: Float64Array, index: number): void {
    const target = this.#columns.target[slot]!;
    this.#duration[0] = times[index]! - sentNs;
    this.#record(this.#cellOf(slot), KIND.release);
    this.heard(target, times, index);
  }

  /** A request ended: counts its outcome (see {@link OUTCOME}), and writes its row where no answer has. */
  ended(slot: number, outcome: number, endedNs: number): void {
    this.#endedNs[0] = endedNs;
    this.#end(slot, outcome);
  }

  #end(slot: number, outcome: number): void {
    const columns = this.#columns;
    const target = columns.target[slot]!;
    const answeredNs = this.#answeredNs[slot]!;
    const cell = this.#cellOf(slot);
    this.#slots[cell * SLOT.stride + SLOT.outcomes + outcome]!++;
    this.#live[target * LIVE.stride + LIVE.outcomes + outcome]!++;
    if (answeredNs === 0) {
      this.#duration[0] = this.#endedNs[0]! - columns.dueNs[slot]!;
      this.#record(cell, KIND.censored);
      const firstNs = columns.firstNs[slot]!;
      if (firstNs > 0) {
        this.#duration[0] = firstNs - columns.offeredNs[slot]!;
        this.#record(cell, KIND.wait);
      }
      this.#writeRow(slot, outcome, target);
    }
  }

  #writeRow(slot: number, outcome: number, from: number): void {
    const columns = this.#columns;
    const target = columns.target[slot]!;
    const elsewhere = from === target ? 0 : 1;
    const row = this.#rowHead & this.#rowMask;
    const { rows, rowTags: tags } = this.#board;
    const at = row * ROW.stride;
    rows[at + ROW.sequence] = this.#sequence[slot]!;
    rows[at + ROW.dueNs] = columns.dueNs[slot]!;
    rows[at + ROW.offeredNs] = columns.offeredNs[slot]!;
    rows[at + ROW.firstNs] = columns.firstNs[slot]!;
    rows[at + ROW.lastNs] = columns.lastNs[slot]!;
    rows[at + ROW.previousNs] = columns.previousNs[slot]!;
    rows[at + ROW.answeredNs] = this.#answeredNs[slot]!;
    rows[at + ROW.endedNs] = this.#endedNs[0]!;
    const tag = row * ROW.tagStride;
    tags[tag + ROW.what] = target | (outcome << 16) | (columns.rerouted[slot]! << 24) | (elsewhere << 26);
    tags[tag + ROW.association] = columns.association[slot]!;
    tags[tag + ROW.transmissions] = columns.count[slot]!;
    this.#rowHead = (this.#rowHead + 1) | 0;
  }

  /** Something counted beside the outcomes (see {@link EVENT}), in the interval of `nowNs`, or the oldest one that was not taken yet. */
  event(target: number, event: number, nowNs: number): void {
    // An answer may have come before its interval was taken and be read after that: the slot already belongs to a later interval.
    const takenNs = this.#startNs + Atomics.load(this.#control, CONTROL.harvested) * this.#intervalNs;
    const atNs = nowNs > takenNs ? nowNs : takenNs;
    if (atNs >= this.#openedEndNs) this.#open(atNs);
    this.#live[target * LIVE.stride + LIVE.events + event]!++;
    const cell = this.#cell(atNs, target);
    this.#slots[cell * SLOT.stride + SLOT.events + event]!++;
  }

  /** The loop of this worker did not run between two times although it had something to do. */
  stall(startNs: number, endNs: number): void {
    writeStall(this.#board, startNs, endNs);
  }

  /** Something happened to an association of a target. */
  happened(kind: Happening, target: number, timeNs: number): void {
    writeHappening(this.#board, kind, target, timeNs);
  }

  /** Statistics of an association, under a number of the caller's choice (from 0); worth a call every 100 ms or so. */
  association(index: number, target: number, sample: AssociationSample): void {
    writeAssociation(this.#board, index, target, sample);
  }

  /**
   * Shows the collector how far this worker is. `times[watermark]`: no answer with an earlier receive time will come any
   * more. `times[oldestDue]`: due time of the oldest request that has not ended; when there is none, the time up to which every due
   * request was started.
   */
  publish(times: Float64Array, watermark: number, oldestDue: number): void {
    const control = this.#control;
    const { clock } = this.#board;
    Atomics.store(control, CONTROL.rowHead, this.#rowHead);
    Atomics.add(control, CONTROL.version, 1);
    clock[CLOCK.watermarkNs] = times[watermark]!;
    clock[CLOCK.oldestDueNs] = times[oldestDue]!;
    Atomics.add(control, CONTROL.version, 1);
  }

  /** CPU time of this thread so far; worth a call every 100 ms or so, before {@link publish}. */
  cpu(cpuNs: number): void {
    this.#board.clock[CLOCK.cpuNs] = cpuNs;
  }

  /** Every request has ended and nothing more will be recorded. */
  finish(nowNs: number): void {
    this.publish(Float64Array.of(nowNs, Number.POSITIVE_INFINITY), 0, 1);
    Atomics.store(this.#control, CONTROL.finished, 1);
  }

  /** Moves on to the interval of a time, or as far as the collector has freed slots. */
  #open(timeNs: number): void {
    const wanted = Math.floor((timeNs - this.#startNs) / this.#intervalNs);
    const limit = Atomics.load(this.#control, CONTROL.harvested) + this.#slotCount - 1;
    if (wanted > limit) this.#control[CONTROL.slotOverruns]!++;
    const index = Math.min(wanted, limit);
    if (index <= this.#opened) return;
    this.#opened = index;
    this.#openedStartNs = this.#startNs + index * this.#intervalNs;
    this.#openedEndNs = this.#openedStartNs + this.#intervalNs;
    this.#openedCell = (index % this.#slotCount) * this.#targets;
  }

  /** Number of the (interval slot, target) in which a request counts. */
  #cellOf(slot: number): number {
    const { dueNs, target } = this.#columns;
    if (dueNs[slot]! >= this.#openedStartNs) return this.#openedCell + target[slot]!;
    return this.#cell(dueNs[slot]!, target[slot]!);
  }

  /** The same by a due time. */
  #cell(dueNs: number, target: number): number {
    if (dueNs >= this.#openedStartNs) return this.#openedCell + target;
    const index = Math.max(0, Math.floor((dueNs - this.#startNs) / this.#intervalNs));
    return (index % this.#slotCount) * this.#targets + target;
  }

  /** Counts the duration that stands in {@link #duration}. */
  #record(cell: number, kind: number): void {
    const duration = this.#duration;
    const ns = duration[0]! > 0 ? duration[0]! : 0;
    const slots = this.#slots;
    const at = cell * SLOT.stride + SLOT.kinds + kind * SLOT.kindStride;
    const count = slots[at]!;
    slots[at] = count + 1;
    slots[at + 1] = slots[at + 1]! + ns;
    slots[at + 2] = slots[at + 2]! + ns * ns;
    if (count === 0 || ns < slots[at + 3]!) slots[at + 3] = ns;
    if (ns > slots[at + 4]!) slots[at + 4] = ns;
    this.#counts[(cell * KINDS.length + kind) * BUCKET_COUNT + bucketIn(duration)]!++;
  }
}
