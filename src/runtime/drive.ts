import type { SctpHost } from '../transport/sctp.js';
import { COMMAND, type Command, type Control } from './control.js';

/** A loop that did not run for longer than this, although it had something to do, is a stall of this host and is recorded. */
export const STALL_NS_MIN = 5e6;

/** What a worker serves: a generator or a responder. One mutation a call; nothing in it blocks. */
export interface Station {
  /** A command of the main thread, seen once when it changes. */
  command(command: Command, nowNs: number): void;
  /** Takes the `count` records of the host's receive batch. */
  receive(count: number, nowNs: number): void;
  /**
   * Does everything that is due and returns the time at which something is due next, ns (`Infinity`: nothing). Everything that reached this host
   * before `heardUpToNs` has been given to {@link receive}.
   */
  advance(nowNs: number, heardUpToNs: number): number;
  /** The loop did not run between these times although a deadline had passed. */
  stalled(startNs: number, endNs: number): void;
}

/** A station that sends by a schedule: between its sendings what arrives may wait unread for a while. */
export interface Offering {
  /** Time of the next {@link offer} when nothing else is due before it, Infinity otherwise; set by {@link Station.advance} and by each offer. */
  readonly offerDueNs: number;
  /** Does what is due by the schedule and no more: nothing may time out before the answers are read that may have come. */
  offer(nowNs: number): void;
}

export interface DriveOptions {
  readonly nowNs: () => number;
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

/**
 * THE loop of a worker thread: take what arrived, serve it, send what is due, sleep until the next deadline. Returns
 * after the command `quit`.
 */
export function drive(host: SctpHost, station: Station, control: Control, options: DriveOptions): void {
  const { nowNs, threadCpuNs, busyPollNs, unread } = options;
  let seen: Command = COMMAND.none;
  let cpuSampleDueNs = 0;
  let deadlineNs = nowNs();
  let heardUpToNs = deadlineNs;
  let busyUntilNs = 0;
  let turnNs = deadlineNs;
  while (seen !== COMMAND.quit) {
    let polledNs = nowNs();
    let mayBlock = polledNs >= busyUntilNs;
    if (mayBlock && unread !== null && offersUnread(host, unread, polledNs, nowNs)) {
      polledNs = nowNs();
      mayBlock = false;
    }
    const count = host.poll(mayBlock ? Math.min(deadlineNs, polledNs + SLEEP_NS_MAX) : 0);
    const now = nowNs();
    heardUpToNs = Math.max(heardUpToNs, heardUpTo(host, count, polledNs));
    // From the last turn on at the earliest: a station that is behind its schedule has deadlines of long ago, but its loop runs.
    const idleNs = Math.max(deadlineNs, turnNs);
    if (now - idleNs > STALL_NS_MIN) station.stalled(idleNs, now);
    turnNs = now;
    const command = control.command;
    if (command !== seen) {
      seen = command;
      station.command(command, now);
    }
    if (count > 0) {
      busyUntilNs = now + busyPollNs;
      station.receive(count, now);
    }
    deadlineNs = station.advance(now, heardUpToNs);
    if (now >= cpuSampleDueNs) {
      cpuSampleDueNs = now + CPU_SAMPLE_NS;
      control.cpuNs = threadCpuNs();
    }
  }
  control.cpuNs = threadCpuNs();
}

/** Up to when everything is in the batch of a poll that began at `polledNs`: what waits in the socket reached it after what was read. */
function heardUpTo(host: SctpHost, count: number, polledNs: number): number {
  if (count === 0 || host.drained()) return polledNs;
  // A full batch may have left older messages behind.
  return count < host.rxTimesNs.length ? Math.min(polledNs, host.rxTimesNs[0]!) : Number.NEGATIVE_INFINITY;
}

/** Sleeps until the next offer and makes it, again and again until what came meanwhile has waited for long enough. False when it had to listen instead. */
function offersUnread(
  host: SctpHost,
  { nsMax, offering }: NonNullable<DriveOptions['unread']>,
  readNs: number,
  nowNs: () => number,
): boolean {
  const untilNs = readNs + nsMax;
  let slept = false;
  for (let now = readNs; isBetween(offering.offerDueNs, now, untilNs) && host.sleep(offering.offerDueNs); ) {
    slept = true;
    now = nowNs();
    offering.offer(now);
  }
  return slept;
}

function isBetween(timeNs: number, fromNs: number, untilNs: number): boolean {
  return fromNs < timeNs && timeNs < untilNs;
}
