import type { LimitedBy, StepPurpose, StepResult } from '../../measure/capacity-result.js';

/** What a search may try and when it is content. Rates are requests a second. */
export interface SearchOptions {
  readonly startPerSecond: number;
  readonly maxPerSecond: number;
  /** Factor from one step to the next while no limit has been met. */
  readonly growth: number;
  /** The search ends when the infeasible rate is at most this share above the feasible one. */
  readonly precision: number;
  /** How often the found rate has to hold again. */
  readonly confirmations: number;
}

export interface Found {
  readonly kind: 'found';
  /** Highest rate that held every time it had to; 0 when none did. */
  readonly capacityPerSecond: number;
  readonly limitedBy: LimitedBy;
  /** Lowest rate that did not hold; null when none was met. */
  readonly infeasiblePerSecond: number | null;
  /** How often the found rate held. */
  readonly held: number;
}

export type Decision =
  | { readonly kind: 'step'; readonly ratePerSecond: number; readonly purpose: StepPurpose }
  | Found;

/** Below this a rate is not worth a step. */
const RATE_MIN = 1;
/** As often as this a target has to fail at a rate, where it did not fail clearly: shared machines stall now and then. */
const FAILURES_TO_REFUSE = 2;
/** The same for steps that the generator spoilt: they say nothing about the target, and one step that held says more. */
const SPOILT_TO_REFUSE = 3;
/** At a rate that the generator has carried before, or below one, it is no limit of the generator but the machine's stalls: worth more patience. */
const SPOILT_BELOW_CARRIED_TO_REFUSE = 10;
/** The target's own refusal this near above the found rate makes the limit the target's. */
const NEAR_SHARE = 0.05;

/**
 * Decides what to do next from what has been done: a pure function of the history, so that a search that was interrupted goes on from its
 * recorded steps.
 *
 * ```
 *   start --x growth--> ... feasible | infeasible <-- bisect --> precision reached --> confirm the feasible one --> found
 *                          lower         upper       (a confirmation that fails twice makes the rate the new upper)
 * ```
 */
export function decide(options: SearchOptions, history: readonly StepResult[]): Decision {
  const last = history.at(-1);
  if (last === undefined) {
    return {
      kind: 'step',
      ratePerSecond: Math.min(options.startPerSecond, options.maxPerSecond),
      purpose: 'climb',
    };
  }
  const levels = levelsOf(history);
  const here = levels.get(last.ratePerSecond)!;
  if (here.state === 'open') return { kind: 'step', ratePerSecond: last.ratePerSecond, purpose: 'repeat' };
  const { lower, upper } = boundsOf(levels);
  if (lower === null) return descend(options, upper!);
  if (upper === null && lower.ratePerSecond < options.maxPerSecond) {
    const ratePerSecond = Math.min(rounded(lower.ratePerSecond * options.growth), options.maxPerSecond);
    return { kind: 'step', ratePerSecond, purpose: 'climb' };
  }
  const middle = upper === null ? null : nextBetween(options, history, lower, upper);
  if (middle !== null) return { kind: 'step', ratePerSecond: middle, purpose: 'bisect' };
  if (lower.held <= options.confirmations) {
    return { kind: 'step', ratePerSecond: lower.ratePerSecond, purpose: 'confirm' };
  }
  return {
    kind: 'found',
    capacityPerSecond: lower.ratePerSecond,
    limitedBy: upper === null ? 'maximum' : limitAbove(lower.ratePerSecond, levels, upper),
    infeasiblePerSecond: upper?.ratePerSecond ?? null,
    held: lower.held,
  };
}

/** What all steps at one rate say together. */
export interface Level {
  readonly ratePerSecond: number;
  /** `open`: the steps contradict each other or do not suffice. */
  readonly state: 'feasible' | 'infeasible' | 'open';
  readonly held: number;
  readonly failed: number;
  readonly blame: 'target' | 'generator';
}

/** Levels in the order of their first step. */
export function levelsOf(history: readonly StepResult[]): ReadonlyMap<number, Level> {
  const byRate = new Map<number, StepResult[]>();
  for (const step of history) {
    const known = byRate.get(step.ratePerSecond);
    if (known === undefined) byRate.set(step.ratePerSecond, [step]);
    else known.push(step);
  }
  // What the target was judged at, the generator has carried.
  const carried = history
    .filter(({ blame }) => blame !== 'generator')
    .map(({ ratePerSecond }) => ratePerSecond);
  const carriedPerSecond = Math.max(0, ...carried);
  return new Map(
    [...byRate].map(([rate, steps]) => {
      const patience = rate <= carriedPerSecond ? SPOILT_BELOW_CARRIED_TO_REFUSE : SPOILT_TO_REFUSE;
      return [rate, levelOf(rate, steps, patience)];
    }),
  );
}

function levelOf(ratePerSecond: number, steps: readonly StepResult[], patience: number): Level {
  const failures = steps.filter(({ feasible }) => !feasible);
  const byTarget = failures.filter(({ blame }) => blame === 'target');
  const spoilt = failures.length - byTarget.length;
  const held = steps.length - failures.length;
  const refused = byTarget.length >= FAILURES_TO_REFUSE || byTarget.some(({ clear }) => clear);
  const overcome = spoilt >= patience && spoilt > held;
  // One failure among steps that held needs a majority.
  const open = held <= byTarget.length;
  return {
    ratePerSecond,
    state: refused || overcome ? 'infeasible' : open ? 'open' : 'feasible',
    held,
    failed: failures.length,
    blame: refused ? 'target' : 'generator',
  };
}

function boundsOf(levels: ReadonlyMap<number, Level>): { lower: Level | null; upper: Level | null } {
  let upper: Level | null = null;
  for (const level of levels.values()) {
    if (level.state === 'infeasible' && (upper === null || level.ratePerSecond < upper.ratePerSecond))
      upper = level;
  }
  let lower: Level | null = null;
  for (const level of levels.values()) {
    if (level.state !== 'feasible' || (upper !== null && level.ratePerSecond >= upper.ratePerSecond))
      continue;
    if (lower === null || level.ratePerSecond > lower.ratePerSecond) lower = level;
  }
  return { lower, upper };
}

function descend({ growth }: SearchOptions, upper: Level): Decision {
  const ratePerSecond = rounded(upper.ratePerSecond / growth);
  if (ratePerSecond >= RATE_MIN && ratePerSecond < upper.ratePerSecond) {
    return { kind: 'step', ratePerSecond, purpose: 'descend' };
  }
  const infeasiblePerSecond = upper.ratePerSecond;
  return { kind: 'found', capacityPerSecond: 0, limitedBy: upper.blame, infeasiblePerSecond, held: 0 };
}

/** Steps just above the limit may be spoilt by a stall of the generator: a level near by that the target itself refused settles it. */
function limitAbove(found: number, levels: ReadonlyMap<number, Level>, upper: Level): 'target' | 'generator' {
  for (const level of levels.values()) {
    const near = level.ratePerSecond > found && level.ratePerSecond <= found * (1 + NEAR_SHARE);
    if (near && level.state === 'infeasible' && level.blame === 'target') return 'target';
  }
  return upper.blame;
}

/** Guided steps of a search; after as many it goes by halves, whatever the steps say. */
const GUIDED_MAX = 6;

/** Where an overloaded target said how much it completed, the search looks there first, just below and just above; else in the middle. */
function nextBetween(
  { precision }: SearchOptions,
  history: readonly StepResult[],
  lower: Level,
  upper: Level,
): number | null {
  const [low, high] = [lower.ratePerSecond, upper.ratePerSecond];
  const middle = middleOf(low, high, precision);
  if (middle === null || history.filter(({ purpose }) => purpose === 'bisect').length >= GUIDED_MAX)
    return middle;
  const said = history
    .filter(({ ratePerSecond, completedPerSecond }) => ratePerSecond === high && completedPerSecond !== null)
    .at(-1)?.completedPerSecond;
  if (said === undefined || said === null) return middle;
  const guided = [said * (1 - precision / 2), said * (1 + precision / 2)].map(rounded);
  return guided.find((rate) => rate > low && rate < high) ?? middle;
}

/** A rate between the two; null when they are near enough, or no round rate lies between them. */
function middleOf(low: number, high: number, precision: number): number | null {
  if (high <= low * (1 + precision)) return null;
  const middle = rounded((low + high) / 2);
  return middle > low && middle < high ? middle : null;
}

/** Whole rates from 100 on, four digits from 10 000 on: nobody asks for 2 343.75 requests a second. */
function rounded(rate: number): number {
  if (rate < 100) return Number(rate.toPrecision(3));
  return rate < 10_000 ? Math.round(rate) : Number(rate.toPrecision(4));
}

/** Rates that held although a lower one did not: evidence against the limit, or noise; empty in a clean search. */
export function contradictions(history: readonly StepResult[]): readonly number[] {
  const levels = [...levelsOf(history).values()];
  const lowest = Math.min(
    ...levels.filter(({ state }) => state === 'infeasible').map(({ ratePerSecond }) => ratePerSecond),
  );
  return levels
    .filter(({ state, ratePerSecond }) => state === 'feasible' && ratePerSecond > lowest)
    .map(({ ratePerSecond }) => ratePerSecond);
}

/** Levels in the form of the papers' table, ascending. */
export function feasibilityOf(history: readonly StepResult[]): {
  readonly feasiblePerSecond: readonly number[];
  readonly infeasiblePerSecond: readonly number[];
} {
  const levels = [...levelsOf(history).values()].sort((a, b) => a.ratePerSecond - b.ratePerSecond);
  const rates = (state: Level['state']): number[] =>
    levels.filter((level) => level.state === state).map(({ ratePerSecond }) => ratePerSecond);
  return { feasiblePerSecond: rates('feasible'), infeasiblePerSecond: rates('infeasible') };
}
