import type { RespondConfig } from '../config/respond-config.js';
import type { RunConfig } from '../config/run-config.js';
import type { Binding } from '../transport/sctp.js';
import { StationPair } from './station-pair.js';

/** Which side a worker plays in earnest: only that side's loop need be compiled in it. */
export type RehearsalSide = 'generator' | 'responder';

/**
 * Enough for the optimising compiler: CPU time a request of both sides falls from 50 us in the first thousand to 8 in the ninth and stays
 * between 6 and 9 from then on.
 */
const REQUESTS = 10_000;
const REQUESTS_PER_TURN = 25;
/** For so long the loop is played: more than a thousand offers of a generator, some thousand turns of a responder. */
const LOOP_NS = 80e6;
/** A rehearsal ends here, finished or not: the run matters more. */
const TIME_NS_MAX = 500e6;
/** Workers of one process rehearse at the same time, each on ports of its own, above those that anyone listens on for real. */
const FIRST_PORT = 40_000;

/**
 * V8 throws compiled code away with the last object of a shape that it was compiled for, and some are made anew only when the run begins: after a full
 * collection in between, the loop would be compiled once more in the first second.
 */
const kept: StationPair[] = [];

/** What a rehearsal is about. */
export interface RehearsalPlan {
  readonly run: RunConfig;
  readonly respond: RespondConfig;
}

/**
 * Plays both sides of a small run inside this thread, so that its code is compiled and its memory touched before the first request that counts. Without
 * it the first second of a run measures the compiler: response times of hundreds of milliseconds were seen in it.
 *
 * Twice, from the start: what happens at the start of a run happens once in each, and V8 notes what code is used with only when it has run
 * for a while. Compiled without notes it is thrown away where it gets there again, in the middle of the first requests.
 */
export function rehearse(binding: Binding, plan: RehearsalPlan, side: RehearsalSide, worker: number): void {
  const giveUpNs = binding.nowNs() + TIME_NS_MAX;
  const open = (number: 0 | 1, requestsPerTurn: number): StationPair =>
    new StationPair({
      ...plan,
      binding,
      carrier: 'memory',
      sctpPort: FIRST_PORT + 2 * worker + number,
      requestsPerTurn,
    });
  const batches = open(0, REQUESTS_PER_TURN);
  for (let answered = 0; answered < REQUESTS && binding.nowNs() < giveUpNs; ) answered += batches.turn();
  batches.close();
  if (binding.nowNs() >= giveUpNs) return;
  const singles = open(1, 1);
  const turn = side === 'generator' ? singles.turnsOfGenerator() : singles.turnsOfResponder();
  const untilNs = Math.min(giveUpNs, binding.nowNs() + LOOP_NS);
  while (binding.nowNs() < untilNs) turn();
  singles.close();
  kept.push(singles);
}
