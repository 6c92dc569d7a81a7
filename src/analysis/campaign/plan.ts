import type { CellPlace } from '../../measure/campaign-result.js';
import { randomIndex, seededRandom } from '../statistics/random.js';

/** What the order of the cells depends on. */
export interface PlanOptions {
  readonly setups: readonly { readonly name: string; readonly levelsPerSecond: readonly number[] }[];
  readonly repetitions: number;
  /** `random`: the levels of a set-up in a new order in every repetition; set-ups stay together, since changing one is work for hands. */
  readonly order: 'listed' | 'random';
  /** The random order is a function of it. */
  readonly seed: number;
}

/** All cells in the order in which they are to be measured: set-up by set-up, repetition by repetition. */
export function planCells(options: PlanOptions): CellPlace[] {
  const random = seededRandom(options.seed);
  return options.setups.flatMap(({ name, levelsPerSecond }) =>
    Array.from({ length: options.repetitions }, (_, index) => {
      const levels = [...levelsPerSecond];
      if (options.order === 'random') shuffle(levels, (bound) => randomIndex(random, bound));
      return levels.map((ratePerSecond) => ({ setup: name, ratePerSecond, repetition: index + 1 }));
    }).flat(),
  );
}

/** Cells of the plan that nothing has been recorded for. */
export function remainingCells(plan: readonly CellPlace[], done: readonly CellPlace[]): CellPlace[] {
  const known = new Set(done.map(cellName));
  return plan.filter((cell) => !known.has(cellName(cell)));
}

/** `kvm-16/4500/2`: the name of a cell and of its folder. */
export function cellName({ setup, ratePerSecond, repetition }: CellPlace): string {
  return `${setup}/${ratePerSecond}/${repetition}`;
}

/** Reads `1/60`, `0.5` or `1`. @throws RangeError for anything else, or a scale above 1. */
export function parseScale(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:\/\s*(\d+(?:\.\d+)?))?\s*$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) / Number(match[2] ?? 1);
  if (value > 0 && value <= 1) return value;
  throw new RangeError(`expected a fraction such as 1/60, at most 1; got '${text}'`);
}

/** Fisher and Yates. */
function shuffle<T>(list: T[], index: (bound: number) => number): void {
  for (let last = list.length - 1; last > 0; last--) {
    const chosen = index(last + 1);
    [list[last], list[chosen]] = [list[chosen]!, list[last]!];
  }
}
