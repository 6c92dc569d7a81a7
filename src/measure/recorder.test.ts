import { describe, expect, it } from 'vitest';
import { type BoardPlan, CONTROL, createBoard } from './board.js';
import { RowCursor, takeSlot } from './harvest.js';
import { Recorder } from './recorder.js';
import { EVENT, OUTCOME } from './recording.js';
import { RowTable } from './rows.js';
import { Totals } from './totals.js';

const PLAN: BoardPlan = {
  worker: 3,
  targets: 2,
  startNs: 1_000,
  intervalNs: 1e9,
  requestLifeNsMax: 2e9,
  ratePerSecond: 100,
  lagLimitNs: 10e6,
};

function columnsOf(slots: number) {
  return {
    dueNs: new Float64Array(slots),
    offeredNs: new Float64Array(slots),
    target: new Uint8Array(slots),
    association: new Int32Array(slots),
    firstNs: new Float64Array(slots),
    lastNs: new Float64Array(slots),
    previousNs: new Float64Array(slots),
    count: new Uint16Array(slots),
    rerouted: new Uint8Array(slots),
  };
}

function setUp(plan: Partial<BoardPlan> = {}) {
  const board = createBoard({ ...PLAN, ...plan });
  const columns = columnsOf(16);
  const recorder = new Recorder(board, columns);
  const at = new Float64Array(1);
  const request = (slot: number, target: number, dueNs: number, offeredNs: number, answeredNs: number) => {
    columns.target[slot] = target;
    columns.dueNs[slot] = dueNs;
    recorder.due(slot);
    columns.offeredNs[slot] = offeredNs;
    recorder.offered(slot);
    columns.firstNs[slot] = offeredNs + 1_000;
    columns.lastNs[slot] = offeredNs + 1_000;
    columns.count[slot] = 1;
    columns.association[slot] = 7;
    at[0] = answeredNs;
    if (answeredNs > 0) recorder.completed(slot, OUTCOME.succeeded, at, 0);
  };
  const totals = (interval: number, target: number) => {
    const into = new Totals();
    takeSlot(board, interval, target, into);
    return into;
  };
  return { board, columns, recorder, request, totals };
}

describe('the recorder', () => {
  it('counts a request in the interval in which it was due, whenever it is answered', () => {
    const { request, totals } = setUp();
    request(0, 1, 999_000_000, 999_050_000, 2_500_000_000);
    request(1, 1, 1_500_000_000, 1_512_000_000, 1_513_000_000);
    const first = totals(0, 1);
    expect([first.due, first.offered, first.answered, first.lagOver]).toEqual([1, 1, 1, 0]);
    expect(first.outcomes.succeeded).toBe(1);
    expect(first.durations.latency.maxNs).toBe(1_501_000_000);
    expect(first.durations.service.maxNs).toBe(1_500_950_000);
    expect(first.durations.lag.maxNs).toBe(50_000);
    expect(first.durations.wait.maxNs).toBe(1_000);
    expect(first.durations.response.maxNs).toBe(1_500_949_000);
    const second = totals(1, 1);
    expect([second.due, second.lagOver]).toEqual([1, 1]);
    expect(totals(0, 0).due).toBe(0);
    expect(totals(0, 1).due).toBe(0);
  });

  it('enters what was not answered as censored, and refused requests as unsent and offered', () => {
    const { request, recorder, totals, columns } = setUp();
    request(0, 0, 10_000, 12_000, 0);
    recorder.ended(0, OUTCOME.timedOut, 30_010_000);
    recorder.refused(0, 20_000, 25_000);
    recorder.event(0, EVENT.late, 40_000);
    expect(columns.dueNs[0]).toBe(10_000);
    const counted = totals(0, 0);
    expect([counted.due, counted.offered, counted.ended]).toEqual([2, 2, 2]);
    expect(counted.outcomes).toMatchObject({ timedOut: 1, unsent: 1, succeeded: 0 });
    expect(counted.events.late).toBe(1);
    expect(counted.durations.censored.count).toBe(2);
    expect(counted.durations.censored.maxNs).toBe(30_000_000);
    expect(counted.durations.latency.count).toBe(0);
  });

  it('says so when an interval finds its slot not yet taken, and loses no request', () => {
    const { board, request, totals } = setUp();
    const { slots } = board.shape;
    for (let interval = 0; interval <= slots; interval++) {
      request(interval % 16, 0, 1_000 + interval * 1e9, 2_000 + interval * 1e9, 5_000 + interval * 1e9);
    }
    expect(board.control[CONTROL.slotOverruns]).toBe(1);
    let due = 0;
    for (let interval = 0; interval < slots; interval++) due += totals(interval, 0).due;
    expect(due).toBe(slots + 1);
  });

  it('keeps the newest rows, and the cursor knows when older ones are gone', () => {
    const { board, request, recorder } = setUp();
    const cursor = new RowCursor(board);
    const total = board.shape.rowCapacity + 500;
    for (let n = 0; n < total; n++) request(n & 15, n & 1, 2_000 + n * 100, 2_010 + n * 100, 2_050 + n * 100);
    recorder.publish(Float64Array.of(1e9, 1e9), 0, 1);
    cursor.update();
    expect(cursor.total).toBe(total);
    expect(cursor.hasLostSince(0)).toBe(true);
    expect(cursor.hasLostSince(2_050 + (total - 1) * 100)).toBe(false);
    const rows = new RowTable(1e6);
    cursor.copy(cursor.firstEndedSince(2_050 + (total - 10) * 100), 1, Number.POSITIVE_INFINITY, rows);
    expect(rows.length).toBe(5);
    expect(rows.row(4)).toMatchObject({
      worker: 3,
      target: 1,
      association: 7,
      outcome: 'succeeded',
      transmissions: 1,
    });
    expect(rows.row(4).answeredNs).toBe(2_050 + (total - 1) * 100);
  });

  it('refuses a plan beyond a bound, and names the setting', () => {
    expect(() => createBoard({ ...PLAN, requestLifeNsMax: 600e9 })).toThrow(/--interval 5s/);
    expect(() => createBoard({ ...PLAN, targets: 65 })).toThrow(/65 targets/);
    expect(() => createBoard({ ...PLAN, targets: 64, requestLifeNsMax: 100e9 })).toThrow(/MiB a worker/);
  });
});

describe('an event read after its interval was taken', () => {
  it('counts in the oldest interval that is still to come', () => {
    const { board, recorder, request, totals } = setUp();
    request(0, 0, 1_500, 1_600, 2_000);
    expect(totals(0, 0).due).toBe(1);
    expect(totals(1, 0).due).toBe(0);
    // The collector has freed the first two intervals; this worker has opened only the first.
    Atomics.store(board.control, CONTROL.harvested, 2);
    recorder.event(0, EVENT.late, 0.9e9);
    expect(totals(2, 0).events.late).toBe(1);
    recorder.event(0, EVENT.late, 3.5e9);
    expect(totals(3, 0).events.late).toBe(1);
  });
});
