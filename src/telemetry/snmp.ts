import snmp from 'net-snmp';
import { ValueError } from '../config/errors.js';

/** A switch, router or host that answers SNMP (v2c). */
export interface SnmpAgent {
  /** `snmp://HOST[:PORT]`, without the community, which is a password of sorts. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Null: what {@link COMMUNITY_VARIABLE} says, else `public`. */
  readonly community: string | null;
}

/** A community that shall not stand on a command line. */
const COMMUNITY_VARIABLE = 'BUSYHOUR_SNMP_COMMUNITY';
const PORT_DEFAULT = 161;
const TIMEOUT_MS = 1_500;
const RETRIES = 1;

/** IF-MIB (RFC 2863): columns of ifTable and ifXTable, and sysUpTime (RFC 3418). */
const OID = {
  upTime: '1.3.6.1.2.1.1.3.0',
  ifDescr: '1.3.6.1.2.1.2.2.1.2',
  ifName: '1.3.6.1.2.1.31.1.1.1.1',
  ifInOctets: '1.3.6.1.2.1.2.2.1.10',
  ifOutOctets: '1.3.6.1.2.1.2.2.1.16',
  ifHcInOctets: '1.3.6.1.2.1.31.1.1.1.6',
  ifHcOutOctets: '1.3.6.1.2.1.31.1.1.1.10',
} as const;

/** `snmp://[COMMUNITY@]HOST[:PORT]`. @throws ValueError */
export function parseSnmpAgent(text: string): SnmpAgent {
  const match = /^snmp:\/\/(?:([^@/\s]+)@)?(\w[\w.-]*|\[[\da-fA-F:]+\])(?::(\d{1,5}))?\/?$/.exec(text);
  const port = match?.[3] === undefined ? PORT_DEFAULT : Number(match[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new ValueError(
      `expected snmp://[COMMUNITY@]HOST[:PORT], got '${text.replace(/\/\/.*@/, '//...@')}'`,
    );
  const place = match[3] === undefined ? match[2]! : `${match[2]}:${port}`;
  return {
    name: `snmp://${place}`,
    host: match[2]!.replace(/[[\]]/g, ''),
    port,
    community: match[1] ?? null,
  };
}

/** The counters of one interface of an agent at one moment. */
export interface SnmpPort {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** 64: ifXTable; 32: the agent has only ifTable, whose counters begin anew after 4 GiB. */
  readonly bits: 32 | 64;
  /** sysUpTime, hundredths of a second: it goes back when the agent was started anew. */
  readonly upTimeTicks: number;
}

export interface OpenSession {
  readonly get: (oids: readonly string[]) => Promise<(bigint | null)[]>;
  readonly names: () => Promise<Map<string, number>>;
  readonly close: () => void;
}

/** Counter64 comes as the octets of its number, the smaller kinds as a number. */
function integer(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  if (!Buffer.isBuffer(value) || value.length === 0 || value.length > 9) return null;
  return BigInt(`0x${value.toString('hex')}`);
}

export function openSession(agent: SnmpAgent, env: NodeJS.ProcessEnv): OpenSession {
  const community = agent.community ?? env[COMMUNITY_VARIABLE] ?? 'public';
  const session = snmp.createSession(agent.host, community, {
    version: snmp.Version2c,
    port: agent.port,
    transport: agent.host.includes(':') ? 'udp6' : 'udp4',
    timeout: TIMEOUT_MS,
    retries: RETRIES,
    backoff: 1,
  });
  // The library answers an open request when its socket fails; without a listener the event would end the program.
  session.on('error', () => {});
  const sentence = (cause: Error): Error =>
    cause.name === 'RequestTimedOutError'
      ? new Error(
          `no answer to SNMP within ${((RETRIES + 1) * TIMEOUT_MS) / 1000} s: is the address right, the agent up, the community known to it?`,
        )
      : new Error(`SNMP: ${cause.message}`);
  const column = (oid: string): Promise<Map<string, number>> =>
    new Promise((resolve, reject) => {
      const found = new Map<string, number>();
      const take = (binds: readonly { readonly oid: string; readonly value?: unknown }[]): void => {
        for (const bind of binds) {
          if (!snmp.isVarbindError(bind as snmp.Varbind))
            found.set(String(bind.value).replace(/\0+$/, ''), Number(bind.oid.slice(oid.length + 1)));
        }
      };
      session.subtree(
        oid,
        20,
        (binds) => take(binds),
        (cause) => (cause ? reject(sentence(cause as Error)) : resolve(found)),
      );
    });
  return {
    get: (oids) =>
      new Promise((resolve, reject) => {
        session.get([...oids], (cause, binds) => {
          if (cause) reject(sentence(cause as Error));
          else resolve((binds ?? []).map((bind) => (snmp.isVarbindError(bind) ? null : integer(bind.value))));
        });
      }),
    names: async () => {
      const descriptions = await column(OID.ifDescr);
      const names = await column(OID.ifName);
      return new Map([...descriptions, ...names]);
    },
    close: () => session.close(),
  };
}

export async function indexOf(session: OpenSession, wanted: string): Promise<number> {
  const names = await session.names();
  const found = names.get(wanted);
  if (found !== undefined) return found;
  const number = Number(wanted);
  if (/^\d+$/.test(wanted) && [...names.values()].includes(number)) return number;
  throw new Error(`no interface '${wanted}'; the agent has ${[...names.keys()].join(', ') || 'none'}`);
}

export async function readPort(session: OpenSession, index: number): Promise<SnmpPort> {
  const columns = [OID.ifHcInOctets, OID.ifHcOutOctets, OID.ifInOctets, OID.ifOutOctets];
  const [upTime, in64, out64, in32, out32] = await session.get([
    OID.upTime,
    ...columns.map((oid) => `${oid}.${index}`),
  ]);
  const upTimeTicks = Number(upTime ?? 0);
  if (in64 != null && out64 != null)
    return { receivedBytes: Number(in64), sentBytes: Number(out64), bits: 64, upTimeTicks };
  if (in32 != null && out32 != null)
    return { receivedBytes: Number(in32), sentBytes: Number(out32), bits: 32, upTimeTicks };
  throw new Error(`the agent counts no octets of interface ${index}`);
}

/** Reads the counters of one interface, by its ifName, its ifDescr or its number. @throws Error with a sentence */
export async function readSnmpPort(
  agent: SnmpAgent,
  wanted: string,
  env: NodeJS.ProcessEnv,
): Promise<SnmpPort> {
  const session = openSession(agent, env);
  try {
    return await readPort(session, await indexOf(session, wanted));
  } finally {
    session.close();
  }
}

/** Bytes between two readings of a counter; null when the agent was started anew in between. */
export function countedBetween(
  before: SnmpPort,
  now: SnmpPort,
  read: (port: SnmpPort) => number,
): number | null {
  if (now.bits !== before.bits || now.upTimeTicks < before.upTimeTicks) return null;
  const difference = read(now) - read(before);
  if (difference >= 0) return difference;
  return now.bits === 32 ? difference + 2 ** 32 : null;
}
