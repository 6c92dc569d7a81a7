import { ValueError } from './errors.js';
import { durationNs, oneOf, text, textOrNumber, yesNo } from './fields.js';
import { parseCount } from './quantities.js';

/** A TCP address. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The cluster that a responder is a node of. */
export interface ClusterConfig {
  readonly name: string;
  readonly node: 'a' | 'b';
  /** Where this node listens for its peer. */
  readonly interconnect: HostPort;
  readonly peer: HostPort;
  readonly witness: HostPort | null;
  /** Shell command that makes sure that the peer is dead: it returns 0 then. */
  readonly fence: string | null;
  readonly prefer: 'a' | 'b' | null;
  readonly heartbeatNs: number;
  readonly deadAfterNs: number;
  readonly takeoverOnSilence: boolean;
}

export type Durability = 'none' | 'local' | 'replicated';

const hostPort = (what: string) => text(`${what} HOST:PORT`, parseHostPort);

/** Keys of a responder's profile that make it a node of a cluster. */
export const clusterShape = {
  data: text('a folder', (input) => input)
    .optional()
    .describe('folder for ledger and journal; without it nothing is kept'),
  keepRecords: textOrNumber('a number of records, or all', parseKeptRecords)
    .prefault('all')
    .describe(
      'charging records that stay on the disk: all, or at least so many; older ones go, and the balances that they led to stay',
    ),
  durability: oneOf(['none', 'local', 'replicated'])
    .optional()
    .describe(
      'what an answer waits for: nothing, this disk, or this disk and the peer; by default the strongest that can be had',
    ),
  cluster: text('a name', parseName)
    .optional()
    .describe('name of the cluster that this responder is a node of'),
  node: oneOf(['a', 'b']).optional().describe('which of the two nodes this is'),
  interconnect: hostPort('an address')
    .optional()
    .describe('where this node listens for its peer and for cluster commands'),
  peer: hostPort('an address').optional().describe("the other node's interconnect"),
  witness: text('etcd://HOST:PORT', parseWitness)
    .optional()
    .describe('an etcd that both nodes reach: decides who serves when they do not reach each other'),
  fence: text('a command', (input) => input)
    .optional()
    .describe('shell command that makes sure that the peer is dead, and then returns 0'),
  prefer: oneOf(['a', 'b']).optional().describe('the node that serves at the first start with equal ledgers'),
  heartbeat: durationNs({ min: '10ms' }).prefault('100ms').describe('time between signs of life of a node'),
  deadAfter: durationNs({ min: '100ms' })
    .prefault('5s')
    .describe('silence after which a node asks for the right to serve alone'),
  takeoverOnSilence: yesNo()
    .prefault(false)
    .describe('labs only: silence counts as death; no exactly-once promise'),
} as const;

/** The keys of {@link clusterShape} after validation. */
export interface ClusterProfile {
  readonly data?: string | undefined;
  readonly keepRecords: number;
  readonly durability?: Durability | undefined;
  readonly cluster?: string | undefined;
  readonly node?: 'a' | 'b' | undefined;
  readonly interconnect?: HostPort | undefined;
  readonly peer?: HostPort | undefined;
  readonly witness?: HostPort | undefined;
  readonly fence?: string | undefined;
  readonly prefer?: 'a' | 'b' | undefined;
  readonly heartbeat: number;
  readonly deadAfter: number;
  readonly takeoverOnSilence: boolean;
}

/** What an answer waits for when the user does not say. */
export function durabilityOf({ durability, cluster, data }: ClusterProfile): Durability {
  if (durability !== undefined) return durability;
  if (cluster !== undefined) return 'replicated';
  return data === undefined ? 'none' : 'local';
}

/** Null without a cluster. The profile must keep {@link clusterFaults}. */
export function clusterConfigOf(profile: ClusterProfile): ClusterConfig | null {
  const { cluster, node, interconnect, peer } = profile;
  if (cluster === undefined || node === undefined || interconnect === undefined || peer === undefined) {
    return null;
  }
  return {
    name: cluster,
    node,
    interconnect,
    peer,
    witness: profile.witness ?? null,
    fence: profile.fence ?? null,
    prefer: profile.prefer ?? null,
    heartbeatNs: profile.heartbeat,
    deadAfterNs: profile.deadAfter,
    takeoverOnSilence: profile.takeoverOnSilence,
  };
}

/** What does not fit together. */
export function* clusterFaults(profile: ClusterProfile): Iterable<{ key: string; message: string }> {
  const { cluster, durability, data, heartbeat, deadAfter } = profile;
  const needed = ['node', 'interconnect', 'peer', 'data'] as const;
  const useless = ['node', 'interconnect', 'peer', 'witness', 'fence', 'prefer'] as const;
  if (cluster === undefined) {
    for (const key of useless) {
      if (profile[key] !== undefined)
        yield { key, message: 'has no effect without cluster; name the cluster too' };
    }
    if (durability === 'replicated') {
      yield {
        key: 'durability',
        message: 'replicated needs a peer; name cluster, node, interconnect and peer',
      };
    }
    if (durability === 'local' && data === undefined) {
      yield { key: 'durability', message: 'local needs a folder to keep the journal in; name data' };
    }
    return;
  }
  for (const key of needed) {
    if (profile[key] === undefined) yield { key, message: 'is missing: a node of a cluster needs it' };
  }
  if (deadAfter < 3 * heartbeat) {
    yield {
      key: 'deadAfter',
      message: 'must be three heartbeats or more, or a single late one looks like a death',
    };
  }
}

/** @throws ValueError when it is not HOST:PORT */
export function parseHostPort(input: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(input.trim());
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw new ValueError(`expected HOST:PORT such as 127.0.0.1:7000, got '${input}'`);
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseWitness(input: string): HostPort {
  const match = /^etcd:\/\/(.+?)\/?$/.exec(input.trim());
  if (match === null) throw new ValueError(`expected etcd://HOST:PORT, got '${input}'`);
  return parseHostPort(match[1]!);
}

/** Infinity for all. */
function parseKeptRecords(input: string): number {
  if (input.trim().toLowerCase() === 'all') return Number.POSITIVE_INFINITY;
  return parseCount(input, 1, Number.MAX_SAFE_INTEGER);
}

function parseName(input: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(input)) {
    throw new ValueError(`expected 1 to 64 letters, digits, dots, dashes or underscores, got '${input}'`);
  }
  return input;
}
