import { isIP } from 'node:net';
import { ValueError } from './errors.js';

/** One side of an association, as the user names it; the shape that the SCTP binding takes. */
export interface Endpoint {
  /** IP addresses or host names; several only for multi-homing. */
  readonly addresses: readonly string[];
  readonly sctpPort: number;
  /** UDP encapsulation port (RFC 6951); 0 where the system chooses one. */
  readonly udpPort: number;
}

/** The port registered for SCTP over UDP (RFC 6951 §4.3). */
const UDP_PORT_DEFAULT = 9899;

const FORM = 'HOST[+HOST...]:SCTPPORT[/UDPPORT], for instance 127.0.0.1:2905/9899 or [::1]:2905';

/**
 * Reads `HOST[+HOST...]:SCTPPORT[/UDPPORT]`, IPv6 addresses in brackets.
 * `udpPortDefault` is used where no UDP port is named.
 * @throws ValueError
 */
export function parseEndpoint(text: string, udpPortDefault: number = UDP_PORT_DEFAULT): Endpoint {
  const match = /^(.+):(\d+)(?:\/(\d+))?$/.exec(text.trim());
  if (match === null) throw new ValueError(`expected ${FORM}, got '${text}'`);
  const addresses = match[1]!.split('+').map((host) => parseHost(host, text));
  const sctpPort = parsePort(match[2]!, 'SCTP', text);
  const udpPort = match[3] === undefined ? udpPortDefault : parsePort(match[3], 'UDP', text);
  return Object.freeze({ addresses: Object.freeze(addresses), sctpPort, udpPort });
}

/** The reverse of {@link parseEndpoint}. */
export function formatEndpoint(endpoint: Endpoint): string {
  const hosts = endpoint.addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
  const udp = endpoint.udpPort === 0 ? '' : `/${endpoint.udpPort}`;
  return `${hosts.join('+')}:${endpoint.sctpPort}${udp}`;
}

function parseHost(host: string, whole: string): string {
  const bracketed = /^\[(.*)\]$/.exec(host);
  if (bracketed !== null) {
    const address = bracketed[1]!;
    if (isIP(address) === 6) return address;
    throw new ValueError(`'${address}' is no IPv6 address in '${whole}'`);
  }
  if (host.includes(':'))
    throw new ValueError(`an IPv6 address stands in brackets, as in [::1]:2905, got '${whole}'`);
  const dotted = /^[\d.]+$/.test(host);
  const sound = dotted ? isIP(host) === 4 : /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?$/i.test(host);
  if (sound) return host;
  throw new ValueError(`'${host}' is no host name and no IP address; expected ${FORM}`);
}

function parsePort(text: string, name: string, whole: string): number {
  const port = Number(text);
  if (port <= 65_535) return port;
  throw new ValueError(`${name} port ${text} is above 65535 in '${whole}'`);
}
