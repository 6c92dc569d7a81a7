import type { Board } from './board.js';
import type { TargetGap } from './gap-merge.js';
import { RowCursor } from './harvest.js';
import { REFERENCE_NS } from './reference.js';
import { RowTable } from './rows.js';

/** Rows are kept from this long before a gap to this long after. */
export const EVIDENCE_NS = REFERENCE_NS;
/** Rows of one gap (13 columns of 8 bytes each). */
const ROWS_PER_GAP_MAX = 600_000;
/** Gaps whose evidence is collected at the same time; further ones are judged without. */
const CAPTURES_MAX = 16;
/** Rows of all gaps together that are copied before their gap can be judged (120 bytes each). Beyond it they stay in the ring until it overwrites them. */
const ROWS_EARLY_MAX = 1_000_000;
/** Rows are in order of their ends only to within a batch of the worker's loop. */
const ORDER_SLACK_NS = 100e6;

/** A gap with the rows around it, complete when every request due up to {@link untilNs} has ended. */
export interface Capture {
  readonly target: number;
  readonly gap: TargetGap;
  readonly rows: RowTable;
  readonly untilNs: number;
  /** Rows that the reference needs had been overwritten already. */
  truncated: boolean;
  readonly copiedTo: number[];
}

/**
 * Collects the raw rows around gaps from the workers' rings. The rings are the store: rows are copied when their gap is judged, one gap after the other,
 * so that many gaps at a time cost the memory of one. Only where a ring would overwrite what is needed are they copied before.
 *
 * ```
 *   ring   |....from..................total....|
 *               |<-- copied to be judged -->|           usual: all of it is still there when the evidence is complete
 *               |<-- early -->|                         a long gap: half a ring is waiting
 * ```
 */
export class Evidence {
  readonly #cursors: readonly RowCursor[];
  #pending: Capture[] = [];
  /** Gaps that found {@link CAPTURES_MAX} others under way. */
  refused = 0;

  constructor(boards: readonly Board[]) {
    this.#cursors = boards.map((board) => new RowCursor(board));
  }

  /** Gaps under way. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Rows copied for gaps that cannot be judged yet. */
  get rowsEarly(): number {
    return this.#pending.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  /** Looks for new rows, and saves those that would be overwritten soon. To be called before gaps are opened. */
  update(): void {
    for (const cursor of this.#cursors) cursor.update();
    for (const capture of this.#pending) {
      const waiting = this.#cursors.some((cursor, worker) => cursor.isHalfFull(capture.copiedTo[worker]!));
      if (waiting && this.rowsEarly < ROWS_EARLY_MAX) this.#copy(capture);
    }
  }

  /** Begins to collect what surrounds a gap. @returns false when too many are under way. */
  open(target: number, gap: TargetGap): boolean {
    if (this.#pending.length >= CAPTURES_MAX) {
      this.refused++;
      return false;
    }
    const sinceNs = (Number.isFinite(gap.lastAnswerNs) ? gap.lastAnswerNs : gap.startNs) - EVIDENCE_NS;
    const capture: Capture = {
      target,
      gap,
      rows: new RowTable(ROWS_PER_GAP_MAX),
      untilNs: gap.endNs + EVIDENCE_NS,
      truncated: this.#cursors.some((cursor) => cursor.hasLostSince(sinceNs + ORDER_SLACK_NS)),
      copiedTo: this.#cursors.map((cursor) => cursor.firstEndedSince(sinceNs - ORDER_SLACK_NS)),
    };
    this.#pending.push(capture);
    return true;
  }

  /**
   * Gaps of which every row is there: all requests due before `oldestDueNs` have ended. With Infinity all gaps under way. Each is filled when it is
   * asked for: judge it before the next one.
   */
  *takeComplete(oldestDueNs: number): Generator<Capture> {
    const complete = this.#pending.filter(
      (capture) => capture.untilNs < oldestDueNs || oldestDueNs === Number.POSITIVE_INFINITY,
    );
    this.#pending = this.#pending.filter((one) => !complete.includes(one));
    for (let next = complete.shift(); next !== undefined; next = complete.shift()) {
      this.#copy(next);
      yield next;
    }
  }

  #copy(capture: Capture): void {
    const unread = this.#cursors.reduce(
      (sum, cursor, worker) => sum + cursor.unread(capture.copiedTo[worker]!),
      0,
    );
    capture.rows.reserve(unread);
    this.#cursors.forEach((cursor, worker) => {
      const from = capture.copiedTo[worker]!;
      if (from < cursor.oldest && from > 0) capture.truncated = true;
      cursor.copy(from, capture.target, capture.untilNs, capture.rows);
      capture.copiedTo[worker] = cursor.total;
    });
  }
}
