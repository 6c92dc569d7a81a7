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

/** Registered SCTP port of M3UA and UDP port of encapsulated SCTP (RFC 4666 §1.4.8, RFC 6951 §3): where a peer looks for whoever waits for it. */
const SCTP_PORT = 2905;
const UDP_PORT = 9899;

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

function localEndpoint({ local, listen, reusePort, worker, peers }: HostChoice): SctpEndpoint {
  const shift = reusePort ? 0 : worker;
  const port = (given: number) => (given === 0 ? 0 : given + shift);
  if (local === null) {
    const family = peers.some((peer) => peer.addresses.some((address) => isIPv6(address))) ? '::' : '0.0.0.0';
    // Port 0 is a port of its own for every association: two of them to one peer could not share one.
    const [sctpPort, udpPort] = listen ? [SCTP_PORT + shift, UDP_PORT + shift] : [0, 0];
    return { addresses: [family], sctpPort, udpPort };
  }
  return { addresses: local.addresses, sctpPort: port(local.sctpPort), udpPort: port(local.udpPort) };
}
