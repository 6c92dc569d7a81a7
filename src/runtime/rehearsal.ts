import type { RespondConfig } from '../config/respond-config.js';
import type { RunConfig } from '../config/run-config.js';
import type { Binding } from '../transport/sctp.js';
import { StationPair } from './station-pair.js';

/**
 * Enough for the optimising compiler: CPU time a request of both sides falls from 50 us in the first thousand to 8 in the ninth and stays
 * between 6 and 9 from then on.
 */
const REQUESTS = 10_000;
const REQUESTS_PER_TURN = 25;
/** A rehearsal ends here, finished or not: the run matters more. */
const TIME_NS_MAX = 500e6;
/** Workers of one process rehearse at the same time, each on a port of its own, above those that anyone listens on for real. */
const FIRST_PORT = 40_000;

/** What a rehearsal is about. */
export interface RehearsalPlan {
  readonly run: RunConfig;
  readonly respond: RespondConfig;
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
