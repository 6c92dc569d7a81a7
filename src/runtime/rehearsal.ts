import { loadRespondConfig, loadRunConfig } from '../config/load.js';
import type { RespondConfig } from '../config/respond-config.js';
import type { RunConfig } from '../config/run-config.js';
import type { Binding } from '../transport/sctp.js';
import { StationPair } from './station-pair.js';

/** Enough for the optimising compiler to have seen every function of the hot path often. */
const REQUESTS = 30_000;
const REQUESTS_PER_TURN = 25;
/** A rehearsal ends here, finished or not: the run matters more. */
const TIME_NS_MAX = 500e6;
/** Virtual, and high: the times of a rehearsal mean nothing. */
const RATE = 50_000;
const SUBSCRIBERS = 1_000;
/** Workers of one process rehearse at the same time, each on a port of its own, above those that anyone listens on for real. */
const FIRST_PORT = 40_000;

/** What a rehearsal is about; made in the main thread, which has the settings code loaded already. */
export interface RehearsalPlan {
  readonly run: RunConfig;
  readonly respond: RespondConfig;
}

export function rehearsalPlan(): RehearsalPlan {
  const numbers = `100000-${100_000 + SUBSCRIBERS - 1}`;
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

/**
 * Plays both sides of a small run inside this thread, so that its code is compiled and its memory touched before the first request that counts. Without
 * it the first second of a run measures the compiler: response times of hundreds of milliseconds were seen in it.
 */
export function rehearse(binding: Binding, plan: RehearsalPlan, worker: number): void {
  const giveUpNs = binding.nowNs() + TIME_NS_MAX;
  const pair = new StationPair({
    ...plan,
    binding,
    carrier: 'memory',
    sctpPort: FIRST_PORT + worker,
    requestsPerTurn: REQUESTS_PER_TURN,
  });
  let answered = 0;
  while (answered < REQUESTS && binding.nowNs() < giveUpNs) answered += pair.turn();
  pair.close();
}
