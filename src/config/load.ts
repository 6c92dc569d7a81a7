import type { z } from 'zod';
import { ConfigError, type ConfigFault, type FaultOrigin, ValueError } from './errors.js';
import { knownKeys } from './known-keys.js';
import { nearest } from './nearest.js';
import { respondProfileSchema, runProfileSchema } from './profile-schema.js';
import { readProfileText } from './profile-text.js';
import { type RespondConfig, respondConfigOf } from './respond-config.js';
import { RESPOND_RULES, RUN_RULES, ruleFaults } from './rules.js';
import { type RunConfig, runConfigOf } from './run-config.js';
import { parseThresholdExpression, type ThresholdExpression, thresholdText } from './threshold-expression.js';
import { type KeyPath, parseYamlSource, type YamlSource } from './yaml-source.js';

/** What a flag may hold: its text, several texts where it may be repeated, or true where it takes no value. */
export type FlagValue = string | number | boolean | readonly string[];

export interface LoadOptions {
  /** Path of a profile; without one everything comes from flags. */
  readonly file?: string;
  /** Text of the profile, where it is not in a file; `file` then names it in messages. */
  readonly text?: string;
  /**
   * Flags by profile key (`--fail-if` is `failIf`). A flag overrides the profile. `sctp` holds KEY=VALUE texts that override single SCTP options.
   * An undefined value is no flag.
   */
  readonly flags: Readonly<Record<string, FlagValue | undefined>>;
  /** Taken when neither profile nor flags name a seed. */
  readonly seedDefault: number;
  /**
   * What is wrong with a threshold that parses, null when nothing is: which metrics there are is not known here. Left out: any will do.
   */
  readonly thresholdFault?: (expression: ThresholdExpression) => string | null;
}

/**
 * Reads, checks and completes the settings of a run.
 * @throws ConfigError with every fault found
 */
export function loadRunConfig(options: LoadOptions): RunConfig {
  return runConfigOf(load(runProfileSchema, RUN_RULES, options), options.seedDefault);
}

/**
 * The same for a responder.
 * @throws ConfigError with every fault found
 */
export function loadRespondConfig(options: LoadOptions): RespondConfig {
  return respondConfigOf(load(respondProfileSchema, RESPOND_RULES, options), options.seedDefault);
}

/** Stands in for the required key that is missing or unsound, so that the rules about the others can still be asked. */
const STAND_IN = { target: '127.0.0.1:2905' } as const;

function load<Output extends object>(
  schema: z.ZodType<Output>,
  rules: Parameters<typeof ruleFaults<Output>>[0],
  options: LoadOptions,
): Output {
  const source = readSource(options);
  if (source.faults.length > 0) throw new ConfigError(source.faults);
  const { merged, flagOf, faults } = mergeFlags(source.value, options.flags);
  const originOf = (path: KeyPath) => findOrigin(path, source, flagOf);
  const result = schema.safeParse(merged);
  const unsound = new Set<string>();
  for (const issue of result.error?.issues ?? []) {
    faults.push(...faultsOfIssue(issue, [], { schema, merged, originOf }));
    const keys = issue.path.length > 0 ? issue.path.slice(0, 1) : 'keys' in issue ? issue.keys : [];
    for (const key of keys) unsound.add(String(key));
  }
  faults.push(...thresholdFaults(merged.failIf, options, originOf));
  const standIn = unsound.has('target') ? STAND_IN : {};
  const sound = result.success ? result : schema.safeParse({ ...standIn, ...without(merged, unsound) });
  if (sound.success) {
    for (const { key, message } of ruleFaults(rules, sound.data, unsound)) {
      faults.push({ origin: originOf(key.split('.')), key, message });
    }
  }
  if (faults.length > 0) throw new ConfigError(inOrder(faults));
  if (!result.success) throw result.error;
  return result.data;
}

/** Thresholds that parse and say nothing; of those that do not parse the schema has spoken. */
function thresholdFaults(
  failIf: unknown,
  { thresholdFault }: LoadOptions,
  originOf: (path: KeyPath) => FaultOrigin,
): ConfigFault[] {
  if (thresholdFault === undefined || failIf === undefined) return [];
  const listed = Array.isArray(failIf);
  const faults: ConfigFault[] = [];
  for (const [at, item] of (listed ? failIf : [failIf]).entries()) {
    const text = thresholdText(item);
    if (typeof text !== 'string') continue;
    let message: string | null;
    try {
      message = thresholdFault(parseThresholdExpression(text));
    } catch (cause) {
      if (cause instanceof ValueError) continue;
      throw cause;
    }
    const path = listed ? ['failIf', at] : ['failIf'];
    if (message !== null) faults.push({ origin: originOf(path), key: formatPath(path), message });
  }
  return faults;
}

function without(
  given: Readonly<Record<string, unknown>>,
  keys: ReadonlySet<string>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !keys.has(key)));
}

interface Merged {
  readonly merged: Readonly<Record<string, unknown>>;
  /** Dotted key to the flag that set it. */
  readonly flagOf: ReadonlyMap<string, string>;
  readonly faults: ConfigFault[];
}

function mergeFlags(profile: Readonly<Record<string, unknown>>, flags: LoadOptions['flags']): Merged {
  const merged: Record<string, unknown> = { ...profile };
  const flagOf = new Map<string, string>();
  const faults: ConfigFault[] = [];
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    if (key === 'sctp') {
      faults.push(...mergeSctp(merged, value, flagOf));
    } else {
      merged[key] = value;
      flagOf.set(key, flagName(key));
    }
  }
  return { merged, flagOf, faults };
}

function readSource({ file, text }: LoadOptions): YamlSource {
  return parseYamlSource(file ?? 'profile', text ?? (file === undefined ? '' : readProfileText(file)));
}

/** `--sctp KEY=VALUE` over the sctp mapping of the profile. */
function mergeSctp(
  merged: Record<string, unknown>,
  value: FlagValue,
  flagOf: Map<string, string>,
): ConfigFault[] {
  const base = merged.sctp;
  const sctp: Record<string, unknown> = typeof base === 'object' && base !== null ? { ...base } : {};
  const faults: ConfigFault[] = [];
  for (const item of Array.isArray(value) ? value : [String(value)]) {
    const at = item.indexOf('=');
    if (at < 1) {
      faults.push({
        origin: { kind: 'flag', flag: '--sctp' },
        key: 'sctp',
        message: `expected KEY=VALUE such as rto=rfc or sackDelay=20ms, got '${item}'`,
      });
      continue;
    }
    const key = item.slice(0, at);
    sctp[key] = item.slice(at + 1);
    flagOf.set(`sctp.${key}`, `--sctp ${key}`);
  }
  merged.sctp = sctp;
  return faults;
}

interface FaultContext {
  readonly schema: z.ZodType;
  readonly merged: Readonly<Record<string, unknown>>;
  readonly originOf: (path: KeyPath) => FaultOrigin;
}

type Issue = z.core.$ZodIssue;

/** Zod's finding in our words, at its place; alternatives are reduced to the one that the user seems to have meant. */
function faultsOfIssue(issue: Issue, above: KeyPath, context: FaultContext): ConfigFault[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], context));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = issue.errors.filter(
      (branch) =>
        !branch.some(
          ({ path, code }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'),
        ),
    );
    if (meant.length === 1) return meant[0]!.flatMap((each) => faultsOfIssue(each, path, context));
  }
  const key = formatPath(path);
  const missing = / got nothing$/.test(issue.message) && valueAt(context.merged, path) !== null;
  const message = missing ? `is missing: ${issue.message.replace(/,? got nothing$/, '')}` : issue.message;
  return [{ origin: context.originOf(path), key, message }];
}

function unknownKey(path: KeyPath, context: FaultContext): ConfigFault {
  const candidates = knownKeys(context.schema, path.slice(0, -1));
  const near = nearest(String(path.at(-1)), candidates);
  const hint = near === null ? `known here: ${candidates.join(', ')}` : `did you mean ${near}?`;
  return { origin: context.originOf(path), key: formatPath(path), message: `unknown key; ${hint}` };
}

function findOrigin(path: KeyPath, source: YamlSource, flagOf: ReadonlyMap<string, string>): FaultOrigin {
  for (let length = path.length; length > 0; length--) {
    const flag = flagOf.get(path.slice(0, length).join('.'));
    if (flag !== undefined) {
      const below = path.slice(length).filter((part) => typeof part === 'string');
      return { kind: 'flag', flag: [flag, ...below].join(' ') };
    }
  }
  const line = source.lineOf(path);
  return line === null ? { kind: 'command' } : { kind: 'file', file: source.file, line };
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let here: unknown = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return here;
    here = (here as Record<string | number, unknown>)[part];
  }
  return here;
}

function formatPath(path: KeyPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}

/** `failIf` to `--fail-if`. */
export function flagName(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** By place in the file, then flags, then what is missing; what zod reports twice is told once. */
function inOrder(faults: readonly ConfigFault[]): ConfigFault[] {
  const rank = (fault: ConfigFault) =>
    fault.origin.kind === 'file' ? (fault.origin.line ?? 0) : fault.origin.kind === 'flag' ? 1e9 : 2e9;
  const seen = new Set<string>();
  return faults
    .filter((fault) => {
      const text = JSON.stringify(fault);
      return !seen.has(text) && seen.add(text);
    })
    .sort((a, b) => rank(a) - rank(b));
}
