import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Endpoint, formatEndpoint } from '../config/endpoint.js';
import type { SctpEndpoint } from '../transport/sctp.js';
import { RuntimeFault } from './faults.js';

/**
 * The endpoint with IP addresses in the place of host names.
 * @throws RuntimeFault naming the host that has no address
 */
export async function resolveEndpoint(endpoint: Endpoint): Promise<SctpEndpoint> {
  const addresses = await Promise.all(
    endpoint.addresses.map(async (host) => {
      if (isIP(host) !== 0) return host;
      try {
        return (await lookup(host)).address;
      } catch {
        throw new RuntimeFault('unreachable', `${formatEndpoint(endpoint)}: the name ${host} has no address`);
      }
    }),
  );
  return { addresses, sctpPort: endpoint.sctpPort, udpPort: endpoint.udpPort };
}
