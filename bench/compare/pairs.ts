import { type ComparedRun, compareRuns, isWorse } from '../../src/analysis/compare/compare.js';
import { randomIndex, seededRandom } from '../../src/analysis/statistics/random.js';

/** Runs that were recorded in turns: as it was, and with the planted slowdown. */
export interface Pool {
  readonly base: readonly ComparedRun[];
  readonly slow: readonly ComparedRun[];
}

/** How often a comparison of five runs with five found something. */
export interface Claims {
  readonly pairs: number;
  /** Pairs with the slowdown in which a figure got worse by its verdict. */
  readonly found: number;
  /** Pairs without any difference in which one was claimed. */
  readonly claimed: number;
}

const RUNS_A_SIDE = 5;

/** Draws pairs from the pool and compares them; the result is a function of the seed. */
export function drawPairs(pool: Pool, pairs: number, seed: number): Claims {
  const random = seededRandom(seed);
  const draw = (runs: readonly ComparedRun[], count: number): ComparedRun[] => {
    const left = [...runs];
    return Array.from({ length: count }, () => left.splice(randomIndex(random, left.length), 1)[0]!);
  };
  let found = 0;
  let claimed = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const equal = draw(pool.base, 2 * RUNS_A_SIDE);
    const same = inTurns(equal.slice(0, RUNS_A_SIDE), equal.slice(RUNS_A_SIDE));
    if (verdicts(same, pair).some(({ verdict }) => verdict !== 'same')) claimed += 1;
    const slowed = inTurns(draw(pool.base, RUNS_A_SIDE), draw(pool.slow, RUNS_A_SIDE));
    if (verdicts(slowed, pair).some(isWorse)) found += 1;
  }
  return { pairs, found, claimed };
}

interface Sides {
  readonly baseline: readonly ComparedRun[];
  readonly candidate: readonly ComparedRun[];
}

/** Drawn runs stand for runs measured in turns, which those of the pool were. */
function inTurns(baseline: readonly ComparedRun[], candidate: readonly ComparedRun[]): Sides {
  const at = (side: readonly ComparedRun[], first: number): ComparedRun[] =>
    side.map((run, index) => ({ ...run, startedAtMs: 2 * index + first }));
  return { baseline: at(baseline, 0), candidate: at(candidate, 1) };
}

function verdicts({ baseline, candidate }: Sides, seed: number) {
  return compareRuns(baseline, candidate, { seed, resamples: 100 }).figures;
}
