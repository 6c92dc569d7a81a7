import { describe, expect, it } from 'vitest';
import { type Board, CONTROL, createBoard, ROW } from './board.js';
import { Evidence } from './evidence.js';

/** 100 rows a second of one worker, ring of 4 096. */
const board = (): Board =>
  createBoard({
    ...{ worker: 0, targets: 1, startNs: 0, intervalNs: 1e9, requestLifeNsMax: 5e9 },
    ...{ ratePerSecond: 100, lagLimitNs: 10e6 },
  });

const SPACING_NS = 10e6;

/** The worker's hand: rows that were due and answered one after the other, up to a time. */
function writeUpTo(target: Board, timeNs: number): void {
  let head = target.control[CONTROL.rowHead]!;
  for (; (head + 1) * SPACING_NS <= timeNs; head++) {
    const row = head & (target.shape.rowCapacity - 1);
    target.rowTags.fill(0, row * ROW.tagStride, (row + 1) * ROW.tagStride);
    const at = row * ROW.stride;
    target.rows[at + ROW.sequence] = head;
    target.rows[at + ROW.dueNs] = (head + 1) * SPACING_NS - 1e6;
    target.rows[at + ROW.answeredNs] = (head + 1) * SPACING_NS;
    target.rows[at + ROW.endedNs] = (head + 1) * SPACING_NS;
  }
  target.control[CONTROL.rowHead] = head;
}

const gapAt = (fromNs: number, toNs: number) => ({ lastAnswerNs: fromNs, startNs: fromNs, endNs: toNs });

describe('evidence of gaps', () => {
  it('costs no memory until it is complete, however many gaps are under way, and each has all its rows then', () => {
    const source = board();
    const evidence = new Evidence([source]);
    const gaps = Array.from({ length: 12 }, (_, n) => gapAt(6e9 + n * 0.3e9, 6.1e9 + n * 0.3e9));
    let judged = 0;
    for (let nowNs = 0.1e9; nowNs < 16e9; nowNs += 0.1e9) {
      writeUpTo(source, nowNs);
      evidence.update();
      for (const gap of gaps) if (gap.endNs > nowNs - 0.1e9 && gap.endNs <= nowNs) evidence.open(0, gap);
      for (const { gap, rows, truncated } of evidence.takeComplete(nowNs)) {
        judged += 1;
        expect(truncated).toBe(false);
        expect(evidence.rowsEarly).toBe(0);
        const sequences = new Set([...rows.inDueOrder()].map(({ sequence }) => sequence));
        const first = Math.ceil((gap.lastAnswerNs - 5e9) / SPACING_NS);
        const last = Math.floor((gap.endNs + 5e9) / SPACING_NS) - 1;
        for (let n = first; n <= last; n++) expect(sequences).toContain(n);
        expect(sequences.size).toBe(rows.length);
      }
    }
    expect(judged).toBe(gaps.length);
  });

  it('that lasts longer than the ring is saved before it is overwritten', () => {
    const source = board();
    const evidence = new Evidence([source]);
    const ringNs = source.shape.rowCapacity * SPACING_NS;
    writeUpTo(source, 6e9);
    evidence.update();
    evidence.open(0, { ...gapAt(6e9, 6.1e9), endNs: 6e9 + 2 * ringNs });
    const taken: number[] = [];
    for (let nowNs = 6e9; nowNs < 12e9 + 2 * ringNs; nowNs += 0.5e9) {
      writeUpTo(source, nowNs);
      evidence.update();
      for (const { rows, truncated } of evidence.takeComplete(nowNs)) {
        expect(truncated).toBe(false);
        taken.push(rows.length);
      }
    }
    expect(taken).toHaveLength(1);
    // 5 s before, twice the ring, 5 s after.
    expect(taken[0]).toBeGreaterThan(2 * source.shape.rowCapacity + 990);
  });

  it('that nobody saved in time says so', () => {
    const source = board();
    const evidence = new Evidence([source]);
    writeUpTo(source, 6e9);
    evidence.update();
    evidence.open(0, gapAt(6e9, 6.1e9));
    writeUpTo(source, 6e9 + 3 * source.shape.rowCapacity * SPACING_NS);
    evidence.update();
    const [capture] = [...evidence.takeComplete(Number.POSITIVE_INFINITY)];
    expect(capture!.truncated).toBe(true);
  });
});
