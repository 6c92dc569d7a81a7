import { loadRespondConfig, loadRunConfig } from '../config/load.js';
import type { RehearsalPlan } from './rehearsal.js';

/** As much as one thread can play both sides of and sleep in between. */
const RATE = 20_000;
/** Shorter than any that a run may have, so that rows begin and end. */
const INTERVAL_NS = 50e6;
const SUBSCRIBERS = 10_000;
/**
 * Of twelve and fifteen digits, as real ones, an even and an odd number of them: V8 keeps integers beyond 2^31 in another form, and compiled code
 * must know it. The numbers cross a multiple of 10 000.
 */
const FIRST_MSISDN = 491_699_998_000;
const FIRST_IMSI = 262_019_999_998_000;

/** Made in the main thread, which has the settings code loaded already: a worker would spend a tenth of a second on that alone. */
export function rehearsalPlan(): RehearsalPlan {
  const from = (first: number): string => `${first}-${first + SUBSCRIBERS - 1}`;
  const range = { msisdnRange: from(FIRST_MSISDN), imsiRange: from(FIRST_IMSI) };
  const run = { target: '127.0.0.1:2905', rate: RATE, duration: '1h', timeout: '1s' };
  return {
    run: { ...loadRunConfig({ flags: { ...range, ...run }, seedDefault: 1 }), intervalNs: INTERVAL_NS },
    respond: loadRespondConfig({
      flags: { ...range, listen: '127.0.0.1:2905', rememberAnswers: 1024 },
      seedDefault: 1,
    }),
  };
}
