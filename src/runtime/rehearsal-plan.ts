import { loadRespondConfig, loadRunConfig } from '../config/load.js';
import type { RehearsalPlan } from './rehearsal.js';

/** Virtual, and high: the times of a rehearsal mean nothing. */
const RATE = 50_000;
const SUBSCRIBERS = 10_000;
/** Of twelve digits, as real ones: V8 keeps integers beyond 2^31 in another form, and compiled code must know it. The numbers cross a multiple of 10 000. */
const FIRST_NUMBER = 491_699_998_000;

/** Made in the main thread, which has the settings code loaded already: a worker would spend a tenth of a second on that alone. */
export function rehearsalPlan(): RehearsalPlan {
  const numbers = `${FIRST_NUMBER}-${FIRST_NUMBER + SUBSCRIBERS - 1}`;
  const range = { msisdnRange: numbers, imsiRange: numbers };
  const run = { target: '127.0.0.1:2905', rate: RATE, duration: '1h', timeout: '1s' };
  return {
    run: loadRunConfig({ flags: { ...range, ...run }, seedDefault: 1 }),
    respond: loadRespondConfig({
      flags: { ...range, listen: '127.0.0.1:2905', rememberAnswers: 1024 },
      seedDefault: 1,
    }),
  };
}
