import { ValueError } from './errors.js';

const NS_PER_UNIT = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
  d: 86_400e9,
} as const;

const BYTES_PER_UNIT = {
  '': 1,
  B: 1,
  KB: 1024,
  KiB: 1024,
  MB: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1024 ** 3,
  GiB: 1024 ** 3,
} as const;

const NUMBER = String.raw`(\d+(?:[._]\d+)*(?:e\d+)?)`;
const DURATION = new RegExp(`^${NUMBER}(ns|us|µs|ms|s|min|m|h|d)$`);
const BYTES = new RegExp(`^${NUMBER} ?(B|KB|KiB|MB|MiB|GB|GiB|)$`, 'i');
const RATE = new RegExp(`^${NUMBER}(/s|bhca)?$`, 'i');

/** Is this how a user switches something off? Any case. */
export function isOff(text: string): boolean {
  return text.toUpperCase() === 'OFF';
}

/**
 * `400us`, `1.5ms`, `2s`, `15m`, `1h`, `2d` to nanoseconds, rounded to whole ones. A unit is required: a bare number could mean anything.
 * @throws ValueError
 */
export function parseDurationNs(text: string): number {
  const match = DURATION.exec(text.trim());
  if (match === null) {
    const bare = /^[\d.]+$/.test(text.trim());
    throw new ValueError(
      bare
        ? `'${text}' needs a unit: ${text}ms, ${text}s, ${text}m ...`
        : `expected a duration such as 400us, 20ms, 30s, 15m or 1h, got '${text}'`,
    );
  }
  return Math.round(number(match[1]!) * NS_PER_UNIT[match[2] as keyof typeof NS_PER_UNIT]);
}

/**
 * `512`, `4KB`, `16MB` to bytes; a KB has 1 024 of them.
 * @throws ValueError
 */
export function parseBytes(text: string): number {
  const match = BYTES.exec(text.trim());
  if (match === null) throw new ValueError(`expected a size such as 512, 4KB or 16MB, got '${text}'`);
  const unit = Object.entries(BYTES_PER_UNIT).find(
    ([name]) => name.toLowerCase() === match[2]!.toLowerCase(),
  );
  const bytes = number(match[1]!) * unit![1];
  if (!Number.isInteger(bytes)) throw new ValueError(`'${text}' is not a whole number of bytes`);
  return bytes;
}

/**
 * `1500`, `1500/s`, or `5400000bhca` (busy-hour call attempts: N in an hour) to requests per second.
 * @throws ValueError
 */
export function parseRatePerSecond(text: string): number {
  const match = RATE.exec(text.trim());
  if (match === null) {
    throw new ValueError(
      `expected requests per second such as 1500, or per busy hour such as 5400000bhca, got '${text}'`,
    );
  }
  const value = number(match[1]!);
  const perSecond = match[2]?.toLowerCase() === 'bhca' ? value / 3600 : value;
  if (!(perSecond > 0)) throw new ValueError(`a rate must be above 0, got '${text}'`);
  return perSecond;
}

/**
 * A whole number from `min` to `max`; `1_000_000` and `1e6` are read too.
 * @throws ValueError
 */
export function parseCount(text: string, min: number, max: number): number {
  const value = /^\d+([_]\d+)*(e\d+)?$/.test(text.trim()) ? number(text.trim()) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new ValueError(`expected a whole number from ${min} to ${max}, got '${text}'`);
  }
  return value;
}

/** Nanoseconds as a user would write them: the largest unit that stays exact to three decimals. */
export function formatDurationNs(ns: number): string {
  const units = [
    ['h', 3600e9],
    ['m', 60e9],
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
  ] as const;
  for (const [unit, size] of units) {
    if (ns >= size && Number.isInteger((ns / size) * (size >= 60e9 ? 1 : 1000))) return `${ns / size}${unit}`;
  }
  return `${ns}ns`;
}

function number(text: string): number {
  return Number(text.replaceAll('_', ''));
}
