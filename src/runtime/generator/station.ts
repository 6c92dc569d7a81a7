import type { M3uaEvent } from '../../../protocol/m3ua/outputs.js';
import { RateProfile, type RateSegment } from '../../load/rate-profile.js';
import type { Schedule } from '../../load/schedule.js';
import { SlotQueue, type TransactionSlab } from '../../load/slab.js';
import type { TargetSelector } from '../../load/target-selector.js';
import type { Recorder } from '../../measure/recorder.js';
import { HOST_TIME, RX, RX_KIND, type SctpHost } from '../../transport/sctp.js';
import { COMMAND, type Command, type Control, WORKER_STATE } from '../control.js';
import type { Offering, Station } from '../drive.js';
import type { Link, LinkListener, Links, LossCause } from '../links.js';
import { Answers, type CheckAnswer } from './answers.js';
import { type DeadlineSettings, Deadlines } from './deadlines.js';
import { describeEvent, type GeneratorMessage, type LinkReport } from './messages.js';
import { Sender, type Stamper } from './sender.js';
import { Target } from './target.js';

/** Settings of a station, in base units; see `RunConfig`. */
export interface StationSettings extends DeadlineSettings {
  readonly tickNs: number | null;
  readonly checkShare: number;
  readonly streams: number;
  /** Links to each target that must carry traffic before the worker is ready. */
  readonly linksPerTarget: readonly number[];
}

export interface StationParts {
  readonly host: SctpHost;
  readonly control: Control;
  readonly settings: StationSettings;
  readonly slab: TransactionSlab;
  readonly selector: TargetSelector;
  readonly stamper: Stamper;
  readonly tell: (message: GeneratorMessage) => void;
  readonly checkAnswer: CheckAnswer;
  /** The next change of the schedule that the main thread announced; null when none waits. */
  readonly takeChange: () => ScheduleChange | null;
  /** Where answered requests are marked, by sequence number. */
  readonly audit?: Uint8Array | undefined;
  /** What the command `start` brings: where to record, and when requests are due. */
  readonly begin: () => {
    readonly recorder: Recorder;
    readonly schedule: Schedule;
    readonly startNs: number;
  };
}

/** From a moment on the rest of the schedule is another. */
export interface ScheduleChange {
  /** The whole schedule, changed. It is what it was up to `atNs`. */
  readonly segments: readonly RateSegment[];
  readonly atNs: number;
  /** The schedule is paused: it is not over before this time although nothing is due. 0: not paused. */
  readonly openUntilNs: number;
}

/** Requests begun in one turn of the loop: what is due beyond them follows in the next turn, after a look at the network. */
const REQUESTS_PER_TURN = 1024;
/** Time between two readings of the associations' statistics. */
const STATISTICS_NS = 500e6;

/** Where a run keeps its times, ns. */
const TIME = {
  /** Due time of the next request; Infinity at the end of the schedule. */
  nextDue: 0,
  /** Due time of the newest request begun. */
  newestDue: 1,
  /** When something else than an offer is due. */
  other: 2,
  /** `openUntilNs` of the newest {@link ScheduleChange}, negative once nothing more is to be offered. */
  openUntil: 3,
  /** What the collector is shown: see {@link Recorder.publish}. */
  heardUpTo: 4,
  oldest: 5,
  count: 6,
} as const;

/** State of a run that has started. */
interface Run {
  readonly recorder: Recorder;
  readonly schedule: Schedule;
  readonly startNs: number;
  readonly sender: Sender;
  readonly answers: Answers;
  readonly deadlines: Deadlines;
  /** By {@link TIME}. As fields of an object V8 would put each of their values on the heap. */
  readonly times: Float64Array;
  statisticsDueNs: number;
}

/**
 * One worker of the generator: begins requests when they are due, hands them to the binding, matches answers, and sees
 * that every request ends in exactly one outcome.
 */
export class GeneratorStation implements Station, Offering, LinkListener {
  readonly #parts: StationParts;
  readonly #targets: readonly Target[];
  readonly #held: SlotQueue;
  readonly #reports: SlotQueue;
  #links!: Links;
  #run: Run | null = null;
  #missing: number;
  #changesTaken = 0;

  constructor(parts: StationParts) {
    const { settings, slab } = parts;
    // Of one shape whoever calls: see Sender.
    this.#parts = { audit: undefined, ...parts };
    this.#targets = settings.linksPerTarget.map((_, index) => new Target(index, slab));
    this.#missing = settings.linksPerTarget.reduce((sum, count) => sum + count, 0);
    this.#held = new SlotQueue(slab);
    this.#reports = new SlotQueue(slab);
  }

  /** Once, before the loop begins: links and station know each other. */
  attach(links: Links): void {
    this.#links = links;
  }

  command(command: Command, nowNs: number): void {
    if (command === COMMAND.start) this.#start();
    if ((command === COMMAND.stopOffering || command === COMMAND.abandon) && this.#run !== null) {
      this.#run.times[TIME.nextDue] = Number.POSITIVE_INFINITY;
      this.#run.times[TIME.openUntil] = -1;
      if (command === COMMAND.abandon) this.#run.deadlines.abandon(nowNs);
    }
    if (command === COMMAND.quit) {
      this.#links.stopReopening();
      this.#run?.recorder.finish(nowNs);
    }
  }

  receive(count: number): void {
    const { rxRecords, times } = this.#parts.host;
    const run = this.#run;
    for (let index = 0; index < count; index++) {
      const at = index * RX.stride;
      if (rxRecords[at + RX.kind] !== RX_KIND.message)
        this.#links.notification(rxRecords, at, times[HOST_TIME.now]!);
      else if (run !== null) run.answers.message(index);
      else this.#messageBeforeStart(at);
    }
  }

  advance(): void {
    // For each call that is rarely made the time is read anew: V8 makes one object for several calls, whether they are made or not.
    const links = this.#links;
    const hostTimes = this.#parts.host.times;
    const nowNs = hostTimes[HOST_TIME.now]!;
    if (nowNs >= links.deadlineNs) links.tick(hostTimes[HOST_TIME.now]!);
    const run = this.#run;
    if (run === null) {
      hostTimes[HOST_TIME.deadline] = links.deadlineNs;
      return;
    }
    const { deadlines, times } = run;
    if (this.#parts.control.changes !== this.#changesTaken) this.#change(run);
    this.#begin(run);
    deadlines.look();
    if (deadlines.nextNs <= nowNs) deadlines.advance(hostTimes[HOST_TIME.now]!);
    this.#drain(run);
    if (nowNs >= run.statisticsDueNs) this.#sampleAssociations(run);
    deadlines.look();
    this.#publish(run);
    times[TIME.other] = Math.min(links.deadlineNs, deadlines.nextNs);
    this.#planOffer(run);
    hostTimes[HOST_TIME.deadline] = Math.min(hostTimes[HOST_TIME.offerDue]!, times[TIME.other]!);
  }

  offer(): void {
    const run = this.#run;
    if (run === null) return;
    this.#begin(run);
    this.#drain(run);
    this.#planOffer(run);
  }

  stalled(startNs: number, endNs: number): void {
    this.#run?.recorder.stall(startNs, endNs);
  }

  up(link: Link, nowNs: number): void {
    this.#tellLink(link, 'up', 0, nowNs);
    this.#run?.recorder.happened('up', this.#targetOf(link).index, nowNs);
  }

  lost(link: Link, cause: LossCause, code: number, nowNs: number): void {
    this.#tellLink(link, cause, code, nowNs);
    if (this.#run === null) return;
    this.#run.recorder.happened('lost', this.#targetOf(link).index, nowNs);
    this.#run.deadlines.abortInFlight(link.association, nowNs);
  }

  restarted(link: Link, nowNs: number): void {
    this.#tellLink(link, 'restarted', 0, nowNs);
    if (this.#run === null) return;
    this.#run.recorder.happened('restart', this.#targetOf(link).index, nowNs);
    // The peer forgot what it had received and not yet answered.
    this.#run.deadlines.abortInFlight(link.association, nowNs);
  }

  trafficChanged(link: Link, nowNs: number): void {
    const target = this.#targetOf(link);
    target.setActive(link, link.carriesTraffic);
    this.#parts.selector.setUsable(target.index, target.activeLinks > 0);
    this.#tellLink(link, link.carriesTraffic ? 'active' : 'inactive', 0, nowNs);
    const kind = link.carriesTraffic ? 'aspActive' : 'aspInactive';
    this.#run?.recorder.happened(kind, target.index, nowNs);
    const wanted = this.#parts.settings.linksPerTarget;
    this.#missing = this.#targets.reduce(
      (sum, each) => sum + Math.max(0, wanted[each.index]! - each.activeLinks),
      0,
    );
    const { control } = this.#parts;
    if (this.#missing === 0 && control.state === WORKER_STATE.open) control.state = WORKER_STATE.ready;
  }

  writable(link: Link): void {
    this.#targetOf(link).setWritable(link);
  }

  event(link: Link, event: M3uaEvent, nowNs: number): void {
    const text = describeEvent(event);
    if (text === null) return;
    this.#parts.tell({
      kind: 'm3ua',
      association: link.association,
      target: this.#targetOf(link).index,
      text,
      atNs: nowNs,
    });
  }

  #start(): void {
    const { host, settings, slab, control } = this.#parts;
    const { recorder, schedule, startNs } = this.#parts.begin();
    const sender = new Sender({
      ...this.#parts,
      recorder,
      targets: this.#targets,
      onReportSent: (slot) => {
        recorder.legSent(slab.target[slot]!, host.times, HOST_TIME.sent);
        this.#reports.push(slot);
      },
    });
    const answers = new Answers({
      host,
      slab,
      recorder,
      links: this.#links,
      sender,
      scenario: settings.scenario,
      holdNs: settings.holdNs,
      held: this.#held,
      reports: this.#reports,
      checkShare: settings.checkShare,
      checkAnswer: this.#parts.checkAnswer,
      audit: this.#parts.audit,
    });
    host.logTransmissions(slab);
    const deadlines = new Deadlines({
      ...this.#parts,
      recorder,
      sender,
      targets: this.#targets,
      held: this.#held,
      reports: this.#reports,
    });
    this.#run = {
      recorder,
      schedule,
      startNs,
      sender,
      answers,
      deadlines,
      times: timesAt(startNs, startNs + schedule.next()),
      statisticsDueNs: 0,
    };
    control.state = WORKER_STATE.running;
  }

  #change(run: Run): void {
    const { control, host, takeChange } = this.#parts;
    const nowNs = host.times[HOST_TIME.now]!;
    for (let change = takeChange(); change !== null; change = takeChange()) {
      this.#changesTaken += 1;
      if (run.times[TIME.openUntil]! < 0) continue;
      run.schedule.revise(new RateProfile(change.segments));
      // Taken up late, requests went by the old rate in between; what the new one wanted then is due now at the earliest, and counts as late.
      control.changeLateNsMax = Math.max(control.changeLateNsMax, nowNs - change.atNs);
      run.times[TIME.nextDue] = Math.max(run.times[TIME.newestDue]!, run.startNs + run.schedule.dueNs);
      run.times[TIME.openUntil] = change.openUntilNs;
    }
  }

  /** Begins every request that is due, or was due at the last tick. */
  #begin(run: Run): void {
    const { host, settings, slab, selector } = this.#parts;
    const { schedule, times } = run;
    const { tickNs } = settings;
    const nowNs = host.times[HOST_TIME.now]!;
    const untilNs =
      tickNs === null ? nowNs : run.startNs + Math.floor((nowNs - run.startNs) / tickNs) * tickNs;
    for (let begun = 0; times[TIME.nextDue]! <= untilNs && begun < REQUESTS_PER_TURN; begun++) {
      const slot = slab.begin();
      const index = selector.select(schedule.sequence);
      if (slot < 0) {
        run.recorder.refused(index, times[TIME.nextDue]!, nowNs);
      } else {
        slab.dueNs[slot] = times[TIME.nextDue]!;
        slab.target[slot] = index;
        slab.sls[slot] = selector.nextSls(index);
        run.recorder.due(slot);
        run.sender.enqueue(this.#targets[index]!, slot);
      }
      schedule.advance();
      times[TIME.newestDue] = times[TIME.nextDue]!;
      times[TIME.nextDue] = Math.max(times[TIME.newestDue]!, run.startNs + schedule.dueNs);
    }
  }

  #sampleAssociations(run: Run): void {
    run.statisticsDueNs = this.#parts.host.times[HOST_TIME.now]! + STATISTICS_NS;
    let index = 0;
    for (const link of this.#links) {
      const statistics = this.#parts.host.statistics(link.association);
      if (statistics !== null) run.recorder.association(index++, this.#targetOf(link).index, statistics);
    }
  }

  #publish(run: Run): void {
    const { control, host, slab } = this.#parts;
    const { times, deadlines } = run;
    const nowNs = host.times[HOST_TIME.now]!;
    const { oldestDueNs } = deadlines;
    times[TIME.heardUpTo] = host.times[HOST_TIME.heardUpTo]!;
    times[TIME.oldest] =
      oldestDueNs === Number.POSITIVE_INFINITY ? Math.min(times[TIME.nextDue]!, nowNs) : oldestDueNs;
    run.recorder.publish(times, TIME.heardUpTo, TIME.oldest);
    if (times[TIME.nextDue] !== Number.POSITIVE_INFINITY || nowNs < times[TIME.openUntil]!) return;
    if (control.state === WORKER_STATE.drained) return;
    if (slab.inFlight > 0) {
      control.state = WORKER_STATE.draining;
    } else {
      this.#sampleAssociations(run);
      control.state = WORKER_STATE.drained;
    }
  }

  #drain(run: Run): void {
    for (const target of this.#targets) {
      if (target.queue.length > 0) run.sender.drain(target);
    }
  }

  /** Between offers the loop need not come back to {@link advance} unless something else is due first. */
  #planOffer({ startNs, times }: Run): void {
    const { host, settings } = this.#parts;
    const { tickNs } = settings;
    const dueNs = times[TIME.nextDue]!;
    // A request waits for its tick also when its due time has passed, and so may the loop.
    const offerNs = tickNs === null ? dueNs : startNs + Math.ceil((dueNs - startNs) / tickNs) * tickNs;
    host.times[HOST_TIME.offerDue] = offerNs < times[TIME.other]! ? offerNs : Number.POSITIVE_INFINITY;
  }

  /** Nothing of ours is in flight yet: only management messages matter. */
  #messageBeforeStart(at: number): void {
    const { rxBytes, rxRecords, times } = this.#parts.host;
    const link = this.#links.find(rxRecords[at + RX.association]!);
    if (link === undefined) return;
    this.#links.message(
      link,
      rxRecords[at + RX.stream]!,
      rxBytes,
      rxRecords[at + RX.offset]!,
      rxRecords[at + RX.length]!,
      times[HOST_TIME.now]!,
    );
  }

  #targetOf(link: Link): Target {
    return this.#targets[Math.max(0, link.peer)]!;
  }

  #tellLink(link: Link, state: LinkReport['state'], code: number, atNs: number): void {
    const target = this.#targetOf(link).index;
    this.#parts.tell({ kind: 'link', link: { association: link.association, target, state, code, atNs } });
  }
}

function timesAt(startNs: number, firstDueNs: number): Float64Array {
  const times = new Float64Array(TIME.count);
  times[TIME.nextDue] = firstDueNs;
  times[TIME.newestDue] = startNs;
  return times;
}
