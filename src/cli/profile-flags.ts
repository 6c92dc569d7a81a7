import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { type FlagValue, flagName } from '../config/load.js';

/** How a flag's value is called in `--help`, where the key's name says too little. */
const VALUE_NAMES: Readonly<Record<string, string>> = {
  target: 'ENDPOINT[,ENDPOINT]',
  listen: 'ENDPOINT',
  local: 'ENDPOINT',
  rate: 'N|Nbhca',
  arrival: 'KIND',
  tick: 'OFF|TIME',
  rerouteAfter: 'OFF|TIME',
  rotateEvery: 'OFF|TIME',
  rotateSize: 'SIZE',
  keep: 'SIZE',
  retransmitAfter: 'OFF|TIME',
  busyPoll: 'OFF|TIME',
  cpuLatency: 'OFF|TIME',
  serviceTime: 'TIME|DISTRIBUTION',
  writePerRequest: 'SIZE',
  padding: 'SIZE',
  out: 'DIR',
  dataDir: 'DIR',
  data: 'DIR',
  durability: 'none|local|replicated',
  cluster: 'NAME',
  node: 'a|b',
  prefer: 'a|b',
  interconnect: 'HOST:PORT',
  peer: 'HOST:PORT',
  witness: 'etcd://HOST:PORT',
  fence: 'CMD',
  failIf: 'EXPR',
  sctp: 'KEY=VALUE',
  distribution: 'split|first|active',
  scenario: 'probe|call',
  bundle: 'off|tick|auto',
  carrier: 'auto|udp|raw|kernel',
  role: 'asp|sgp|ipsp',
  trafficMode: 'override|loadshare|broadcast',
  msisdnRange: 'A-B',
  imsiRange: 'A-B',
  callingGt: 'DIGITS',
  calledGt: 'DIGITS',
  cpu: 'N[,N]',
};

const TIMES: ReadonlySet<string> = new Set([
  'duration',
  'timeout',
  'connectTimeout',
  'interval',
  'hold',
  'objective',
  'outageThreshold',
  'dialogueIdle',
  'heartbeat',
  'deadAfter',
]);
const REPEATED: ReadonlySet<string> = new Set(['failIf', 'sctp']);
const SWITCHES: ReadonlySet<string> = new Set(['listenForPeer', 'takeoverOnSilence', 'audit']);

/**
 * One flag for every key of a profile schema, its help text the key's description. Values stay text: profile and flags go through the
 * same schema, so that both are held to the same rules and told the same faults.
 */
export function addProfileFlags(command: Command, schema: z.ZodObject): void {
  for (const [key, field] of Object.entries(schema.shape)) {
    const description = (field as z.ZodType).description ?? '';
    const name = flagName(key);
    if (SWITCHES.has(key)) {
      command.addOption(new Option(name, description));
      command.addOption(new Option(name.replace('--', '--no-'), `the opposite of ${name}`));
      continue;
    }
    const value = VALUE_NAMES[key] ?? (TIMES.has(key) ? 'TIME' : 'N');
    const option = new Option(`${name} <${value}>`, description);
    if (REPEATED.has(key)) {
      option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
    }
    command.addOption(option);
  }
}

/** What the user gave of the flags of {@link addProfileFlags}, by profile key. */
export function givenProfileFlags(
  options: Readonly<Record<string, unknown>>,
  schema: z.ZodObject,
): Record<string, FlagValue | undefined> {
  return Object.fromEntries(
    Object.keys(schema.shape).map((key) => [key, options[key] as FlagValue | undefined]),
  );
}
