/**
 * The few words that the main thread and one worker share, because a worker blocked in the binding gets no Node messages.
 *
 * ```
 *   Int32   0 command   1 state   2 wake handle   3 changes of the schedule announced
 *   Float64 2 requests served   3 CPU time of the worker's thread, ns   4 how late a change was taken up, ns
 * ```
 *
 * The main thread writes a command, then wakes the worker; the worker reads the command once per turn of its loop.
 */
const WORDS = 8;

export const COMMAND = {
  none: 0,
  start: 1,
  /** Nothing more is offered; what is in flight is waited for. */
  stopOffering: 2,
  quit: 3,
  /** As `stopOffering`, and what is in flight ends at once. */
  abandon: 4,
} as const;
export type Command = (typeof COMMAND)[keyof typeof COMMAND];

export const WORKER_STATE = {
  booting: 0,
  /** The host is open and its wake handle valid. */
  open: 1,
  /** Every association that the worker asked for carries traffic. */
  ready: 2,
  running: 3,
  /** The schedule is over; requests are still in flight. */
  draining: 4,
  /** Every request has ended. */
  drained: 5,
} as const;
export type WorkerState = (typeof WORKER_STATE)[keyof typeof WORKER_STATE];

/** One side's view of a control block; both sides construct it over the same buffer. */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;

  constructor(buffer = new SharedArrayBuffer(WORDS * 8)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#numbers = new Float64Array(buffer);
  }

  get command(): Command {
    return Atomics.load(this.#words, 0) as Command;
  }

  /** The caller wakes the worker afterwards. */
  set command(command: Command) {
    Atomics.store(this.#words, 0, command);
  }

  get state(): WorkerState {
    return Atomics.load(this.#words, 1) as WorkerState;
  }

  set state(state: WorkerState) {
    Atomics.store(this.#words, 1, state);
  }

  get wakeHandle(): number {
    return Atomics.load(this.#words, 2);
  }

  set wakeHandle(handle: number) {
    Atomics.store(this.#words, 2, handle);
  }

  /** Changes of the schedule that wait, or have waited, in the worker's port. */
  get changes(): number {
    return Atomics.load(this.#words, 3);
  }

  /** The caller wakes the worker afterwards. */
  set changes(count: number) {
    Atomics.store(this.#words, 3, count);
  }

  /** The most by which the worker took up a change after it had begun. */
  get changeLateNsMax(): number {
    return this.#numbers[4]!;
  }

  set changeLateNsMax(value: number) {
    this.#numbers[4] = value;
  }

  /** Requests that a responder has taken since its start. */
  get requests(): number {
    return this.#numbers[2]!;
  }

  set requests(value: number) {
    this.#numbers[2] = value;
  }

  /** CPU time that the worker's thread has used. */
  get cpuNs(): number {
    return this.#numbers[3]!;
  }

  set cpuNs(value: number) {
    this.#numbers[3] = value;
  }
}
