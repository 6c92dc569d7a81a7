import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { HostPort } from '../config/cluster-config.js';
import { ConfigError, type ConfigFault } from '../config/errors.js';
import type { FlagValue } from '../config/load.js';
import { nearest } from '../config/nearest.js';
import { readProfileText } from '../config/profile-text.js';
import type { RunConfig } from '../config/run-config.js';
import { parseYamlSource, type YamlSource } from '../config/yaml-source.js';
import { loadRun } from '../runtime/load-run.js';
import type { CounterPlace } from '../telemetry/counters.js';
import type { ReachabilitySpec } from '../telemetry/reachability/spec.js';
import { parseHost, type SshHost } from '../telemetry/ssh.js';
import type { BesideLoad } from './beside.js';
import type { MigrationLink } from './link-mtu.js';
import { type MigrationProfile, migrationProfileSchema, SWEEP_CASES_MAX } from './profile-schema.js';
import { type SweepCase, sweepCases } from './sweep-cases.js';

/** After the migration is over, traffic and the run's own end may take this long. */
const RUN_MARGIN_MS = 60_000;
const EXAMPLE = 'profiles/lab.yaml for an example';

/** A combination of the sweep's values, with the run that it makes. */
export interface MigrationCase extends SweepCase {
  readonly run: RunConfig;
  readonly probe: ReachabilitySpec | null;
}

export interface MigrationSettings
  extends Pick<
    MigrationProfile,
    'driver' | 'forth' | 'mode' | 'repeat' | 'hosts' | 'workload' | 'trigger' | 'before' | 'after'
  > {
  /** At least one. */
  readonly cases: readonly [MigrationCase, ...MigrationCase[]];
  /** Null: this host. */
  readonly control: SshHost | null;
  readonly back: MigrationProfile['back'] | null;
  readonly warmupMs: number;
  readonly settleMs: number;
  readonly timeoutMs: number;
  readonly expectedPauseMs: number;
  readonly allowFailover: boolean;
  /** From 0. */
  readonly target: number;
  readonly interconnect: HostPort | null;
  readonly counters: readonly CounterPlace[];
  readonly beside: readonly BesideLoad[];
  readonly link: MigrationLink | null;
  readonly canonicalMemoryBytes: number | null;
}

/** Flags by profile key; undefined is no flag. */
export type MigrationFlags = Readonly<
  Partial<
    Record<
      'driver' | 'repeat' | 'warmup' | 'allowFailover' | 'reachability' | 'failIf',
      FlagValue | undefined
    >
  >
>;

/**
 * Reads a migration profile.
 * @throws ConfigError with every fault found, those of the run profile in it included
 */
export function loadMigrationSettings(file: string, flags: MigrationFlags): MigrationSettings {
  const source = parseYamlSource(file, readProfileText(file, EXAMPLE));
  if (source.faults.length > 0) throw new ConfigError(source.faults);
  const { failIf, ...own } = flags;
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const parsed = migrationProfileSchema.safeParse({ ...source.value, ...given });
  if (!parsed.success) throw new ConfigError(parsed.error.issues.flatMap((issue) => faultsOf(issue, source)));
  const profile = parsed.data;
  const faults = [...ruleFaults(profile, source)];
  if (faults.length > 0) throw new ConfigError(faults);
  const [first, ...rest] = sweepCases(profile.sweep).map((one): MigrationCase => {
    const probe = one.reachability === undefined ? probeOf(profile) : one.reachability;
    return { ...one, run: runOf(file, profile, one, failIf), probe };
  });
  if (profile.target > first!.run.targets.length) {
    const message = `the run has ${first!.run.targets.length} targets, there is no number ${profile.target}`;
    throw new ConfigError([{ origin: originOf(['target'], source), key: 'target', message }]);
  }
  return {
    ...profile,
    cases: [first!, ...rest],
    control: parseHost(profile.control),
    back: profile.back ?? null,
    warmupMs: profile.warmup / 1e6,
    settleMs: profile.settle / 1e6,
    timeoutMs: profile.timeout / 1e6,
    expectedPauseMs: profile.expectedPause / 1e6,
    target: profile.target - 1,
    interconnect: profile.interconnect ?? null,
    beside: profile.beside.map((load) => besideOf(file, load)),
    link: linkOf(profile),
    canonicalMemoryBytes: profile.canonicalMemory ?? null,
  };
}

function probeOf({ reachability }: MigrationProfile): ReachabilitySpec | null {
  if (reachability === undefined || reachability === null) return null;
  if ('kind' in reachability) return reachability;
  return { kind: 'command', command: reachability.command, spacingMs: reachability.spacing / 1e6 };
}

function linkOf({ link, hosts }: MigrationProfile): MigrationLink | null {
  if (link === undefined) return null;
  const names = link.hosts ?? [hosts.source, hosts.destination];
  return { interface: link.interface, hosts: [...new Set(names)].map(parseHost) };
}

/** The profile of a load beside, checked and whole: what is in a file is read now. */
function besideOf(file: string, { name, run }: MigrationProfile['beside'][number]): BesideLoad {
  const inPlace = typeof run !== 'string';
  const path = inPlace ? `${file}, beside ${name}` : resolve(dirname(file), run);
  const text = inPlace ? stringify(run) : readProfileText(path, EXAMPLE);
  loadRun({ file: path, text, flags: { duration: '1s' }, seedDefault: 1 });
  return { name, profile: text };
}

/** The run that each migration gets: long enough for warm-up, time-out and settling; it ends when the migration has been seen. */
function runOf(
  file: string,
  profile: MigrationProfile,
  { ratePerSecond, paddingBytes }: SweepCase,
  failIf: FlagValue | undefined,
): RunConfig {
  const lengthMs = (profile.warmup + profile.timeout + profile.settle) / 1e6 + RUN_MARGIN_MS;
  const inPlace = typeof profile.run !== 'string';
  return loadRun({
    file: inPlace ? `${file}, run` : resolve(dirname(file), String(profile.run)),
    ...(inPlace ? { text: stringify(profile.run) } : {}),
    flags: {
      duration: `${Math.ceil(lengthMs)}ms`,
      rate: ratePerSecond ?? undefined,
      padding: paddingBytes ?? undefined,
      failIf,
    },
    seedDefault: 1,
  });
}

function* ruleFaults(profile: MigrationProfile, source: YamlSource): Iterable<ConfigFault> {
  const { deadAfter, expectedPause, allowFailover, sweep, beside } = profile;
  const fault = (path: Path, message: string): ConfigFault => ({
    origin: originOf(path, source),
    key: path.join('.'),
    message,
  });
  if (deadAfter !== undefined && deadAfter < expectedPause && !allowFailover) {
    yield fault(
      ['deadAfter'],
      `${deadAfter / 1e6} ms is shorter than expectedPause (${expectedPause / 1e6} ms): the migration's pause would become a failover. Raise it, or allow that with --allow-failover`,
    );
  }
  if (sweep.mtu !== undefined && profile.link === undefined)
    yield fault(['sweep', 'mtu'], 'needs link, which says whose MTU');
  if (profile.trigger === 'warning' && profile.interconnect === undefined)
    yield fault(['trigger'], 'warning needs interconnect: the address of the node that stays');
  const takers = JSON.stringify([profile.workload, profile.before, profile.after]);
  if (sweep.dirtyMemory !== undefined && !takers.includes('{dirtyMemory}'))
    yield fault(
      ['sweep', 'dirtyMemory'],
      'nothing takes it: write {dirtyMemory} in the command of workload or before',
    );
  if (new Set(beside.map(({ name }) => name)).size < beside.length)
    yield fault(['beside'], 'two loads have one name');
  if (profile.canonicalMemory !== undefined && profile.hosts.guest === undefined)
    yield fault(['canonicalMemory'], 'needs hosts.guest, whose memory it is taken from');
  const cases = sweepCases(sweep);
  if (cases.length > SWEEP_CASES_MAX)
    yield fault(
      ['sweep'],
      `makes ${cases.length} combinations, at most ${SWEEP_CASES_MAX} are measured in one go`,
    );
  if (new Set(cases.map(({ name }) => name)).size < cases.length) yield fault(['sweep'], 'has a value twice');
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
