import { isIPv6 } from 'node:net';
import type { Endpoint } from '../config/endpoint.js';
import { LIMITS } from '../config/limits.js';
import type { SctpConfig } from '../config/sctp.js';
import type { Carrier, SctpEndpoint, SctpHostOptions } from '../transport/sctp.js';

export interface HostChoice {
  readonly carrier: Carrier;
  /** Null: any address of the peers' family, ports chosen by the system. */
  readonly local: Endpoint | null;
  readonly listen: boolean;
  readonly reusePort: boolean;
  readonly sctp: SctpConfig;
  /** Number of this worker; workers with a socket of their own take the ports above that of the first. */
  readonly worker: number;
  readonly peers: readonly SctpEndpoint[];
}

/** SCTP port that a host binds when the user names none: the registered one where it listens, else one of the dynamic range for each worker. */
const DYNAMIC_PORT = 49_152;

/** Options of the SCTP host of one worker. */
export function hostOptions(choice: HostChoice): SctpHostOptions {
  return {
    carrier: choice.carrier,
    local: localEndpoint(choice),
    listen: choice.listen,
    reusePort: choice.reusePort,
    tunables: choice.sctp,
    receiveBatchMessages: LIMITS.receiveBatchMessages.value,
    receiveBatchBytes: LIMITS.receiveBatchBytes.value,
    sendBatchMessages: LIMITS.sendBatchMessages.value,
    sendBatchBytes: LIMITS.sendBatchBytes.value,
    associationsMax: LIMITS.associationsAcceptedMax.value,
  };
}

function localEndpoint({ local, reusePort, worker, peers }: HostChoice): SctpEndpoint {
  const shift = reusePort ? 0 : worker;
  const port = (given: number) => (given === 0 ? 0 : given + shift);
  if (local === null) {
    const family = peers.some((peer) => peer.addresses.some((address) => isIPv6(address))) ? '::' : '0.0.0.0';
    return { addresses: [family], sctpPort: DYNAMIC_PORT + ((process.pid + worker) % 16_000), udpPort: 0 };
  }
  return { addresses: local.addresses, sctpPort: port(local.sctpPort), udpPort: port(local.udpPort) };
}
