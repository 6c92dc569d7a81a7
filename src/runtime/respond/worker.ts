/** Entry of a responder's serving thread. */
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
} from '../../transport/sctp.js';
import { Control, WORKER_STATE } from '../control.js';
import { drive, type Station } from '../drive.js';
import { sayFarewell } from '../farewell.js';
import { hostOptions } from '../host-options.js';
import { Ring } from '../ledger/ring.js';
import { type LinkListener, Links } from '../links.js';
import { prepareLoopThread } from '../loop-thread.js';
import { type RehearsalPlan, rehearse } from '../rehearsal.js';
import { signallingOf } from '../signalling.js';
import { billingApplicationOf } from './application.js';
import { InService } from './in-service.js';
import { RelayStation } from './relay-station.js';
import { type ResponderMessage, ResponderStation } from './station.js';

/** What the main thread gives the serving thread when it starts it. */
export interface ResponderWorkerData {
  readonly config: RespondConfig;
  readonly carrier: Carrier;
  readonly targets: readonly SctpEndpoint[];
  readonly control: SharedArrayBuffer;
  readonly rehearsal: RehearsalPlan;
  /** Present when the main thread decides. */
  readonly rings: { readonly requests: SharedArrayBuffer; readonly answers: SharedArrayBuffer } | null;
}

type Tell = (message: ResponderMessage) => void;

function main(data: ResponderWorkerData): void {
  const { config, carrier, targets, rehearsal, control: shared } = data;
  const binding = openBinding();
  prepareLoopThread(binding, config.cpus[0]);
  rehearse(binding, rehearsal, 0);
  const { nowNs } = binding;
  const control = new Control(shared);
  const host = binding.open(
    hostOptions({
      carrier,
      local: config.listen ?? config.local,
      listen: config.listenForPeer,
      reusePort: false,
      sctp: config.sctp,
      worker: 0,
      peers: targets,
    }),
  );
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
      for (const [peer, target] of targets.entries()) links.open(peer, target);
    }
    tell({ kind: 'listening', endpoint: host.local });
    drive(host, station, control, {
      nowNs,
      threadCpuNs: binding.threadCpuNs,
      busyPollNs: config.busyPollNs ?? 0,
      unread: null,
    });
    sayFarewell(host, links, nowNs);
  } finally {
    host.close();
  }
}

/** Decides here, or leaves that to the main thread. */
function stationOf(
  { config, rings }: ResponderWorkerData,
  binding: Binding,
  host: SctpHost,
  control: Control,
  tell: Tell,
): {
  readonly station: Station & { attach(links: Links): void };
  readonly listener: LinkListener;
} {
  const inService = inServiceOf(config);
  if (rings === null) {
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
    requests: new Ring(rings.requests),
    answers: new Ring(rings.answers),
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
