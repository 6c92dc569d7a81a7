import { ValueError } from './errors.js';

/** Consecutive telephone numbers or IMSIs, all of one length. */
export interface DigitRange {
  /** First number, leading zeros kept. */
  readonly first: string;
  readonly last: string;
  readonly digits: number;
  /** How many numbers, both ends included. */
  readonly count: number;
}

/**
 * Reads `A-B` or a single number. Both ends have the same number of digits, at most 15 (E.164, E.212).
 * @throws ValueError
 */
export function parseDigitRange(text: string): DigitRange {
  const match = /^(\d{1,})(?:-(\d{1,}))?$/.exec(text.trim());
  if (match === null)
    throw new ValueError(`expected a range of numbers such as 999100000000-999100999999, got '${text}'`);
  const first = match[1]!;
  const last = match[2] ?? first;
  if (first.length !== last.length) {
    throw new ValueError(
      `both ends of '${text}' need the same number of digits (${first.length} and ${last.length})`,
    );
  }
  if (first.length > 15)
    throw new ValueError(`'${text}' has ${first.length} digits; a number has at most 15`);
  const count = Number(last) - Number(first) + 1;
  if (count < 1) throw new ValueError(`'${text}' ends before it begins`);
  return Object.freeze({ first, last, digits: first.length, count });
}

/**
 * A single address, digits only.
 * @throws ValueError
 */
export function parseDigits(text: string): string {
  const digits = text.trim().replace(/^\+/, '');
  if (!/^\d{1,15}$/.test(digits)) throw new ValueError(`expected 1 to 15 digits, got '${text}'`);
  return digits;
}
