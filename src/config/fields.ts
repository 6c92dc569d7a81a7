import { z } from 'zod';
import { ValueError } from './errors.js';
import { isOff, parseBytes, parseCount, parseDurationNs, parseRatePerSecond } from './quantities.js';

/**
 * The kinds of leaf that profiles are made of. Each takes what the user writes (text, mostly) to base units, and says in words
 * what it expected. `fallback` is what an absent key means, written as a user would write it.
 */

type Parse<T> = (text: string) => T;

function guarded<T>(parse: Parse<T>) {
  return (input: string | number, context: z.RefinementCtx): T => {
    try {
      return parse(String(input));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      context.addIssue({ code: 'custom', message: error.message, input });
      return z.NEVER;
    }
  };
}

function shown(input: unknown): string {
  if (input === undefined || input === null) return 'nothing';
  return `'${typeof input === 'string' ? input : JSON.stringify(input)}'`;
}

/** For zod's `error`: says what was expected, and what came instead. */
export function expected(what: string) {
  return (issue: { readonly input?: unknown }) => `expected ${what}, got ${shown(issue.input)}`;
}

/** Text that `parse` understands. */
export function text<T>(what: string, parse: Parse<T>) {
  return z.string({ error: expected(what) }).transform(guarded(parse));
}

/** Text or a bare number that `parse` understands. */
export function textOrNumber<T>(what: string, parse: Parse<T>) {
  return z.union([z.string(), z.number()], { error: expected(what) }).transform(guarded(parse));
}

/** A duration with its unit; the value is nanoseconds. */
export function durationNs(options: { readonly min?: string } = {}) {
  const minNs = options.min === undefined ? 0 : parseDurationNs(options.min);
  return text('a duration with its unit, such as 20ms or 30s', (input) => {
    const ns = parseDurationNs(input);
    if (ns < minNs) throw new ValueError(`'${input}' is below ${options.min}`);
    return ns;
  });
}

/** A duration, or OFF, which is null. */
export function durationNsOrOff(options: { readonly min?: string } = {}) {
  const minNs = options.min === undefined ? 0 : parseDurationNs(options.min);
  return z
    .union([z.string(), z.literal(false)], { error: expected('a duration with its unit, or OFF') })
    .transform((input, context): number | null => {
      if (input === false || isOff(input)) return null;
      return guarded((written) => {
        const ns = parseDurationNs(written);
        if (ns < minNs) throw new ValueError(`'${written}' is below ${options.min}`);
        return ns;
      })(input, context);
    });
}

/** A whole number from `min` to `max`. */
export function count(min: number, max: number) {
  return textOrNumber(`a whole number from ${min} to ${max}`, (input) => parseCount(input, min, max));
}

/** A number of bytes from `min` to `max`. */
export function bytes(min: number, max: number) {
  return textOrNumber('a size such as 512, 4KB or 16MB', (input) => {
    const value = parseBytes(input);
    if (value < min || value > max) throw new ValueError(`expected ${min} to ${max} bytes, got '${input}'`);
    return value;
  });
}

/** A rate; the value is requests per second. */
export function ratePerSecond(max: number) {
  return textOrNumber('requests per second such as 1500, or per busy hour such as 5400000bhca', (input) => {
    const value = parseRatePerSecond(input);
    if (value > max) throw new ValueError(`'${input}' is above ${max} a second`);
    return value;
  });
}

/** A number from `min` to `max`, fractions allowed. */
export function fraction(min: number, max: number) {
  return textOrNumber(`a number from ${min} to ${max}`, (input) => {
    const trimmed = input.trim();
    const value = trimmed.endsWith('%') ? Number(trimmed.slice(0, -1)) / 100 : Number(trimmed);
    if (trimmed === '' || !(value >= min && value <= max)) {
      throw new ValueError(`expected a number from ${min} to ${max}, got '${input}'`);
    }
    return value;
  });
}

/** Yes or no. */
export function yesNo() {
  return z.boolean({ error: expected('true or false') });
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: expected(`one of ${words.join(', ')}`) });
}

/** One value, a list of values, or values with commas between them; the value is a list. */
export function listOf<T>(what: string, parse: Parse<T>, max: number) {
  const item = z.union([z.string(), z.number()], { error: expected(what) });
  return listFrom(what, parse, max, { item, textOf: (given) => given, split: (text) => text.split(',') });
}

/**
 * One text or a list of them, in which an item may be a mapping too where YAML takes `textOf` of it for one. Commas are part of the text.
 */
export function listOfTexts<T>(
  what: string,
  parse: Parse<T>,
  max: number,
  textOf: (item: unknown) => unknown,
) {
  const item = z.union([z.string(), z.number(), z.record(z.string(), z.unknown())], {
    error: expected(what),
  });
  return listFrom(what, parse, max, { item, textOf, split: (text) => [text] });
}

function listFrom<T>(
  what: string,
  parse: Parse<T>,
  max: number,
  how: {
    readonly item: z.ZodType<unknown>;
    readonly textOf: (item: unknown) => unknown;
    readonly split: (text: string) => readonly string[];
  },
) {
  const one = textOrNumber(what, parse);
  return z
    .union([z.string(), z.number(), z.array(how.item)], {
      error: expected(`${what}, or a list of them`),
    })
    .transform((input, context): readonly T[] => {
      const items = Array.isArray(input) ? input.map(how.textOf) : how.split(String(input));
      if (items.length > max)
        context.addIssue({
          code: 'custom',
          message: `at most ${max} are allowed, got ${items.length}`,
          input,
        });
      const values: T[] = [];
      for (const [index, item] of items.entries()) {
        const parsed = one.safeParse(typeof item === 'string' ? item.trim() : item);
        if (parsed.success) values.push(parsed.data);
        const path = Array.isArray(input) ? [index] : [];
        for (const issue of parsed.error?.issues ?? []) {
          context.addIssue({ code: 'custom', message: issue.message, input: item, path });
        }
      }
      return Object.freeze(values);
    });
}
