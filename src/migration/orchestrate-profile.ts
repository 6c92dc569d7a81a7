import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ConfigError, type ConfigFault } from '../config/errors.js';
import { count, durationNs, expected, oneOf, text, yesNo } from '../config/fields.js';
import { type FlagValue, loadRunConfig } from '../config/load.js';
import { nearest } from '../config/nearest.js';
import type { RunConfig } from '../config/run-config.js';
import { parseYamlSource, type YamlSource } from '../config/yaml-source.js';
import { parseHost, type SshHost } from '../telemetry/ssh.js';
import { DRIVER_NAMES } from './registry.js';

/** After the migration is over, traffic and the run's own end may take this long. */
const RUN_MARGIN_MS = 60_000;

const command = () =>
  z
    .tuple([z.string()], z.string(), { error: expected('a command line as a list of words') })
    .describe('command line as a list of words; {index} and {direction} are replaced');
const host = () =>
  text('local or ssh://[USER@]HOST[:PORT]', (input) => {
    parseHost(input);
    return input;
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

/** A migration profile: what `busyhour migrate` takes. */
export const migrationProfileSchema = z.strictObject({
  run: z
    .union([z.string(), z.record(z.string(), z.unknown())], {
      error: expected('a run profile: its file, or a mapping with its keys'),
    })
    .describe(
      'load during each migration: a run profile, by file (from this folder) or in place; its duration follows from here',
    ),
  driver: oneOf(DRIVER_NAMES as readonly [string, ...string[]]).describe('what starts the migration'),
  control: host().prefault('local').describe("host on which the driver's tool runs"),
  forth: one.describe('the migration'),
  back: one.optional().describe('the way back; without it every migration goes forth'),
  mode: oneOf(['live', 'cold']).prefault('live').describe('cold: stop, copy, start'),
  repeat: count(1, 100_000).prefault(4).describe('migrations in all; directions alternate'),
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
  probe: z
    .strictObject({
      command: command(),
      spacing: durationNs({ min: '10us' }).prefault('1ms').describe('time between two of its questions'),
    })
    .optional()
    .describe('an independent program that prints gaps as JSON lines; see lab/guest/echo-probe.c'),
  hosts: z
    .strictObject({ source: host().prefault('local'), destination: host().prefault('local') })
    .prefault({})
    .describe('hosts whose CPU, memory, disk and network are recorded'),
  before: command().optional(),
  after: command().optional(),
});

type Profile = z.output<typeof migrationProfileSchema>;

export interface MigrationSettings
  extends Pick<Profile, 'driver' | 'forth' | 'mode' | 'repeat' | 'hosts' | 'probe' | 'before' | 'after'> {
  readonly run: RunConfig;
  /** Null: this host. */
  readonly control: SshHost | null;
  readonly back: Profile['back'] | null;
  readonly warmupMs: number;
  readonly settleMs: number;
  readonly timeoutMs: number;
  /** From 0. */
  readonly target: number;
}

/** Flags by profile key; undefined is no flag. */
export type MigrationFlags = Readonly<
  Partial<Record<'driver' | 'repeat' | 'warmup' | 'allowFailover' | 'failIf', FlagValue | undefined>>
>;

/**
 * Reads a migration profile.
 * @throws ConfigError with every fault found, those of the run profile in it included
 */
export function loadMigrationSettings(file: string, flags: MigrationFlags): MigrationSettings {
  const source = parseYamlSource(file, readProfile(file));
  if (source.faults.length > 0) throw new ConfigError(source.faults);
  const { failIf, ...own } = flags;
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const parsed = migrationProfileSchema.safeParse({ ...source.value, ...given });
  if (!parsed.success) throw new ConfigError(parsed.error.issues.flatMap((issue) => faultsOf(issue, source)));
  const profile = parsed.data;
  const faults = [...ruleFaults(profile, source)];
  if (faults.length > 0) throw new ConfigError(faults);
  const run = loadRun(file, profile, failIf);
  if (profile.target > run.targets.length) {
    const message = `the run has ${run.targets.length} targets, there is no number ${profile.target}`;
    throw new ConfigError([{ origin: originOf(['target'], source), key: 'target', message }]);
  }
  return {
    ...profile,
    run,
    control: parseHost(profile.control),
    back: profile.back ?? null,
    warmupMs: profile.warmup / 1e6,
    settleMs: profile.settle / 1e6,
    timeoutMs: profile.timeout / 1e6,
    target: profile.target - 1,
  };
}

function readProfile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT' ? 'no such file; see profiles/lab.yaml for an example' : `cannot be read (${code})`;
    throw new ConfigError([{ origin: { kind: 'file', file, line: null }, key: '', message }]);
  }
}

/** The run that each migration gets: long enough for warm-up, time-out and settling; it ends when the migration has been seen. */
function loadRun(file: string, profile: Profile, failIf: FlagValue | undefined): RunConfig {
  const lengthMs = (profile.warmup + profile.timeout + profile.settle) / 1e6 + RUN_MARGIN_MS;
  const flags = { duration: `${Math.ceil(lengthMs)}ms`, ...(failIf === undefined ? {} : { failIf }) };
  const inPlace = typeof profile.run !== 'string';
  return loadRunConfig({
    file: inPlace ? `${file}, run` : resolve(dirname(file), String(profile.run)),
    ...(inPlace ? { text: stringify(profile.run) } : {}),
    flags,
    seedDefault: 1,
  });
}

function ruleFaults(profile: Profile, source: YamlSource): ConfigFault[] {
  const { deadAfter, expectedPause, allowFailover } = profile;
  if (deadAfter === undefined || deadAfter >= expectedPause || allowFailover) return [];
  const message = `${deadAfter / 1e6} ms is shorter than expectedPause (${expectedPause / 1e6} ms): the migration's pause would become a failover. Raise it, or allow that with --allow-failover`;
  return [{ origin: originOf(['deadAfter'], source), key: 'deadAfter', message }];
}

type Path = readonly (string | number)[];

function faultsOf(issue: z.core.$ZodIssue, source: YamlSource): ConfigFault[] {
  const path = issue.path as Path;
  if (issue.code !== 'unrecognized_keys') {
    const missing = / got nothing$/.test(issue.message);
    const message = missing ? `is missing: ${issue.message.replace(/,? got nothing$/, '')}` : issue.message;
    return [{ origin: originOf(path, source), key: path.join('.'), message }];
  }
  return issue.keys.map((key) => {
    const known = path.length === 0 ? Object.keys(migrationProfileSchema.shape) : [];
    const near = nearest(key, known);
    const hint = near === null ? '' : `; did you mean ${near}?`;
    return {
      origin: originOf([...path, key], source),
      key: [...path, key].join('.'),
      message: `unknown key${hint}`,
    };
  });
}

function originOf(path: Path, source: YamlSource): ConfigFault['origin'] {
  const line = source.lineOf(path);
  return line === null ? { kind: 'command' } : { kind: 'file', file: source.file, line };
}
