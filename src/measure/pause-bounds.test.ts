import { describe, expect, it } from 'vitest';
import { pauseBounds } from './pause-bounds.js';
import { type RequestRow, RowTable } from './rows.js';

const MS = 1e6;
const EMPTY: RequestRow = {
  sequence: 0,
  target: 0,
  worker: 0,
  association: 1,
  dueNs: 0,
  offeredNs: 0,
  firstNs: 0,
  lastNs: 0,
  previousNs: 0,
  transmissions: 1,
  answeredNs: 0,
  endedNs: 0,
  outcome: 'succeeded',
  rerouted: 0,
  elsewhere: 0,
};

/** A request sent at the given times (ms) and answered at `answered` (ms, 0 never). */
function sent(times: readonly number[], answered: number): RequestRow {
  const at = (n: number) => (times[n] ?? 0) * MS;
  return {
    ...EMPTY,
    dueNs: at(0),
    firstNs: at(0),
    lastNs: at(times.length - 1),
    previousNs: times.length > 1 ? at(times.length - 2) : 0,
    transmissions: times.length,
    answeredNs: answered * MS,
  };
}

function boundsOf(rows: readonly RequestRow[], lastAnswerMs: number, firstAnswerMs: number, bMs = 2) {
  const table = new RowTable(1000);
  for (const row of rows) table.push(row);
  const bounds = pauseBounds({
    rows: table,
    lastAnswerNs: lastAnswerMs * MS,
    firstAnswerNs: firstAnswerMs * MS,
    observedFromNs: 0,
    responseMaxNs: bMs * MS,
    rtoLimitNs: 200 * MS,
  });
  return [bounds.atLeastNs / MS, bounds.atMostNs === null ? null : bounds.atMostNs / MS];
}

describe('pause bounds', () => {
  it('leave room for a whole RTO.Max where the engine tells no transmissions', () => {
    const offered = (at: number, answered: number): RequestRow => ({
      ...EMPTY,
      dueNs: at * MS,
      offeredNs: at * MS,
      transmissions: 0,
      answeredNs: answered * MS,
    });
    // Frozen from 1 005 to 1 705; the kernel's retransmission finds the target back only at 1 800.
    const rows = [offered(1_000, 1_001), offered(1_010, 1_800), offered(1_020, 1_801)];
    const [atLeast, atMost] = boundsOf(rows, 1_001, 1_800);
    expect(atLeast).toBeCloseTo(1_800 - 200 - 1_010 - 2 - 1, 6);
    expect(atLeast).toBeLessThan(700);
    expect(atMost).toBe(801);
  });

  it('use the last retransmission before the wake-up of a 700 ms freeze (RTO 50, 100, 200, 200)', () => {
    // Frozen from 1000 to 1700; the copy that had waited in the target's buffer is answered at once.
    const rows = [sent([1001, 1051, 1151, 1351, 1551], 1701)];
    expect(boundsOf(rows, 1000, 1701)).toEqual([1551 - 1001 - 2, 703]);
    // A message that was transmitted once was held by nothing but the pause: it proves more.
    expect(boundsOf([...rows, sent([1002], 1701.5)], 1000, 1701)[0]).toBeCloseTo(1701 - 1002 - 2 - 1, 6);
  });

  it('do not take the retransmission that got through for a lost one, though it was answered slowly', () => {
    // Woke at 1300; the transmission at 1351 is answered after 4 ms, more than b.
    const rows = [sent([1001, 1151, 1351], 1355)];
    expect(boundsOf(rows, 1000, 1355)[0]).toBeLessThanOrEqual(300);
  });

  it('cut a single transmission at the first answer: what drains later proves no longer pause', () => {
    const rows = [sent([1005], 1900), sent([1006], 1701)];
    expect(boundsOf(rows, 1000, 1701)[0]).toBeLessThan(1701 - 1005);
    expect(boundsOf(rows, 1000, 1701)[0]).toBeGreaterThan(1701 - 1005 - 2 - 10 - 1);
  });

  it('have no upper end while the target has not answered again', () => {
    const rows = [sent([1001, 1051, 1151], 0), sent([1101, 1301], 0)];
    expect(boundsOf(rows, 1000, Number.POSITIVE_INFINITY)).toEqual([1301 - 1001 - 2, null]);
  });

  it('ignore a dropped request from before the last answer', () => {
    const dropped = sent([998.5], 0);
    expect(boundsOf([dropped, sent([1100, 1150], 1160)], 1000, 1160)[0]).toBe(1150 - 1100 - 2);
    expect(
      boundsOf([{ ...dropped, answeredNs: 1161 * MS }, sent([1100, 1150], 1160)], 1000, 1160)[0],
    ).toBeGreaterThan(100);
  });
});
