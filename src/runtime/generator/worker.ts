/** Entry of a generator's worker thread. */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { OutputQueue } from '../../../protocol/m3ua/outputs.js';
import type { RunConfig } from '../../config/run-config.js';
import { createSchedule } from '../../load/schedule.js';
import { TransactionSlab } from '../../load/slab.js';
import { TargetSelector } from '../../load/target-selector.js';
import { type BoardShape, openBoard } from '../../measure/board.js';
import { Recorder } from '../../measure/recorder.js';
import {
  type Binding,
  type Carrier,
  openBinding,
  type SctpEndpoint,
  type SctpHost,
} from '../../transport/sctp.js';
import { Control, WORKER_STATE } from '../control.js';
import { drive } from '../drive.js';
import { sayFarewell } from '../farewell.js';
import { hostOptions } from '../host-options.js';
import { Links } from '../links.js';
import { prepareLoopThread } from '../loop-thread.js';
import { type RehearsalPlan, rehearse } from '../rehearsal.js';
import { signallingOf } from '../signalling.js';
import { checkAnswer } from './check-answer.js';
import type { GeneratorMessage } from './messages.js';
import { ScenarioStamper } from './stamper.js';
import { GeneratorStation, type ScheduleChange } from './station.js';
import { unreadNsMax } from './unread.js';

/** What the main thread gives a worker when it starts it. */
export interface GeneratorWorkerData {
  readonly config: RunConfig;
  readonly carrier: Carrier;
  readonly targets: readonly SctpEndpoint[];
  readonly worker: number;
  /** 32 random bits of this run: where ids begin, and first half of every call reference number. */
  readonly runBits: number;
  readonly control: SharedArrayBuffer;
  readonly rehearsal: RehearsalPlan;
  /** An octet for each request of the run, all workers together, where it is audited. */
  readonly audit: SharedArrayBuffer | null;
  /** Where in the schedule this process begins, ns: not at 0 where it goes on with the run of another. */
  readonly resumeAtNs: number;
  /** Brings the board's shape before the command `start`. */
  readonly port: MessagePort;
}

function main(data: GeneratorWorkerData): void {
  const binding = openBinding();
  const { config, worker } = data;
  prepareLoopThread(binding, config.cpus[worker]);
  rehearse(binding, data.rehearsal, 'generator', worker);
  const control = new Control(data.control);
  const host = binding.open(
    hostOptions({
      carrier: data.carrier,
      local: config.local,
      listen: config.listenForPeer,
      reusePort: false,
      sctp: config.sctp,
      worker,
      peers: data.targets,
    }),
  );
  try {
    serve(binding, host, control, data);
  } finally {
    host.close();
  }
}

function serve(binding: Binding, host: SctpHost, control: Control, data: GeneratorWorkerData): void {
  const { config, worker } = data;
  const { nowNs } = binding;
  const queue = new OutputQueue();
  const signalling = signallingOf(queue, {
    addressing: config.addressing,
    streams: config.sctp.outboundStreams,
    opens: !config.listenForPeer,
  });
  const slab = new TransactionSlab({
    slots: config.slabSlotsPerWorker,
    worker,
    workers: config.workers,
    idOffset: data.runBits,
    legs: config.scenario === 'call' ? 2 : 1,
  });
  // Before the links are up: to skip days of a schedule may take seconds.
  const schedule = createSchedule({ ...config, worker });
  if (data.resumeAtNs > 0) schedule.skipTo(data.resumeAtNs);
  const linksPerTarget = config.targets.map(() =>
    shareOf(config.associationsPerTarget, worker, config.workers),
  );
  const station = new GeneratorStation({
    host,
    control,
    slab,
    checkAnswer,
    takeChange: () => (receiveMessageOnPort(data.port)?.message as ScheduleChange | undefined) ?? null,
    audit: data.audit === null ? undefined : new Uint8Array(data.audit),
    settings: {
      ...config,
      streams: config.sctp.outboundStreams,
      linksPerTarget,
      transmissionsLogged: data.carrier !== 'kernel',
    },
    selector: new TargetSelector(config.distribution, config.targets.length),
    stamper: new ScenarioStamper(slab, config, data.runBits),
    tell: (message: GeneratorMessage) => parentPort?.postMessage(message),
    begin: () => {
      const shape = takeShape(data.port);
      return {
        recorder: new Recorder(openBoard(shape), slab),
        schedule,
        startNs: shape.startNs,
      };
    },
  });
  const links = new Links({ host, queue, create: signalling.create, group: signalling.sgp }, station);
  station.attach(links);
  control.wakeHandle = host.wakeHandle;
  control.state = WORKER_STATE.open;
  if (!config.listenForPeer) {
    data.targets.forEach((target, index) => {
      for (let count = 0; count < linksPerTarget[index]!; count++) links.open(index, target);
    });
  }
  drive(host, station, control, {
    threadCpuNs: binding.threadCpuNs,
    busyPollNs: config.busyPollNs ?? 0,
    unread: { nsMax: unreadNsMax(config), offering: station },
  });
  sayFarewell(host, links, nowNs);
}

/** Associations of one worker when `count` are dealt out in turn. */
function shareOf(count: number, worker: number, workers: number): number {
  return Math.floor(count / workers) + (worker < count % workers ? 1 : 0);
}

function takeShape(port: MessagePort): BoardShape {
  const received = receiveMessageOnPort(port);
  if (received === undefined) throw new Error('the command start came without a board');
  return received.message as BoardShape;
}

main(workerData as GeneratorWorkerData);
