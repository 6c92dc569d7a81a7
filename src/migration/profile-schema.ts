import { z } from 'zod';
import { parseHostPort } from '../config/cluster-config.js';
import { ValueError } from '../config/errors.js';
import { bytes, count, durationNs, expected, listOf, oneOf, text, yesNo } from '../config/fields.js';
import { LIMITS } from '../config/limits.js';
import { isOff, parseBytes, parseCount, parseRatePerSecond } from '../config/quantities.js';
import { parseCounterPlace } from '../telemetry/counters.js';
import { parseReachability, type ReachabilitySpec } from '../telemetry/reachability/spec.js';
import { parseHost } from '../telemetry/ssh.js';
import { DRIVER_NAMES } from './registry.js';

/** Combinations of a sweep. */
export const SWEEP_CASES_MAX = 256;
const PADDING_BYTES_MAX = LIMITS.messageBytesMax.value - 1024;

const command = () =>
  z
    .tuple([z.string()], z.string(), { error: expected('a command line as a list of words') })
    .describe('command line as a list of words; {index}, {direction} and values of the sweep are replaced');
const host = () =>
  text('local or ssh://[USER@]HOST[:PORT]', (input) => {
    parseHost(input);
    return input;
  });
const run = () =>
  z.union([z.string(), z.record(z.string(), z.unknown())], {
    error: expected('a run profile: its file, or a mapping with its keys'),
  });
const one = z.strictObject({
  vm: z
    .union([z.string(), z.number()], { error: expected('the name of the VM, as the driver wants it') })
    .transform(String)
    .describe('name of the VM, as the driver wants it'),
  destination: z.string().prefault('').describe('where it goes, as the driver says'),
  options: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .prefault({})
    .describe("the driver's own options"),
});
const REACHABILITY = 'icmp, tcp:PORT, udp:PORT or OFF';
const reachabilityOrOff = (input: string): ReachabilitySpec | null =>
  isOff(input) ? null : parseReachability(input);
const MANY = 64;
const size = (input: string): string => {
  parseBytes(input);
  return input.replaceAll(' ', '');
};

const sweep = z.strictObject({
  mtu: listOf('an MTU in bytes', (input) => parseCount(input, 28, 65_536), MANY)
    .optional()
    .describe('of the link, bytes; below 68, which Linux refuses, 68 is set and the result says so'),
  padding: listOf('bytes', (input) => parseCount(input, 0, PADDING_BYTES_MAX), MANY)
    .optional()
    .describe('bytes added to every request; 0 is the smallest valid message'),
  dirtyMemory: listOf('a size such as 16MB', size, MANY)
    .optional()
    .describe('what {dirtyMemory} stands for in workload, before and after'),
  rate: listOf('requests per second', parseRatePerSecond, MANY)
    .optional()
    .describe('load, requests a second'),
  reachability: listOf(REACHABILITY, reachabilityOrOff, MANY)
    .optional()
    .describe('with and without probe: OFF, icmp'),
});

/** A migration profile: what `busyhour migrate` takes. */
export const migrationProfileSchema = z.strictObject({
  run: run().describe(
    'load during each migration: a run profile, by file (from this folder) or in place; its duration follows from here',
  ),
  beside: z
    .array(
      z.strictObject({
        name: text('a name of letters, digits, dots and dashes', (input) => {
          if (/^[\w.-]{1,64}$/.test(input)) return input;
          throw new ValueError(`expected letters, digits, dots and dashes, got '${input}'`);
        }),
        run: run(),
      }),
    )
    .prefault([])
    .describe('load on other clusters meanwhile, each from a generator of its own'),
  driver: oneOf(DRIVER_NAMES as readonly [string, ...string[]]).describe('what starts the migration'),
  control: host().prefault('local').describe("host on which the driver's tool runs"),
  forth: one.describe('the migration'),
  back: one.optional().describe('the way back; without it every migration goes forth'),
  mode: oneOf(['live', 'cold']).prefault('live').describe('cold: stop, copy, start'),
  repeat: count(1, 100_000).prefault(4).describe('migrations of each case in all; directions alternate'),
  trigger: oneOf(['time', 'warning'])
    .prefault('time')
    .describe(
      'time: after the warm-up; warning: then the node at interconnect is told that its peer is dead while it lives, and holds failover until the migration is over',
    ),
  interconnect: text('HOST:PORT', parseHostPort)
    .optional()
    .describe('interconnect of the node that stays: its dead-after is asked for, and the warning goes there'),
  warmup: durationNs().prefault('15m').describe('load before each migration'),
  settle: durationNs({ min: '1s' }).prefault('10s').describe('load after each migration'),
  timeout: durationNs({ min: '1s' })
    .prefault('10m')
    .describe('a migration that takes longer is cancelled and reported as not converged'),
  expectedPause: durationNs().prefault('4s').describe('longest pause that a migration is expected to cause'),
  deadAfter: durationNs()
    .optional()
    .describe('silence after which the cluster under test declares a node dead; refused below expectedPause'),
  allowFailover: yesNo().prefault(false).describe('let a pause become a failover'),
  target: count(1, 32).prefault(1).describe("which of the run's targets is migrated, from 1"),
  reachability: z
    .union(
      [
        text(REACHABILITY, reachabilityOrOff),
        z.literal(false).transform(() => null),
        z.strictObject({
          command: command(),
          spacing: durationNs({ min: '10us' }).prefault('1ms').describe('time between two of its questions'),
        }),
      ],
      {
        error: expected('icmp[:HOST], tcp:[HOST:]PORT, udp:[HOST:]PORT, OFF, or a mapping with command'),
      },
    )
    .optional()
    .describe(
      'independent probe of the migrated host: icmp, tcp:PORT, udp:PORT (an echo service), or a program that prints gaps as JSON lines',
    ),
  hosts: z
    .strictObject({
      source: host().prefault('local'),
      destination: host().prefault('local'),
      guest: host().optional().describe('the VM itself'),
    })
    .prefault({})
    .describe('hosts whose CPU, memory, disk and network are recorded'),
  canonicalMemory: bytes(0, 2 ** 50)
    .optional()
    .describe(
      "memory that the VM's kernel uses by itself: with hosts.guest each migration becomes a point for lmdt",
    ),
  workload: z
    .strictObject({ host: host().prefault('local'), command: command() })
    .optional()
    .describe('stress inside the VM during each migration: a busyhour workload with --json'),
  counters: listOf('an interface such as ssh://root@host-a/eth1', parseCounterPlace, 32)
    .prefault([])
    .describe('interfaces whose bytes are counted: local/IF, ssh://HOST/IF, snmp://SWITCH/PORT'),
  link: z
    .strictObject({
      interface: text('the name of an interface', (input) => input),
      hosts: z.array(host()).optional().describe('default: the hosts'),
    })
    .optional()
    .describe('interface that the memory goes over, for a sweep over its MTU'),
  sweep: sweep.prefault({}).describe('lists of values; every combination is measured'),
  before: command().optional(),
  after: command().optional(),
});

export type MigrationProfile = z.output<typeof migrationProfileSchema>;
