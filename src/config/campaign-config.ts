import { stringify } from 'yaml';
import { z } from 'zod';
import { ConfigError, type ConfigFault } from './errors.js';
import { count, durationNs, listOf, oneOf } from './fields.js';
import { knownKeys } from './known-keys.js';
import { LIMITS } from './limits.js';
import { nearest } from './nearest.js';
import { readProfileText } from './profile-text.js';
import { parseRatePerSecond } from './quantities.js';
import { parseYamlSource, type YamlSource } from './yaml-source.js';

const plainText = (what: string) => z.string({ error: `expected ${what}` }).min(1, `expected ${what}`);
const settings = () =>
  z.record(z.string(), z.unknown(), { error: 'expected settings of a run, one `key: value` a line' });
const levels = () =>
  listOf('requests per second, with commas between', parseRatePerSecond, LIMITS.campaignLevelsMax.value);

const setupSchema = z.strictObject({
  name: plainText('a name without blanks').regex(/^[\w.-]+$/, 'expected letters, digits, dots and dashes'),
  reference: z.string().optional().describe('published set-up to stand beside it, such as bth-2013/kvm-16'),
  levels: levels().optional().describe('load levels, if other than those of the campaign'),
  monitor: z.string().optional().describe('host whose CPU is recorded: local, or USER@HOST for ssh'),
  run: settings().prefault({}).describe('settings of its runs, over those of the campaign'),
});

/** A campaign profile: what `busyhour campaign` takes. */
export const campaignProfileSchema = z.strictObject({
  campaign: plainText('the name of the campaign'),
  levels: levels().optional().describe('load levels, requests per second'),
  duration: durationNs({ min: '100ms' }).describe('length of a level'),
  interval: durationNs({ min: '100ms' }).prefault('10s').describe('sampling period'),
  warmUp: durationNs().prefault('0s').describe('load before each level that is not recorded'),
  coolDown: durationNs().prefault('0s').describe('pause between two levels'),
  repetitions: count(1, 1000).prefault(1).describe('how often the matrix is run through'),
  order: oneOf(['listed', 'random']).prefault('listed').describe('order of the levels'),
  run: settings().prefault({}).describe('settings of all runs, as in a run profile'),
  setups: z.array(setupSchema, { error: 'expected a list of set-ups' }).min(1, 'expected a set-up or more'),
});

export interface CampaignSetupConfig {
  readonly name: string;
  readonly reference: string | null;
  readonly levelsPerSecond: readonly number[];
  /** `local`, an ssh host, or null. */
  readonly monitor: string | null;
  /** Run profile of its runs as YAML; rate, duration and interval are not in it. */
  readonly runProfile: string;
}

/** A validated campaign. */
export interface CampaignConfig {
  readonly name: string;
  readonly durationNs: number;
  readonly intervalNs: number;
  readonly warmUpNs: number;
  readonly coolDownNs: number;
  readonly repetitions: number;
  readonly order: 'listed' | 'random';
  readonly setups: readonly CampaignSetupConfig[];
}

/** What the campaign sets for every run itself. */
const OWN_KEYS: readonly string[] = ['rate', 'duration', 'interval', 'arrival', 'out', 'failIf'];

/**
 * Reads and checks a campaign profile; the settings of its runs are checked when their profiles are loaded.
 * @throws ConfigError with every fault found
 */
export function loadCampaignConfig(file: string): CampaignConfig {
  const source = parseYamlSource(file, readProfileText(file));
  if (source.faults.length > 0) throw new ConfigError(source.faults);
  const result = campaignProfileSchema.safeParse(source.value);
  if (!result.success) throw new ConfigError(result.error.issues.flatMap((issue) => faultsOf(issue, source)));
  const profile = result.data;
  const faults: ConfigFault[] = [];
  const fault = (path: readonly (string | number)[], message: string): void => {
    faults.push({
      origin: { kind: 'file', file, line: source.lineOf(path) },
      key: formatPath(path),
      message,
    });
  };
  const names = profile.setups.map(({ name }) => name);
  const setups = profile.setups.map((setup, index): CampaignSetupConfig => {
    if (names.indexOf(setup.name) !== index)
      fault(['setups', index, 'name'], `'${setup.name}' is there twice`);
    const levelsPerSecond = setup.levels ?? profile.levels ?? [];
    if (levelsPerSecond.length === 0)
      fault(['setups', index], `'${setup.name}' has no levels: give it some, or the campaign`);
    if (new Set(levelsPerSecond).size < levelsPerSecond.length)
      fault(['setups', index], `'${setup.name}' has a level twice; use repetitions`);
    for (const [path, run] of [
      [['run'], profile.run],
      [['setups', index, 'run'], setup.run],
    ] as const) {
      for (const key of OWN_KEYS.filter((own) => own in run))
        fault([...path, key], `the campaign sets this itself, by its keys of the first level`);
    }
    return {
      name: setup.name,
      reference: setup.reference ?? null,
      levelsPerSecond,
      monitor: setup.monitor ?? null,
      runProfile: stringify({ ...profile.run, ...setup.run }),
    };
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    name: profile.campaign,
    durationNs: profile.duration,
    intervalNs: profile.interval,
    warmUpNs: profile.warmUp,
    coolDownNs: profile.coolDown,
    repetitions: profile.repetitions,
    order: profile.order,
    setups,
  };
}

function faultsOf(issue: z.core.$ZodIssue, source: YamlSource): ConfigFault[] {
  const path = issue.path as (string | number)[];
  const at = (place: readonly (string | number)[], message: string): ConfigFault => ({
    origin: { kind: 'file', file: source.file, line: source.lineOf(place) },
    key: formatPath(place),
    message,
  });
  if (issue.code !== 'unrecognized_keys') return [at(path, issue.message)];
  const candidates = knownKeys(campaignProfileSchema, path);
  return issue.keys.map((key) => {
    const near = nearest(key, candidates);
    const hint = near === null ? `known here: ${candidates.join(', ')}` : `did you mean ${near}?`;
    return at([...path, key], `unknown key; ${hint}`);
  });
}

function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}
