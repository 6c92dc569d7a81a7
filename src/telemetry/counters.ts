import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ValueError } from '../config/errors.js';
import { parseNetDev } from './parsers/proc.js';
import { parseSnmpAgent, readSnmpPort, type SnmpAgent } from './snmp.js';
import { parseHost, type SshHost, sshCommand } from './ssh.js';

/** A network interface whose byte counters can be read: of this host, of a host over ssh, of a switch over SNMP. */
export type CounterPlace = { readonly name: string; readonly interface: string } & (
  | { readonly kind: 'proc'; readonly host: SshHost | null }
  | { readonly kind: 'snmp'; readonly agent: SnmpAgent }
);

/** Bytes that an interface has received and sent since its counters began. */
export interface ByteCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

const FORM =
  'local/INTERFACE, ssh://[USER@]HOST[:PORT]/INTERFACE or snmp://[COMMUNITY@]HOST[:PORT]/INTERFACE';
/** Longest name that a switch gives an interface, as far as we believe it. */
const INTERFACE = /^[\w][\w./:@ -]{0,63}$/;
const ANSWER_MS = 15_000;
const COUNTERS = '/proc/net/dev';

/** @throws ValueError */
export function parseCounterPlace(text: string): CounterPlace {
  const match = /^(local|(?:ssh|snmp):\/\/[^/]+)\/(.+)$/.exec(text.trim());
  if (match === null || !INTERFACE.test(match[2]!)) throw new ValueError(`expected ${FORM}, got '${text}'`);
  const place = { interface: match[2]! };
  if (match[1]!.startsWith('snmp:')) {
    const agent = parseSnmpAgent(match[1]!);
    return { ...place, kind: 'snmp', agent, name: `${agent.name}/${place.interface}` };
  }
  if (/[/ ]/.test(place.interface)) throw new ValueError(`'${place.interface}' is no interface of a host`);
  return { ...place, kind: 'proc', host: parseHost(match[1]!), name: `${match[1]}/${place.interface}` };
}

/** Reads the counters now. @throws Error with a sentence about what is missing */
export async function readCounters(place: CounterPlace, env: NodeJS.ProcessEnv): Promise<ByteCounters> {
  if (place.kind === 'snmp') {
    const { receivedBytes, sentBytes } = await readSnmpPort(place.agent, place.interface, env);
    return { receivedBytes, sentBytes };
  }
  // Not /sys: in a network namespace it still shows the interfaces of the one in which it was mounted.
  const text = await (place.host === null ? readFile(COUNTERS, 'utf8') : readThere(place.host, env));
  const found = parseNetDev(text).get(place.interface);
  if (found !== undefined) return { receivedBytes: found.received, sentBytes: found.sent };
  throw new Error(`no interface ${place.interface}`);
}

async function readThere(host: SshHost, env: NodeJS.ProcessEnv): Promise<string> {
  const [program, ...args] = sshCommand(host, `cat ${COUNTERS}`);
  try {
    const { stdout } = await promisify(execFile)(program, args, { env, timeout: ANSWER_MS });
    return stdout;
  } catch (cause) {
    const said = String((cause as { readonly stderr?: unknown }).stderr ?? '').trim();
    throw new Error(said === '' ? (cause as Error).message : said.split('\n').at(-1)!);
  }
}
