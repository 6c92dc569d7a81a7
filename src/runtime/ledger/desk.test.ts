import { expect, test } from 'vitest';
import type { Decider } from './decider.js';
import { Desk, SAFE_DESK } from './desk.js';
import type { Lane } from './lane.js';
import { Ring } from './ring.js';
import { SoloLog } from './solo.js';

/** Answers every request with its own octets, under the SLS of its first one. */
class Echo implements Decider {
  readonly full = false;
  readonly records = 0;
  sls = 0;
  #request: Uint8Array = new Uint8Array(0);
  #decided = 0;

  decide(request: Uint8Array): boolean {
    this.#request = request;
    this.sls = request[0]!;
    this.#decided += 1;
    return true;
  }

  writeAnswer(to: Uint8Array): number {
    to.set(this.#request);
    return this.#request.length;
  }

  takeRecords(): Uint8Array | null {
    const records = this.#decided > 0 ? new Uint8Array(this.#decided) : null;
    this.#decided = 0;
    return records;
  }

  expire(): void {}
  apply(): void {}
  snapshot = (): Uint8Array => new Uint8Array(0);
  snapshotPieces = () => ({ count: 1, at: this.snapshot, release: () => undefined });
  restartTimers(): void {}
  responded(): void {}
}

function createDesk(laneCount: number) {
  const lanes: Lane[] = Array.from({ length: laneCount }, () => ({
    requests: new Ring(64 * 1024),
    answers: new Ring(64 * 1024),
  }));
  const log = new SoloLog(0);
  const desk = new Desk(new Echo(), log, {
    durability: 'local',
    lanes,
    nowNs: () => 0,
    rules: SAFE_DESK,
    onProposed: () => undefined,
  });
  /** What was proposed is durable, and its answers leave. */
  const flush = (): void => {
    for (const output of log.take())
      if (output.type === 'journal') log.step({ type: 'flushed', sequence: output.sequence });
    desk.release(0);
  };
  return { desk, lanes, flush };
}

/** Association, SLS and number of every answer in a lane, in order. */
function answersOf({ answers }: Lane): number[][] {
  const found: number[][] = [];
  for (; answers.next(); answers.done()) {
    const { association, tag, offset, bytes } = answers;
    found.push([association, tag, bytes[offset + 1]!]);
  }
  return found;
}

test('an answer goes back through the thread its request came through, also where two threads number their associations alike', () => {
  const { desk, lanes, flush } = createDesk(3);
  for (const lane of [2, 0]) lanes[lane]!.requests.write(1, 0, 0, Uint8Array.of(lane, 7), 0, 2);
  desk.turn(0);
  flush();
  expect(lanes.map(answersOf)).toEqual([[[1, 0, 7]], [], [[1, 2, 7]]]);
});

test('the answers of one SLS of an association leave in the order of its requests, whatever other threads bring meanwhile', () => {
  const { desk, lanes, flush } = createDesk(2);
  for (let number = 0; number < 60; number++) {
    for (const { requests } of lanes) requests.write(1, 0, 0, Uint8Array.of(number % 3, number), 0, 2);
    if (number % 7 === 0) desk.turn(0);
    if (number % 11 === 0) flush();
  }
  for (let turn = 0; turn < 10; turn++) {
    desk.turn(0);
    flush();
  }
  for (const answers of lanes.map(answersOf)) {
    expect(answers).toHaveLength(60);
    for (const sls of [0, 1, 2]) {
      const numbers = answers.filter(([, tag]) => tag === sls).map(([, , number]) => number!);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(numbers).toHaveLength(20);
    }
  }
});
