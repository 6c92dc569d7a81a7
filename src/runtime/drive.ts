import { HOST_TIME, type SctpHost } from '../transport/sctp.js';
import { collectGarbage } from './collect-garbage.js';
import { COMMAND, type Command, type Control } from './control.js';

/** A loop that did not run for longer than this, although it had something to do, is a stall of this host and is recorded. */
export const STALL_NS_MIN = 5e6;

/**
 * What a worker serves: a generator or a responder. One mutation a call; nothing in it blocks. What every turn needs to know of times stands in the
 * `times` of its host, because V8 puts each time that is passed between functions on the heap unless it inlines the call: `now` is the time of
 * the turn, `heardUpTo` up to when everything that reached this host has been given to {@link receive}.
 */
export interface Station {
  /** A command of the main thread, seen once when it changes. */
  command(command: Command, nowNs: number): void;
  /** Takes the `count` records of the host's receive batch. */
  receive(count: number): void;
  /** Does everything that is due and leaves in `deadline` the time at which something is due next, ns (`Infinity`: nothing). */
  advance(): void;
  /** The loop did not run between these times although a deadline had passed. */
  stalled(startNs: number, endNs: number): void;
}

/** A station that sends by a schedule: between its sendings what arrives may wait unread for a while. */
export interface Offering {
  /**
   * Does what is due by the schedule and no more: nothing may time out before the answers are read that may have come. As {@link Station.advance}, it
   * leaves in `offerDue` of the host's times when it is to be called next if nothing else is due before, Infinity otherwise.
   */
  offer(): void;
}

export interface DriveOptions {
  readonly threadCpuNs: () => number;
  /** Ask the network again and again for this long before sleeping, for labs that can spare a core; 0 sleeps at once. */
  readonly busyPollNs: number;
  /**
   * What arrives may wait unread for `nsMax` while offers fall due: one wake-up serves both, and one reading several offers. Receive times are taken
   * below, so no figure moves; acknowledgements do, by as much. Null: everything is read as it comes, as a station must that answers.
   */
  readonly unread: { readonly nsMax: number; readonly offering: Offering } | null;
}

/** Time between two looks at the thread's CPU clock. */
const CPU_SAMPLE_NS = 100e6;
/** A sleeping loop wakes at least this often, so that the CPU clock stays fresh. */
const SLEEP_NS_MAX = 250e6;

/** Where a loop keeps its times: as local variables they are objects on the heap until V8 has compiled a loop that never ends. */
const LOOP = { cpuSampleDue: 0, busyUntil: 1, turn: 2, count: 3 } as const;

/**
 * THE loop of a worker thread: take what arrived, serve it, send what is due, sleep until the next deadline. Returns
 * after the command `quit`.
 */
export function drive(host: SctpHost, station: Station, control: Control, options: DriveOptions): void {
  const loop = new Loop(host, station, control, options);
  // What the rehearsal and the setting-up left behind costs nobody anything now; in the first second of a run the same collection held loops up for 10 ms.
  collectGarbage();
  while (loop.turn());
  control.cpuNs = options.threadCpuNs();
}

/** See {@link drive}, which everything but a rehearsal goes by. */
export class Loop {
  readonly #host: SctpHost;
  readonly #station: Station;
  readonly #control: Control;
  readonly #options: DriveOptions;
  readonly #times = new Float64Array(LOOP.count);
  #seen: Command = COMMAND.none;

  constructor(host: SctpHost, station: Station, control: Control, options: DriveOptions) {
    this.#host = host;
    this.#station = station;
    this.#control = control;
    this.#options = options;
    this.#times[LOOP.turn] = Number.POSITIVE_INFINITY;
    host.times[HOST_TIME.deadline] = 0;
    host.times[HOST_TIME.heardUpTo] = 0;
    host.times[HOST_TIME.offerDue] = Number.POSITIVE_INFINITY;
  }

  /** One turn; false after the last one. */
  turn(): boolean {
    const host = this.#host;
    const station = this.#station;
    const own = this.#times;
    const { times } = host;
    const { threadCpuNs, busyPollNs, unread } = this.#options;
    const deadlineNs = times[HOST_TIME.deadline]!;
    const lastNs = times[HOST_TIME.now]!;
    if (lastNs < own[LOOP.busyUntil]! || (unread !== null && offersUnread(host, unread))) {
      times[HOST_TIME.deadline] = 0;
    } else {
      times[HOST_TIME.deadline] = Math.min(deadlineNs, lastNs + SLEEP_NS_MAX);
    }
    const count = host.poll();
    // For each call that is rarely made the time is read anew: V8 makes one object for several calls, whether they are made or not.
    const now = times[HOST_TIME.now]!;
    noteHeard(host, count);
    // From the last turn on at the earliest: a station that is behind its schedule has deadlines of long ago, but its loop runs.
    const idleNs = Math.max(deadlineNs, own[LOOP.turn]!);
    if (now - idleNs > STALL_NS_MIN) station.stalled(idleNs, times[HOST_TIME.now]!);
    own[LOOP.turn] = now;
    const { command } = this.#control;
    if (command !== this.#seen) {
      this.#seen = command;
      station.command(command, times[HOST_TIME.now]!);
    }
    if (count > 0) {
      own[LOOP.busyUntil] = now + busyPollNs;
      station.receive(count);
    }
    station.advance();
    if (now >= own[LOOP.cpuSampleDue]!) {
      own[LOOP.cpuSampleDue] = now + CPU_SAMPLE_NS;
      this.#control.cpuNs = threadCpuNs();
    }
    return command !== COMMAND.quit;
  }
}

/** Up to when everything is in the batches so far: what waits in the socket reached it after what was read. */
function noteHeard(host: SctpHost, count: number): void {
  const { times, rxTimesNs } = host;
  let heardNs = times[HOST_TIME.polled]!;
  if (count > 0 && !host.drained()) {
    // A full batch may have left older messages behind.
    heardNs = count < rxTimesNs.length ? Math.min(heardNs, rxTimesNs[0]!) : Number.NEGATIVE_INFINITY;
  }
  times[HOST_TIME.heardUpTo] = Math.max(times[HOST_TIME.heardUpTo]!, heardNs);
}

/** Sleeps until the next offer and makes it, again and again until what came meanwhile has waited for long enough. False when it had to listen instead. */
function offersUnread(host: SctpHost, { nsMax, offering }: NonNullable<DriveOptions['unread']>): boolean {
  const { times } = host;
  const untilNs = times[HOST_TIME.now]! + nsMax;
  let slept = false;
  for (;;) {
    const dueNs = times[HOST_TIME.offerDue]!;
    if (dueNs <= times[HOST_TIME.now]! || dueNs >= untilNs) break;
    times[HOST_TIME.deadline] = dueNs;
    if (!host.sleep()) break;
    slept = true;
    offering.offer();
  }
  return slept;
}
