import { varianceOfMean } from '../statistics/bootstrap.js';
import { describe, mean } from '../statistics/describe.js';
import { cliffsDelta, hedgesG, welchInterval, welchTest } from '../statistics/effect.js';
import { holmAdjusted } from '../statistics/holm.js';
import { seededRandom } from '../statistics/random.js';

/** One figure of one run. The run counts once, whatever the number of its intervals. */
export interface RunSeries {
  readonly figure: string;
  readonly unit: string;
  readonly higherIsWorse: boolean;
  /** The figure of the whole run, a percentile from its merged histogram; null: the mean of the intervals. */
  readonly whole: number | null;
  /** The figure in every interval, in time order: tells how far the run's own value may be off. */
  readonly intervals: readonly number[];
}

/** One run as a unit of comparison. */
export interface ComparedRun {
  readonly id: string;
  /** Milliseconds since the epoch: tells whether the sides were interleaved. */
  readonly startedAtMs: number;
  readonly series: readonly RunSeries[];
}

export interface CompareOptions {
  /** Probability of claiming any difference where there is none, over all figures together; default 0.01. */
  readonly familyLevel?: number;
  /** Level of the printed intervals; default 0.95. */
  readonly intervalLevel?: number;
  readonly runsMin?: number;
  readonly resamples?: number;
  /** Seed of the bootstrap; the result is a function of it. */
  readonly seed: number;
  /** Accept sides that were measured one after the other; the reader then takes drift of the machine upon himself. */
  readonly allowSequential?: boolean;
}

/** `higher` and `lower` say where the new side lies; `same`: no difference was shown at this level; `undecided`: the runs cannot tell. */
export type FigureVerdict = 'higher' | 'lower' | 'same' | 'undecided';

export interface ComparedFigure {
  readonly figure: string;
  readonly unit: string;
  readonly higherIsWorse: boolean;
  readonly verdict: FigureVerdict;
  /** Mean of the runs' values on each side. */
  readonly baseline: number;
  readonly candidate: number;
  /** Candidate over baseline less 1, with its interval: geometric means where all values are positive; null otherwise. */
  readonly relativeChange: EffectInterval | null;
  /** Candidate less baseline in the figure's unit. */
  readonly difference: EffectInterval;
  readonly hedgesG: number | null;
  readonly cliffsDelta: number;
  readonly probability: number | null;
  /** Holm's adjusted probability, to be held against the family level. */
  readonly adjustedProbability: number | null;
}

export interface EffectInterval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Comparison {
  readonly baselineRuns: readonly string[];
  readonly candidateRuns: readonly string[];
  readonly familyLevel: number;
  readonly intervalLevel: number;
  readonly figures: readonly ComparedFigure[];
  /** Reasons why no verdict could be given; empty when there is one. */
  readonly problems: readonly string[];
  /** What the reader should know although there is a verdict. */
  readonly notes: readonly string[];
}

/** Changes from one side to the other when all runs are put in the order of their start: 1 when one side was measured after the other. */
export function sideChanges(baseline: readonly ComparedRun[], candidate: readonly ComparedRun[]): number {
  const order = [
    ...baseline.map((run) => ({ at: run.startedAtMs, side: 0 })),
    ...candidate.map((run) => ({ at: run.startedAtMs, side: 1 })),
  ].sort((a, b) => a.at - b.at);
  return order.filter((run, index) => index > 0 && run.side !== order[index - 1]!.side).length;
}

function problemsOf(
  baseline: readonly ComparedRun[],
  candidate: readonly ComparedRun[],
  options: CompareOptions,
) {
  const problems: string[] = [];
  const notes: string[] = [];
  const runsMin = options.runsMin ?? 5;
  for (const [side, runs] of [
    ['baseline', baseline],
    ['candidate', candidate],
  ] as const) {
    if (runs.length < runsMin) {
      problems.push(
        `${side}: ${runs.length} runs, a verdict needs at least ${runsMin}: runs differ from each other more than intervals of one run do`,
      );
    }
  }
  const ids = [...baseline, ...candidate].map((run) => run.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) problems.push(`run ${twice} is given twice: each run counts once`);
  const changes = sideChanges(baseline, candidate);
  if (changes === 1) {
    const text =
      'one side was measured after the other: a drift of the machine would look like a difference; measure in turns (A B B A ...)';
    (options.allowSequential ? notes : problems).push(text);
  } else if (changes < 4) {
    notes.push(
      `the sides took turns only ${changes} times: measure in turns (A B B A ...) to keep drift out of the difference`,
    );
  }
  return { problems, notes };
}

/** Values of one figure of the runs of a side: mean of its intervals, and the variance that the intervals' scatter gives this mean. */
interface SideFigure {
  readonly values: readonly number[];
  readonly withinVariance: number;
  readonly logarithms: readonly number[] | null;
  readonly withinLogVariance: number;
}

function sideFigure(
  runs: readonly ComparedRun[],
  figure: string,
  options: CompareOptions,
  salt: number,
): SideFigure {
  const random = seededRandom(options.seed + salt);
  const resamples = options.resamples ?? 200;
  const values: number[] = [];
  const variances: number[] = [];
  for (const run of runs) {
    const series = run.series.find((one) => one.figure === figure);
    const intervals = series?.intervals ?? [];
    values.push(series?.whole ?? mean(intervals));
    variances.push(varianceOfMean(intervals, { resamples, random }));
  }
  const positive = values.every((value) => value > 0);
  return {
    values,
    withinVariance: mean(variances),
    logarithms: positive ? values.map(Math.log) : null,
    withinLogVariance: positive ? mean(variances.map((variance, i) => variance / values[i]! ** 2)) : 0,
  };
}

/** Compares one figure of both sides; the verdict waits for Holm's correction over all figures. */
function compareFigure(
  { figure, unit, higherIsWorse }: RunSeries,
  sides: { readonly baseline: readonly ComparedRun[]; readonly candidate: readonly ComparedRun[] },
  options: CompareOptions,
  salt: number,
): ComparedFigure {
  const first = sideFigure(sides.baseline, figure, options, salt);
  const second = sideFigure(sides.candidate, figure, options, salt + 1);
  const level = options.intervalLevel ?? 0.95;
  const plain = { baseline: mean(first.values), candidate: mean(second.values) };
  const enough = first.values.length >= 2 && second.values.length >= 2;
  const bare = { figure, unit, higherIsWorse, verdict: 'undecided' as const, ...plain };
  if (!enough) {
    const estimate = plain.candidate - plain.baseline;
    const open = { estimate, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
    const delta = cliffsDelta(first.values, second.values);
    return {
      ...bare,
      relativeChange: null,
      difference: open,
      hedgesG: null,
      cliffsDelta: delta,
      probability: null,
      adjustedProbability: null,
    };
  }
  const floor = (first.withinVariance + second.withinVariance) / 2;
  const test = welchTest(first.values, second.values, floor);
  let relativeChange: EffectInterval | null = null;
  let probability = test.probability;
  if (first.logarithms && second.logarithms) {
    // Times and rates scatter in proportion to their size: their logarithms obey one spread, and a difference of them is a ratio.
    const logTest = welchTest(
      first.logarithms,
      second.logarithms,
      (first.withinLogVariance + second.withinLogVariance) / 2,
    );
    const ends = welchInterval(logTest, level);
    relativeChange = {
      estimate: Math.expm1(logTest.difference),
      lower: Math.expm1(ends.lower),
      upper: Math.expm1(ends.upper),
    };
    probability = logTest.probability;
  }
  return {
    ...bare,
    relativeChange,
    difference: { estimate: test.difference, ...welchInterval(test, level) },
    hedgesG: hedgesG(first.values, second.values),
    cliffsDelta: cliffsDelta(first.values, second.values),
    probability,
    adjustedProbability: null,
  };
}

/** Figures that every run of both sides has samples of, in the order of the first run. */
function commonFigures(runs: readonly ComparedRun[]): RunSeries[] {
  const has = (run: ComparedRun, figure: string): boolean =>
    run.series.some((series) => series.figure === figure && series.intervals.length > 0);
  return (runs[0]?.series ?? []).filter((series) => runs.every((run) => has(run, series.figure)));
}

/**
 * Compares two sets of runs, figure by figure. The unit is a run: the spread between runs decides, with the spread that a block
 * bootstrap over intervals gives each run's own mean as its floor, since five runs can agree by luck. Welch's test per figure,
 * Holm's correction over the figures.
 * @param baseline runs of the old side. @param candidate runs of the new side.
 * @throws RangeError when an interval value is not finite.
 */
export function compareRuns(
  baseline: readonly ComparedRun[],
  candidate: readonly ComparedRun[],
  options: CompareOptions,
): Comparison {
  const familyLevel = options.familyLevel ?? 0.01;
  const { problems, notes } = problemsOf(baseline, candidate, options);
  const runs = [...baseline, ...candidate];
  for (const run of runs) for (const series of run.series) describe(series.intervals);
  const compared = commonFigures(runs).map((series, index) =>
    compareFigure(series, { baseline, candidate }, options, 2 * index),
  );
  if (compared.length === 0 && runs.length > 0) problems.push('no figure that all runs have');
  const adjusted = holmAdjusted(compared.map((figure) => figure.probability ?? 1));
  const figures = compared.map((figure, index): ComparedFigure => {
    const adjustedProbability = figure.probability === null ? null : adjusted[index]!;
    if (problems.length > 0 || adjustedProbability === null) return { ...figure, adjustedProbability };
    const shown = adjustedProbability <= familyLevel;
    const up = (figure.relativeChange ?? figure.difference).estimate > 0;
    return { ...figure, adjustedProbability, verdict: shown ? (up ? 'higher' : 'lower') : 'same' };
  });
  return {
    baselineRuns: baseline.map((run) => run.id),
    candidateRuns: candidate.map((run) => run.id),
    familyLevel,
    intervalLevel: options.intervalLevel ?? 0.95,
    figures,
    problems,
    notes,
  };
}

/** Did a figure get worse, by its verdict and its own direction? */
export function isWorse(figure: ComparedFigure): boolean {
  return figure.verdict === (figure.higherIsWorse ? 'higher' : 'lower');
}
