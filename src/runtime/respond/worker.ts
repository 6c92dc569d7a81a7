/** Entry of a responder's serving thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { OutputQueue } from '../../../protocol/m3ua/outputs.js';
import type { RespondConfig } from '../../config/respond-config.js';
import { Random } from '../../load/random.js';
import { BillingApplication } from '../../responder/application.js';
import { Billing } from '../../responder/billing.js';
import { DialogueTable } from '../../responder/dialogues.js';
import { DuplicateWindow } from '../../responder/duplicates.js';
import { Ledger } from '../../responder/ledger.js';
import { RecordBatch } from '../../responder/record.js';
import { ServiceModel } from '../../responder/service-model.js';
import { serviceTimeOf } from '../../responder/service-time.js';
import { ApplicationStatistics } from '../../responder/statistics.js';
import { TariffTable } from '../../responder/tariffs.js';
import { type Binding, type Carrier, openBinding, type SctpEndpoint } from '../../transport/sctp.js';
import { Control, WORKER_STATE } from '../control.js';
import { drive } from '../drive.js';
import { sayFarewell } from '../farewell.js';
import { hostOptions } from '../host-options.js';
import { Links } from '../links.js';
import { signallingOf } from '../signalling.js';
import { InService } from './in-service.js';
import { type ResponderMessage, ResponderStation } from './station.js';

/** What the main thread gives the serving thread when it starts it. */
export interface ResponderWorkerData {
  readonly config: RespondConfig;
  readonly carrier: Carrier;
  readonly targets: readonly SctpEndpoint[];
  readonly control: SharedArrayBuffer;
}

/** Records of one turn of the loop. */
const RECORDS_PER_TURN = 4096;
/** Calls open at a time; 52 octets each. */
const DIALOGUES_MAX = 2 ** 20;
const REQUESTERS_MAX = 4096;
const PULSE_MS = 1000;
const GRANT_MS = 3_600_000;

function main({ config, carrier, targets, control: shared }: ResponderWorkerData): void {
  const binding = openBinding();
  const cpu = config.cpus[0];
  if (cpu !== undefined) binding.pinThread(cpu);
  binding.setTimerSlackNs(1);
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
    const tell = (message: ResponderMessage): void => parentPort?.postMessage(message);
    const application = applicationOf(config, binding);
    const station = new ResponderStation({
      host,
      control,
      application,
      streams,
      nowNs,
      tell,
      intervalNs: config.intervalNs,
      inService: inServiceOf(config),
    });
    const links = new Links({ host, queue, create: signalling.create, group: signalling.sgp }, station);
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
    });
    sayFarewell(host, links, nowNs);
  } finally {
    host.close();
  }
}

/** The first service key is charged per request, the next one per call: `probe` and `call` of the generator. */
function applicationOf(config: RespondConfig, binding: Binding): BillingApplication {
  const { addressing } = config;
  const prices = {
    pricePerEvent: config.chargeUnits,
    pricePerPulse: config.chargeUnits,
    pulseMs: PULSE_MS,
    grantMs: GRANT_MS,
  };
  const billing = new Billing({
    ledger: new Ledger({
      subscribers: {
        firstMsisdn: Number(addressing.msisdnRange.first),
        firstImsi: Number(addressing.imsiRange.first),
        count: config.subscribers,
      },
      balance: config.balanceUnits,
    }),
    tariffs: new TariffTable([
      { serviceKey: addressing.serviceKey, mode: 'event', ...prices },
      { serviceKey: addressing.serviceKey + 1, mode: 'session', ...prices },
    ]),
    duplicates: new DuplicateWindow({ entriesMax: powerOfTwoFrom(config.rememberedAnswersMax) }),
    dialogues: new DialogueTable({
      slotsMax: DIALOGUES_MAX,
      idleTimeoutNs: config.dialogueIdleNs,
      prefix: 0,
      prefixBits: 0,
    }),
    records: new RecordBatch(RECORDS_PER_TURN),
    epochUnixMs: binding.epochUnixMs,
  });
  return new BillingApplication({
    billing,
    statistics: new ApplicationStatistics(binding.nowNs()),
    requestersMax: REQUESTERS_MAX,
  });
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

function powerOfTwoFrom(least: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(least)));
}

main(workerData as ResponderWorkerData);
