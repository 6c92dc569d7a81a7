/**
 * What a worker thread and the thread that started it share. A worker that computes takes no messages, so that both sides use this block.
 *
 *     int32 [0]  0 while running, 1 when the worker shall end
 *     int64 [1]  work done: bytes, or microseconds busy
 *     int64 [2]  work that came due while the thread could not run, and was left out
 *     int64 [3]  passes or rounds finished
 */
export interface Control {
  readonly shared: SharedArrayBuffer;
  readonly flag: Int32Array;
  readonly counters: BigInt64Array;
}

const STOP = 0;
const DONE = 1;
const MISSED = 2;
const ROUNDS = 3;

/** A view of a new control block, or of the one that another thread made. */
export function controlBlock(shared: SharedArrayBuffer = new SharedArrayBuffer(32)): Control {
  return { shared, flag: new Int32Array(shared, 0, 2), counters: new BigInt64Array(shared) };
}

/** Tells the worker to end; wakes it when it sleeps. */
export function requestStop(control: Control): void {
  Atomics.store(control.flag, STOP, 1);
  Atomics.notify(control.flag, STOP);
}

/** Sleeps without a timer. @returns false when the worker shall end. */
export function sleep(control: Control, ms: number): boolean {
  if (ms > 0) Atomics.wait(control.flag, STOP, 0, ms);
  return Atomics.load(control.flag, STOP) === 0;
}

/** Adds to the counters. */
export function count(control: Control, done: number, missed: number, rounds: number): void {
  if (done !== 0) Atomics.add(control.counters, DONE, BigInt(Math.round(done)));
  if (missed !== 0) Atomics.add(control.counters, MISSED, BigInt(Math.round(missed)));
  if (rounds !== 0) Atomics.add(control.counters, ROUNDS, BigInt(rounds));
}

/** The counters of several workers, added up. */
export function readCounters(controls: readonly Control[]): { done: number; missed: number; rounds: number } {
  const sum = (index: number): number =>
    controls.reduce((total, control) => total + Number(Atomics.load(control.counters, index)), 0);
  return { done: sum(DONE), missed: sum(MISSED), rounds: sum(ROUNDS) };
}
