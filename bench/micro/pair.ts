import { OutputQueue } from '../../protocol/m3ua/outputs.js';
import { loadRespondConfig } from '../../src/config/load.js';
import type { RunConfig } from '../../src/config/run-config.js';
import { createSchedule } from '../../src/load/schedule.js';
import { TransactionSlab } from '../../src/load/slab.js';
import { TargetSelector } from '../../src/load/target-selector.js';
import { createBoard } from '../../src/measure/board.js';
import { Recorder } from '../../src/measure/recorder.js';
import { COMMAND, Control, WORKER_STATE } from '../../src/runtime/control.js';
import { checkAnswer } from '../../src/runtime/generator/check-answer.js';
import { ScenarioStamper } from '../../src/runtime/generator/stamper.js';
import { GeneratorStation } from '../../src/runtime/generator/station.js';
import { hostOptions } from '../../src/runtime/host-options.js';
import { Links } from '../../src/runtime/links.js';
import { ResponderStation } from '../../src/runtime/respond/station.js';
import { signallingOf } from '../../src/runtime/signalling.js';
import { type Binding, type Carrier, openBinding, type SctpHost } from '../../src/transport/sctp.js';
import { billingApplication } from './exchange.js';

/** What one turn cost each side: CPU time of this thread, ns. */
export interface TurnCosts {
  generatorNs: number;
  responderNs: number;
  answered: number;
}

/**
 * A generator's and a responder's station in one thread, turn by turn: what they cost does not depend on what else runs on the machine,
 * because only this thread's CPU time counts.
 *
 * Time for the generator is virtual: each turn it goes on by as much as makes the wanted number of requests due.
 */
export class StationPair {
  readonly #binding: Binding = openBinding();
  readonly #generatorHost: SctpHost;
  readonly #responderHost: SctpHost;
  readonly #generator: GeneratorStation;
  readonly #responder: ResponderStation;
  readonly #slab: TransactionSlab;
  readonly #control = new Control();
  readonly #turnNs: number;
  #nowNs: number;

  constructor(config: RunConfig, carrier: Carrier, requestsPerTurn: number) {
    const { nowNs } = this.#binding;
    const respond = loadRespondConfig({
      flags: { listen: '127.0.0.1:2905', bundle: config.bundle },
      seedDefault: 1,
    });
    const shared = { carrier, reusePort: false, worker: 0 };
    const listen = { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 0 };
    this.#responderHost = this.#binding.open(
      hostOptions({ ...shared, local: listen, listen: true, sctp: respond.sctp, peers: [] }),
    );
    this.#generatorHost = this.#binding.open(
      hostOptions({
        ...shared,
        local: { ...listen, sctpPort: 0 },
        listen: false,
        sctp: config.sctp,
        peers: [this.#responderHost.local],
      }),
    );
    this.#turnNs = (requestsPerTurn / config.ratePeakPerSecond) * 1e9;
    this.#slab = new TransactionSlab({
      slots: config.slabSlotsPerWorker,
      worker: 0,
      workers: 1,
      idOffset: 12345,
      legs: 1,
    });
    this.#nowNs = nowNs();
    this.#control.state = WORKER_STATE.open;
    this.#generator = this.#openGenerator(config);
    this.#responder = this.#openResponder(config);
    this.#becomeActive();
    this.#nowNs = nowNs();
    this.#generator.command(COMMAND.start, this.#nowNs);
  }

  /** Begins a turn's requests, has them answered and takes the answers; adds to `costs`. */
  turn(costs: TurnCosts): void {
    const { threadCpuNs } = this.#binding;
    this.#nowNs += this.#turnNs;
    const before = threadCpuNs();
    this.#generator.advance(this.#nowNs, this.#nowNs);
    this.#generatorHost.flush();
    const between = threadCpuNs();
    this.#respond();
    const after = threadCpuNs();
    costs.answered += this.#listen();
    costs.generatorNs += between - before + threadCpuNs() - after;
    costs.responderNs += after - between;
  }

  /** Requests that were begun and have no answer yet. */
  get inFlight(): number {
    return this.#slab.inFlight;
  }

  close(): void {
    this.#generatorHost.close();
    this.#responderHost.close();
  }

  #respond(): void {
    let count = this.#responderHost.poll(0);
    for (; count > 0; count = this.#responderHost.poll(0)) {
      this.#responder.receive(count, this.#binding.nowNs());
      this.#responder.advance(this.#binding.nowNs());
    }
    this.#responderHost.flush();
  }

  #listen(): number {
    let answered = 0;
    let count = this.#generatorHost.poll(0);
    for (; count > 0; count = this.#generatorHost.poll(0)) {
      this.#generator.receive(count, this.#nowNs);
      answered += count;
    }
    return answered;
  }

  #openGenerator(config: RunConfig): GeneratorStation {
    const { nowNs } = this.#binding;
    const slab = this.#slab;
    const host = this.#generatorHost;
    const queue = new OutputQueue();
    const streams = config.sctp.outboundStreams;
    const { create, sgp } = signallingOf(queue, { addressing: config.addressing, streams, opens: true });
    const station = new GeneratorStation({
      host,
      control: this.#control,
      slab,
      nowNs,
      checkAnswer,
      settings: { ...config, streams, linksPerTarget: [1] },
      selector: new TargetSelector(config.distribution, 1),
      stamper: new ScenarioStamper(slab, config, 0x1234_5678),
      tell: () => {},
      begin: () => {
        const board = createBoard({
          worker: 0,
          targets: 1,
          startNs: this.#nowNs,
          intervalNs: config.intervalNs,
          requestLifeNsMax: config.timeoutNs,
          ratePerSecond: config.ratePeakPerSecond,
          lagLimitNs: 10e6,
        });
        return {
          recorder: new Recorder(board, slab),
          schedule: createSchedule({ ...config, worker: 0 }),
          startNs: this.#nowNs,
        };
      },
    });
    const links = new Links({ host, queue, create, group: sgp }, station);
    station.attach(links);
    links.open(0, this.#responderHost.local);
    return station;
  }

  #openResponder(config: RunConfig): ResponderStation {
    const queue = new OutputQueue();
    const streams = config.sctp.outboundStreams;
    const { create, sgp } = signallingOf(queue, {
      addressing: { ...config.addressing, role: 'sgp' },
      streams,
      opens: false,
    });
    const station = new ResponderStation({
      host: this.#responderHost,
      control: new Control(),
      application: billingApplication(),
      inService: null,
      streams,
      intervalNs: 10e9,
      nowNs: this.#binding.nowNs,
      tell: () => {},
    });
    const links = new Links({ host: this.#responderHost, queue, create, group: sgp }, station);
    station.attach(links);
    return station;
  }

  #becomeActive(): void {
    const giveUpNs = this.#binding.nowNs() + 2e9;
    while (this.#control.state !== WORKER_STATE.ready) {
      const now = this.#binding.nowNs();
      if (now > giveUpNs) throw new Error('the pair did not come up within 2 s');
      this.#nowNs = now;
      this.#generator.advance(now, now);
      this.#respond();
      this.#responder.advance(now);
      this.#listen();
    }
  }
}
