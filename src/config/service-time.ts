import { ValueError } from './errors.js';
import { isOff, parseDurationNs } from './quantities.js';

/** How long a request occupies one of the responder's servers. */
export type ServiceTime =
  | { readonly kind: 'off' }
  | { readonly kind: 'fixed'; readonly timeNs: number }
  | { readonly kind: 'exponential'; readonly meanNs: number }
  /** exp(N(ln median, sigma^2)): half of the requests take longer than `medianNs`, the mean is median x exp(sigma^2 / 2). */
  | { readonly kind: 'lognormal'; readonly medianNs: number; readonly sigma: number }
  | { readonly kind: 'uniform'; readonly minNs: number; readonly maxNs: number };

const FORM =
  'OFF, 400us, fixed:400us, exp:400us (mean), lognormal:400us,0.5 (median, sigma) or uniform:1ms-3ms';

/**
 * Reads one of the forms in {@link FORM}; a bare duration is `fixed`.
 * @throws ValueError
 */
export function parseServiceTime(text: string): ServiceTime {
  const trimmed = text.trim();
  if (isOff(trimmed) || trimmed === '0') return { kind: 'off' };
  const colon = trimmed.indexOf(':');
  const kind = colon < 0 ? 'fixed' : trimmed.slice(0, colon);
  const rest = trimmed.slice(colon + 1);
  switch (kind) {
    case 'fixed':
      return { kind: 'fixed', timeNs: parseDurationNs(rest) };
    case 'exp':
      return { kind: 'exponential', meanNs: parseDurationNs(rest) };
    case 'lognormal':
      return parseLognormal(rest, text);
    case 'uniform':
      return parseUniform(rest, text);
    default:
      throw new ValueError(`expected ${FORM}, got '${text}'`);
  }
}

/** Mean time a server is held, ns: what decides the responder's capacity. */
export function meanServiceTimeNs(time: ServiceTime): number {
  switch (time.kind) {
    case 'off':
      return 0;
    case 'fixed':
      return time.timeNs;
    case 'exponential':
      return time.meanNs;
    case 'lognormal':
      return time.medianNs * Math.exp(time.sigma ** 2 / 2);
    case 'uniform':
      return (time.minNs + time.maxNs) / 2;
  }
}

function parseLognormal(rest: string, whole: string): ServiceTime {
  const [median, sigma, ...more] = rest.split(',');
  const value = Number(sigma);
  if (median === undefined || sigma === undefined || more.length > 0 || !(value > 0 && value <= 5)) {
    throw new ValueError(`expected lognormal:MEDIAN,SIGMA with sigma above 0 and at most 5, got '${whole}'`);
  }
  return { kind: 'lognormal', medianNs: parseDurationNs(median), sigma: value };
}

function parseUniform(rest: string, whole: string): ServiceTime {
  const [min, max, ...more] = rest.split('-');
  if (min === undefined || max === undefined || more.length > 0) {
    throw new ValueError(`expected uniform:MIN-MAX, got '${whole}'`);
  }
  const minNs = parseDurationNs(min);
  const maxNs = parseDurationNs(max);
  if (maxNs < minNs) throw new ValueError(`'${whole}' ends before it begins`);
  return { kind: 'uniform', minNs, maxNs };
}
