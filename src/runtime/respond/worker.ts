/** Entry of a serving thread of a responder. */
import { parentPort, workerData } from 'node:worker_threads';
import { OutputQueue } from '../../../protocol/m3ua/outputs.js';
import type { RespondConfig } from '../../config/respond-config.js';
import { Random } from '../../load/random.js';
import { ServiceModel } from '../../responder/service-model.js';
import { serviceTimeOf } from '../../responder/service-time.js';
import {
  type Binding,
  type Carrier,
  openBinding,
  type SctpEndpoint,
  type SctpHost,
  type SctpHostOptions,
} from '../../transport/sctp.js';
import { Control, WORKER_STATE } from '../control.js';
import { drive, type Station } from '../drive.js';
import { sayFarewell } from '../farewell.js';
import { hostOptions } from '../host-options.js';
import { type LaneBuffers, laneOver } from '../ledger/lane.js';
import { type LinkListener, Links } from '../links.js';
import { prepareLoopThread } from '../loop-thread.js';
import { type RehearsalPlan, rehearse } from '../rehearsal.js';
import { signallingOf } from '../signalling.js';
import { billingApplicationOf } from './application.js';
import { InService } from './in-service.js';
import { Muster } from './muster.js';
import { RelayStation } from './relay-station.js';
import { type ResponderMessage, ResponderStation } from './station.js';

/** What the main thread gives a serving thread when it starts it. */
export interface ResponderWorkerData {
  /** Which of the threads this is. */
  readonly worker: number;
  readonly config: RespondConfig;
  readonly carrier: Carrier;
  readonly targets: readonly SctpEndpoint[];
  readonly control: SharedArrayBuffer;
  readonly rehearsal: RehearsalPlan;
  readonly muster: SharedArrayBuffer;
  /** Present when the main thread decides. */
  readonly lane: LaneBuffers | null;
}

type Tell = (message: ResponderMessage) => void;

function main(data: ResponderWorkerData): void {
  const { worker, config, targets, rehearsal, control: shared } = data;
  const binding = openBinding();
  prepareLoopThread(binding, config.cpus[worker]);
  rehearse(binding, rehearsal, 'responder', worker);
  const { nowNs } = binding;
  const control = new Control(shared);
  const host = openHost(data, binding);
  if (host === null) return;
  try {
    const queue = new OutputQueue();
    const streams = config.sctp.outboundStreams;
    const signalling = signallingOf(queue, {
      addressing: config.addressing,
      streams,
      opens: !config.listenForPeer,
    });
    const tell: Tell = (message) => parentPort?.postMessage(message);
    const { station, listener } = stationOf(data, binding, host, control, tell);
    const links = new Links({ host, queue, create: signalling.create, group: signalling.sgp }, listener);
    station.attach(links);
    control.wakeHandle = host.wakeHandle;
    control.state = WORKER_STATE.open;
    if (!config.listenForPeer) {
      for (const [peer, target] of targets.entries()) {
        if (peer % config.workers === worker) links.open(peer, target);
      }
    }
    if (worker === 0) tell({ kind: 'listening', endpoint: host.local });
    drive(host, station, control, {
      threadCpuNs: binding.threadCpuNs,
      busyPollNs: config.busyPollNs ?? 0,
      unread: null,
    });
    sayFarewell(host, links, nowNs);
  } finally {
    host.close();
  }
}

/** This thread's socket, once every thread has one; null when another thread could not have it, which tells why. */
function openHost(data: ResponderWorkerData, binding: Binding): SctpHost | null {
  const { worker, config } = data;
  const muster = new Muster(data.muster);
  let host: SctpHost;
  try {
    if (worker === 0) {
      host = openFirst(data, binding);
      muster.lead(host.local);
    } else {
      if (!muster.await(1)) return null;
      host = binding.open(optionsOf(data, muster.ports));
      muster.join();
    }
  } catch (cause) {
    muster.fail();
    throw cause;
  }
  if (muster.await(config.workers)) return host;
  host.close();
  return null;
}

/**
 * Ports that are shared among our threads could be shared with another process as well, which would draw a part of our packets: whether they are free is tried
 * without sharing, and ports that the system is to choose are chosen by it then.
 */
function openFirst(data: ResponderWorkerData, binding: Binding): SctpHost {
  const options = optionsOf(data, null);
  if (!options.reusePort) return binding.open(options);
  const trial = binding.open({ ...options, reusePort: false });
  const { sctpPort, udpPort } = trial.local;
  trial.close();
  return binding.open(optionsOf(data, { sctpPort, udpPort }));
}

/** @param ports instead of those that were asked for, where threads share them */
function optionsOf(
  { worker, config, carrier, targets }: ResponderWorkerData,
  ports: { readonly sctpPort: number; readonly udpPort: number } | null,
): SctpHostOptions {
  const reusePort = config.listenForPeer && config.workers > 1;
  const local = config.listen ?? config.local;
  return hostOptions({
    carrier,
    local: reusePort && local !== null && ports !== null ? { ...local, ...ports } : local,
    listen: config.listenForPeer,
    reusePort,
    sctp: config.sctp,
    worker,
    peers: targets,
  });
}

/** Decides here, or leaves that to the main thread. */
function stationOf(
  { config, lane }: ResponderWorkerData,
  binding: Binding,
  host: SctpHost,
  control: Control,
  tell: Tell,
): {
  readonly station: Station & { attach(links: Links): void };
  readonly listener: LinkListener;
} {
  const inService = inServiceOf(config);
  if (lane === null) {
    const station = new ResponderStation({
      host,
      control,
      application: billingApplicationOf(config, binding),
      nowNs: binding.nowNs,
      tell,
      intervalNs: config.intervalNs,
      inService,
    });
    return { station, listener: station.reports };
  }
  const station = new RelayStation({
    host,
    control,
    inService,
    tell,
    lane: laneOver(lane),
  });
  return { station, listener: station.reports };
}

function inServiceOf(config: RespondConfig): InService | null {
  if (config.serviceTime.kind === 'off') return null;
  const random = new Random(config.seed, 0);
  return new InService(
    new ServiceModel({
      servers: config.serviceServers,
      queueMax: config.serviceQueueMax,
      serviceTimeNs: serviceTimeOf(config.serviceTime, () => random.unit()),
    }),
  );
}

main(workerData as ResponderWorkerData);
