import { parseHostPort } from '../../config/cluster-config.js';
import { ValueError } from '../../config/errors.js';
import { parseDurationNs } from '../../config/quantities.js';

/** How the migrated host is asked whether it is there, independently of the measured application. */
export type ReachabilitySpec =
  /** ICMP echo by the system's ping, TCP connections (a refusal is an answer too), or UDP to an echo service (RFC 862). */
  | {
      readonly kind: 'icmp' | 'tcp' | 'udp';
      /** Null: the host of the migrated target. */
      readonly host: string | null;
      /** Null for icmp. */
      readonly port: number | null;
      /** Time between two questions. */
      readonly spacingMs: number;
    }
  /** A program of the user's that prints gaps as JSON lines: `{"gap":{"fromUnixMs":F,"toUnixMs":T}}`. */
  | {
      readonly kind: 'command';
      readonly command: readonly [string, ...string[]];
      readonly spacingMs: number;
    };

const FORM = 'icmp[:HOST], tcp:[HOST:]PORT or udp:[HOST:]PORT, each with /SPACING behind it if need be';
const SPACING_MS = { icmp: 1, tcp: 10, udp: 1 } as const;
const SPACING_MS_MIN = 0.5;
const SPACING_MS_MAX = 10_000;

/**
 * Reads `icmp`, `icmp:192.0.2.7/2ms`, `tcp:22`, `udp:[::1]:7` and the like.
 * @throws ValueError
 */
export function parseReachability(text: string): ReachabilitySpec {
  const match = /^(icmp|tcp|udp)(?::([^/]+))?(?:\/(.+))?$/.exec(text.trim());
  if (match === null) throw new ValueError(`expected ${FORM}, got '${text}'`);
  const kind = match[1] as 'icmp' | 'tcp' | 'udp';
  const place = match[2];
  const spacingMs = match[3] === undefined ? SPACING_MS[kind] : parseDurationNs(match[3]) / 1e6;
  if (spacingMs < SPACING_MS_MIN || spacingMs > SPACING_MS_MAX)
    throw new ValueError(`expected a spacing of 500us to 10s, got '${match[3]}'`);
  if (kind === 'icmp')
    return { kind, host: place === undefined ? null : hostOf(place), port: null, spacingMs };
  if (place === undefined) throw new ValueError(`${kind} needs a port: expected ${FORM}, got '${text}'`);
  if (/^\d+$/.test(place)) return { kind, host: null, port: portOf(place), spacingMs };
  return { kind, ...parseHostPort(place), spacingMs };
}

/** A leading dash would be read by ping as an option. */
function hostOf(place: string): string {
  const host = place.replace(/^\[(.*)\]$/, '$1');
  if (/^[\w:][\w.:-]*$/.test(host)) return host;
  throw new ValueError(`'${place}' is no host`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw new ValueError(`no such port: ${text}`);
}

/** The reverse of {@link parseReachability}, for reports. */
export function formatReachability(spec: ReachabilitySpec): string {
  if (spec.kind === 'command') return spec.command[0];
  const host = spec.host?.includes(':') ? `[${spec.host}]` : spec.host;
  const place = [host, spec.port].filter((part) => part !== null).join(':');
  return `${spec.kind}${place === '' ? '' : `:${place}`}/${spec.spacingMs}ms`;
}
