import type { ServiceTime as ServiceTimeForm } from '../config/service-time.js';
import type { ServiceTime } from './service-model.js';

/**
 * Draws service times in nanoseconds for one of the configured forms.
 *
 * @param random uniform on [0, 1), seeded by the caller
 */
export function serviceTimeOf(form: ServiceTimeForm, random: () => number): ServiceTime {
  switch (form.kind) {
    case 'off':
      return { next: () => 0 };
    case 'fixed':
      return { next: () => form.timeNs };
    case 'exponential':
      return { next: () => -form.meanNs * Math.log(1 - random()) };
    case 'lognormal':
      return { next: () => form.medianNs * Math.exp(form.sigma * standardNormal(random)) };
    case 'uniform':
      return { next: () => form.minNs + (form.maxNs - form.minNs) * random() };
  }
}

/** One draw of N(0, 1) by the Box-Muller transform; the second one it could give is not kept, so that draws stay independent of call order. */
function standardNormal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
