/** What the rule looks at: one interval over all targets. */
export interface IntervalLoad {
  readonly startNs: number;
  readonly endNs: number;
  readonly due: number;
  readonly offered: number;
  /** Requests offered later than {@link lagLimitNs} after they were due. */
  readonly lagOver: number;
}

const LAG_NS_MIN = 10e6;
const TICKS = 3;
const LAG_SHARE_MAX = 0.01;
const OFFERED_SHARE_MIN = 0.999;
/** A shared machine stalls a thread for 10 to 25 ms now and then: less schedule than this says nothing. */
const JUDGED_NS = 10e9;

/** Schedule lag above this counts against the run: the larger of 10 ms and 3 pacing ticks. @param tickNs 0 without ticks. */
export function lagLimitNs(tickNs: number): number {
  return Math.max(LAG_NS_MIN, TICKS * tickNs);
}

/** What a {@link ValidityRule} knows, as plain data; times as it was given them. */
export interface ValidityState {
  readonly due: number;
  readonly offered: number;
  readonly worst: { readonly share: number; readonly startNs: number } | null;
  readonly blocksOver: number;
  readonly block: IntervalLoad | null;
}

/**
 * Finds a saturated generator, and nothing else: schedule lag above the limit for more than 1 % of the requests of any interval
 * (intervals below 10 s are judged together until they make 10 s), or fewer than 99.9 % of the due requests offered. Transport wait
 * never counts: that is the target's or the network's doing. Fed one interval after the other; keeps no list.
 */
export class ValidityRule {
  #due = 0;
  #offered = 0;
  #worst: { share: number; startNs: number } | null = null;
  #blocksOver = 0;
  #block: IntervalLoad | null = null;

  add(interval: IntervalLoad): void {
    this.#due += interval.due;
    this.#offered += interval.offered;
    const before = this.#block;
    const block =
      before === null
        ? interval
        : {
            startNs: before.startNs,
            endNs: interval.endNs,
            due: before.due + interval.due,
            offered: before.offered + interval.offered,
            lagOver: before.lagOver + interval.lagOver,
          };
    this.#block = block;
    if (block.endNs - block.startNs >= JUDGED_NS) this.#judge(block);
  }

  get state(): ValidityState {
    return {
      due: this.#due,
      offered: this.#offered,
      worst: this.#worst,
      blocksOver: this.#blocksOver,
      block: this.#block,
    };
  }

  /** Goes on from another rule's state. @param shiftNs added to its times */
  carry(state: ValidityState, shiftNs: number): void {
    this.#due = state.due;
    this.#offered = state.offered;
    this.#worst = state.worst === null ? null : { ...state.worst, startNs: state.worst.startNs + shiftNs };
    this.#blocksOver = state.blocksOver;
    // What is left over of less than 10 s is judged by itself: it must not be joined with intervals from after the interruption.
    if (state.block !== null) {
      const { startNs, endNs } = state.block;
      this.#judge({ ...state.block, startNs: startNs + shiftNs, endNs: endNs + shiftNs });
    }
  }

  /** Reasons why the run is invalid, in words; empty when it is valid. @param startNs start of the schedule. */
  reasons(startNs: number, limitNs: number): string[] {
    const reasons: string[] = [];
    const rest = this.#block;
    if (rest !== null) this.#judge(rest);
    const worst = this.#worst;
    if (worst !== null) {
      const seconds = ((worst.startNs - startNs) / 1e9).toFixed(1);
      const percent = (worst.share * 100).toFixed(1);
      reasons.push(
        `generator saturated: schedule lag above ${limitNs / 1e6} ms for ${percent} % of the requests due from ${seconds} s on (limit 1 %), ${this.#blocksOver} time(s)`,
      );
    }
    if (this.#due > 0 && this.#offered < OFFERED_SHARE_MIN * this.#due) {
      const percent = ((this.#offered / this.#due) * 100).toFixed(2);
      reasons.push(`generator saturated: only ${percent} % of the due requests were offered (limit 99.9 %)`);
    }
    return reasons;
  }

  /** A block shorter than 10 s may have as many late requests as 10 s of its schedule might. */
  #judge(block: IntervalLoad): void {
    this.#block = null;
    if (block.due === 0) return;
    const share = block.lagOver / block.due;
    const lengthNs = Math.max(1, block.endNs - block.startNs);
    if (share <= LAG_SHARE_MAX * Math.max(1, JUDGED_NS / lengthNs)) return;
    this.#blocksOver++;
    if (this.#worst === null || share > this.#worst.share) this.#worst = { share, startNs: block.startNs };
  }
}
