import { OutputQueue } from '../../protocol/m3ua/outputs.js';
import type { RespondConfig } from '../config/respond-config.js';
import type { RunConfig } from '../config/run-config.js';
import { createSchedule } from '../load/schedule.js';
import { TransactionSlab } from '../load/slab.js';
import { TargetSelector } from '../load/target-selector.js';
import { createBoard } from '../measure/board.js';
import { Recorder } from '../measure/recorder.js';
import { lagLimitNs } from '../measure/validity.js';
import { type Binding, type Carrier, HOST_TIME, type SctpHost } from '../transport/sctp.js';
import { COMMAND, Control, WORKER_STATE } from './control.js';
import { Loop } from './drive.js';
import { checkAnswer } from './generator/check-answer.js';
import { ScenarioStamper } from './generator/stamper.js';
import { GeneratorStation } from './generator/station.js';
import { unreadNsMax } from './generator/unread.js';
import { hostOptions } from './host-options.js';
import { Links } from './links.js';
import { billingApplicationOf } from './respond/application.js';
import { ResponderStation } from './respond/station.js';
import { signallingOf } from './signalling.js';

/** Two that come up on one machine take milliseconds; in an emulated guest, which compiles as it goes, many seconds. */
const COME_UP_NS = 60e9;

/** As in half of all runs ids are beyond 2^31, where V8 keeps integers in another form: compiled code must know both. */
const ID_OFFSET = 2 ** 31 - 5_000;

export interface StationPairOptions {
  readonly binding: Binding;
  readonly run: RunConfig;
  readonly respond: RespondConfig;
  readonly carrier: Carrier;
  /** SCTP port that the responder listens on; one pair a port in a process. */
  readonly sctpPort: number;
  /** Requests that fall due in one {@link StationPair.turn}. */
  readonly requestsPerTurn: number;
}

/**
 * A generator's and a responder's station in one thread, turn by turn, with a real association between them: for rehearsals and for
 * measuring what each side costs. Time for the generator is virtual: each turn it goes on by as much as makes the wanted
 * number of requests due.
 */
export class StationPair {
  readonly slab: TransactionSlab;
  readonly #options: StationPairOptions;
  readonly #generatorHost: SctpHost;
  readonly #responderHost: SctpHost;
  readonly #generator: GeneratorStation;
  readonly #responder: ResponderStation;
  readonly #control = new Control();
  readonly #turnNs: number;
  /** Begun as a number: V8 puts every value of a field on the heap that was anything else before. */
  #nowNs = 0;

  constructor(options: StationPairOptions) {
    const { binding, run, respond, carrier, sctpPort } = options;
    this.#options = options;
    const shared = { carrier, reusePort: false, worker: 0 };
    const listen = { addresses: ['127.0.0.1'], sctpPort, udpPort: 0 };
    this.#responderHost = binding.open(
      hostOptions({ ...shared, local: listen, listen: true, sctp: respond.sctp, peers: [] }),
    );
    this.#generatorHost = binding.open(
      hostOptions({
        ...shared,
        local: { ...listen, sctpPort: 0 },
        listen: false,
        sctp: run.sctp,
        peers: [this.#responderHost.local],
      }),
    );
    this.#turnNs = (options.requestsPerTurn / run.ratePeakPerSecond) * 1e9;
    this.slab = new TransactionSlab({
      slots: run.slabSlotsPerWorker,
      worker: 0,
      workers: 1,
      idOffset: ID_OFFSET,
      legs: run.scenario === 'call' ? 2 : 1,
    });
    this.#nowNs = binding.nowNs();
    this.#control.state = WORKER_STATE.open;
    this.#generator = this.#openGenerator();
    this.#responder = this.#openResponder();
    this.#comeUp();
    this.#generator.command(COMMAND.start, this.#nowNs);
  }

  /** The generator's half of a turn: begins the requests that fall due. */
  offer(): void {
    this.#nowNs += this.#turnNs;
    this.#setGeneratorTime();
    this.#generator.advance();
    this.#generatorHost.flush();
  }

  /** The responder's part: takes the requests that are there and answers them. */
  respond(): void {
    for (let count = this.#responderHost.poll(0); count > 0; count = this.#responderHost.poll(0)) {
      this.#responder.receive(count);
      this.#responder.advance();
    }
    this.#responderHost.flush();
  }

  /** The generator's other half: takes the answers; returns their number. */
  listen(): number {
    let answered = 0;
    for (let count = this.#generatorHost.poll(0); count > 0; count = this.#generatorHost.poll(0)) {
      this.#setGeneratorTime();
      this.#generator.receive(count);
      answered += count;
    }
    return answered;
  }

  /** One whole turn; returns the number of answers. */
  turn(): number {
    this.offer();
    this.respond();
    return this.listen();
  }

  /** Turns in which the responder goes by the loop of its worker thread. */
  turnsOfResponder(): () => void {
    const { threadCpuNs } = this.#options.binding;
    const options = { threadCpuNs, busyPollNs: 0, unread: null };
    const loop = new Loop(this.#responderHost, this.#responder, new Control(), options);
    return () => {
      this.offer();
      // There are requests, and nothing else to wait for.
      this.#responderHost.times[HOST_TIME.deadline] = 0;
      loop.turn();
      this.listen();
    };
  }

  /** Turns in which the generator goes by the loop of its worker thread and by the clock, not by virtual time: no others after these. */
  turnsOfGenerator(): () => void {
    const { binding, run } = this.#options;
    const unread = { nsMax: unreadNsMax(run), offering: this.#generator };
    const options = { threadCpuNs: binding.threadCpuNs, busyPollNs: 0, unread };
    const loop = new Loop(this.#generatorHost, this.#generator, this.#control, options);
    return () => {
      loop.turn();
      this.respond();
    };
  }

  close(): void {
    this.#generatorHost.close();
    this.#responderHost.close();
  }

  /** Its loop's time: the virtual one in place of that which the host has left. */
  #setGeneratorTime(): void {
    const { times } = this.#generatorHost;
    times[HOST_TIME.now] = this.#nowNs;
    times[HOST_TIME.heardUpTo] = this.#nowNs;
  }

  #openGenerator(): GeneratorStation {
    const { run } = this.#options;
    const { slab } = this;
    const host = this.#generatorHost;
    const queue = new OutputQueue();
    const streams = run.sctp.outboundStreams;
    const { create, sgp } = signallingOf(queue, {
      addressing: { ...run.addressing, role: 'asp' },
      streams,
      opens: true,
    });
    const station = new GeneratorStation({
      host,
      control: this.#control,
      slab,
      checkAnswer,
      takeChange: () => null,
      settings: {
        ...run,
        streams,
        linksPerTarget: [1],
        transmissionsLogged: this.#options.carrier !== 'kernel',
      },
      selector: new TargetSelector(run.distribution, 1),
      stamper: new ScenarioStamper(slab, run, 0),
      tell: () => {},
      begin: () => ({
        recorder: new Recorder(this.#createBoard(), slab),
        schedule: createSchedule({ ...run, worker: 0, workers: 1 }),
        startNs: this.#nowNs,
      }),
    });
    const links = new Links({ host, queue, create, group: sgp }, station);
    station.attach(links);
    links.open(0, this.#responderHost.local);
    return station;
  }

  #createBoard() {
    const { run } = this.#options;
    return createBoard({
      worker: 0,
      targets: 1,
      startNs: this.#nowNs,
      intervalNs: run.intervalNs,
      requestLifeNsMax: run.timeoutNs,
      ratePerSecond: run.ratePeakPerSecond,
      lagLimitNs: lagLimitNs(0),
    });
  }

  #openResponder(): ResponderStation {
    const { binding, run, respond } = this.#options;
    const host = this.#responderHost;
    const queue = new OutputQueue();
    const streams = respond.sctp.outboundStreams;
    const addressing = { ...run.addressing, role: 'sgp' as const };
    const { create, sgp } = signallingOf(queue, { addressing, streams, opens: false });
    const station = new ResponderStation({
      host,
      control: new Control(),
      application: billingApplicationOf(respond, binding),
      inService: null,
      intervalNs: respond.intervalNs,
      nowNs: binding.nowNs,
      tell: () => {},
    });
    const links = new Links({ host, queue, create, group: sgp }, station.reports);
    station.attach(links);
    return station;
  }

  #comeUp(): void {
    const { nowNs } = this.#options.binding;
    const giveUpNs = nowNs() + COME_UP_NS;
    while (this.#control.state !== WORKER_STATE.ready) {
      const now = nowNs();
      if (now > giveUpNs)
        throw new Error(`generator and responder of the pair did not come up within ${COME_UP_NS / 1e9} s`);
      this.#nowNs = now;
      this.#setGeneratorTime();
      this.#generator.advance();
      this.respond();
      this.#responder.advance();
      this.listen();
    }
  }
}
