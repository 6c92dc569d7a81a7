import { randomInt } from 'node:crypto';

/** A seed for a run whose user named none; it is reported, so that the run can be repeated. */
export function randomSeed(): number {
  return randomInt(2 ** 31);
}
