import { studentQuantile } from '../statistics/student.js';
import { fitGiven, type LinearFigure, type Problem, prepare, type TransferPoint } from './conditional.js';
import { crossing, goldenMinimum, gridMinimum } from './minimise.js';
import type { TransferModel } from './model.js';

/** An interval of a fitted figure; an end is null when the points do not bound it. */
export interface FittedInterval {
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface FitOptions {
  /** Level of the intervals; default 0.95. */
  readonly level?: number;
  /** Holds MF at this value, as the paper does with 9.6 MB; default: MF is fitted. */
  readonly mfMb?: number;
  /** `constant`: all points err alike in MB. `relative`: in per cent of the transfer. Default `constant`. */
  readonly weights?: 'constant' | 'relative';
}

/** A fitted {@link TransferModel}. */
export interface TransferFit extends TransferModel {
  readonly af: number;
  readonly level: number;
  /** Null with as many points as parameters: an exact fit tells nothing of its error. */
  readonly confidence: {
    readonly cmdtMb: FittedInterval;
    readonly mfMb: FittedInterval;
    readonly af: FittedInterval;
  } | null;
  /** Scatter of the points about the curve: MB, or a share of the transfer with relative weights; null as `confidence`. */
  readonly residualStandardError: number | null;
  readonly mfFixed: boolean;
  readonly weights: 'constant' | 'relative';
  readonly points: readonly TransferPoint[];
  /** What a reader has to know before using the figures; empty when all is well. */
  readonly notes: readonly string[];
}

/** The points cannot carry the model; the message says why and what to measure. */
export class FitError extends Error {
  override readonly name = 'FitError';
}

/** Bounds of k = AF * range. Below the lower one the curve is a straight line to 4 digits, above the upper one a step. */
const K_MIN = 1e-3;
const K_MAX = 60;
const K_GRID = Array.from({ length: 90 }, (_, i) => K_MIN * (K_MAX / K_MIN) ** (i / 89));

/** What a fit needs to answer further questions: the sum of squares as a function of k, its minimum and the limit for a level. */
interface Profile {
  readonly problem: Problem;
  readonly k: number;
  readonly degrees: number;
  readonly residualSum: number;
  /** Range of k whose residual sum stays below the limit, and whether each end is a bound of the search. */
  readonly kLow: number;
  readonly kHigh: number;
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
  readonly limit: number;
}

function checkPoints(points: readonly TransferPoint[], parameters: number, options: FitOptions): void {
  points.forEach(({ amMb, transferredMb }, i) => {
    if (!Number.isFinite(amMb) || amMb < 0)
      throw new FitError(`point ${i + 1}: am_mb ${amMb} is no memory size`);
    if (!Number.isFinite(transferredMb) || transferredMb <= 0) {
      throw new FitError(`point ${i + 1}: transferred_mb ${transferredMb} is no amount transferred`);
    }
  });
  const distinct = new Set(points.map((point) => point.amMb)).size;
  if (distinct < parameters) {
    throw new FitError(
      `${distinct} different values of am_mb: the fit of ${parameters} parameters needs at least ${parameters}; ` +
        'measure migrations with more sizes of application memory',
    );
  }
  if (options.mfMb !== undefined && !(options.mfMb > 0))
    throw new FitError(`MF ${options.mfMb} MB: must be above 0`);
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) throw new FitError(`confidence level ${level}: must lie between 0 and 1`);
}

/** Finds the best k and the range of k that the points leave possible at `level`. */
function profile(points: readonly TransferPoint[], options: FitOptions): Profile {
  const parameters = options.mfMb === undefined ? 3 : 2;
  checkPoints(points, parameters, options);
  const weights = points.map((p) => (options.weights === 'relative' ? 1 / p.transferredMb ** 2 : 1));
  const problem = prepare(points, weights, options.mfMb ?? null);
  const residuals = (k: number): number => fitGiven(problem, k).residualSum;
  // In the logarithm of k the valleys are about equally wide.
  const best = gridMinimum((logK) => residuals(Math.exp(logK)), K_GRID.map(Math.log), 1e-10);
  const k = polish(problem, Math.exp(best.at));
  const residualSum = residuals(k);
  if (fitGiven(problem, k).mf.value <= 0) {
    throw new FitError(
      'the transfer does not grow with am_mb: MF would be negative; check the points or their columns',
    );
  }
  const degrees = points.length - parameters;
  const t = degrees > 0 ? studentQuantile(options.level ?? 0.95, degrees) : 0;
  const limit = residualSum * (1 + (t * t) / Math.max(1, degrees));
  const above = (x: number): number => residuals(x) - limit;
  const lowOpen = degrees > 0 && above(K_MIN) < 0;
  const highOpen = degrees > 0 && above(K_MAX) < 0;
  const end = (outside: number): number => walkOut(above, k, outside);
  const closed = degrees === 0;
  return {
    problem,
    k,
    degrees,
    residualSum,
    limit,
    lowOpen,
    highOpen,
    kLow: closed ? k : lowOpen ? K_MIN : end(K_MIN),
    kHigh: closed ? k : highOpen ? K_MAX : end(K_MAX),
  };
}

/**
 * Gauss-Newton steps on k. A search by function values alone ends at the square root of the machine's precision, and where the
 * exponential is ten million times CMDT that is not enough to find CMDT again.
 */
function polish(problem: Problem, start: number): number {
  const residualsAt = (k: number): number[] => {
    const { at } = fitGiven(problem, k);
    return problem.points.map(
      (p, i) => Math.sqrt(problem.weights[i]!) * (p.transferredMb - at(p.amMb).value),
    );
  };
  const sum = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value * value, 0);
  let k = start;
  let residuals = residualsAt(k);
  for (let step = 0; step < 20; step++) {
    const delta = k * 1e-6;
    const ahead = residualsAt(k + delta);
    const behind = residualsAt(k - delta);
    const slope = ahead.map((value, i) => (value - behind[i]!) / (2 * delta));
    const next = k - slope.reduce((total, value, i) => total + value * residuals[i]!, 0) / sum(slope);
    if (!(next > K_MIN && next < K_MAX)) break;
    const there = residualsAt(next);
    if (!(sum(there) < sum(residuals))) break;
    [k, residuals] = [next, there];
  }
  return k;
}

/** First crossing of zero on the way from `inside` to `outside`, by growing steps and then bisection. */
function walkOut(f: (k: number) => number, inside: number, outside: number): number {
  const direction = Math.sign(outside - inside);
  let last = inside;
  for (let step = inside * 1e-3; ; step *= 1.6) {
    const next = direction > 0 ? Math.min(outside, last + step) : Math.max(outside, last - step);
    if (f(next) >= 0) return crossing(f, last, next, inside * 1e-9);
    if (next === outside) return outside;
    last = next;
  }
}

/**
 * Profile interval of a figure that is linear given k. For each k that the data leave possible, CMDT and MF may move as far as the residual
 * sum stays under the limit; the interval's ends are the furthest points of all k.
 */
function furthest(p: Profile, pick: (k: number) => LinearFigure, sign: 1 | -1): number {
  const reach = (k: number): number => {
    const room = Math.max(0, p.limit - fitGiven(p.problem, k).residualSum);
    const figure = pick(k);
    return -(sign * figure.value + Math.sqrt(room * figure.variance));
  };
  if (p.kHigh - p.kLow <= p.k * 1e-9) return -sign * reach(p.k);
  const grid = Array.from({ length: 17 }, (_, i) => p.kLow * (p.kHigh / p.kLow) ** (i / 16));
  const best = gridMinimum(reach, grid, p.k * 1e-7);
  const refined = goldenMinimum(
    reach,
    Math.max(p.kLow, best.at * 0.999),
    Math.min(p.kHigh, best.at * 1.001),
    p.k * 1e-9,
  );
  return -sign * Math.min(best.value, refined.value);
}

/** Interval from a profile; an end is null when the range of k that produces it is open. */
function interval(
  p: Profile,
  pick: (k: number) => LinearFigure,
  open: { low: boolean; high: boolean },
): FittedInterval {
  return {
    lower: open.low ? null : furthest(p, pick, -1),
    upper: open.high ? null : furthest(p, pick, 1),
  };
}

/**
 * Least-squares fit of `LMDT = CMDT + MF exp(AF AM)`, AF > 0, with profile intervals (Student's t): many starts for AF, the rest solved
 * exactly for each.
 * @param points AM and transfer in MB, at least three different AM (two when MF is given).
 * @throws FitError when the points cannot carry the model.
 */
export function fitTransfer(points: readonly TransferPoint[], options: FitOptions = {}): TransferFit {
  const p = profile(points, options);
  const best = fitGiven(p.problem, p.k);
  const perRange = (k: number): number => k / p.problem.rangeMb;
  const fixed = options.mfMb !== undefined;
  const given = (k: number) => fitGiven(p.problem, k);
  // Towards a straight line MF grows and CMDT falls without bound.
  const confidence = {
    af: { lower: p.lowOpen ? null : perRange(p.kLow), upper: p.highOpen ? null : perRange(p.kHigh) },
    cmdtMb: interval(p, (k) => given(k).cmdt, { low: p.lowOpen && !fixed, high: false }),
    mfMb: interval(p, (k) => given(k).mf, { low: false, high: p.lowOpen && !fixed }),
  };
  return {
    cmdtMb: best.cmdt.value,
    mfMb: best.mf.value,
    af: perRange(p.k),
    level: options.level ?? 0.95,
    confidence: p.degrees > 0 ? confidence : null,
    residualStandardError: p.degrees > 0 ? Math.sqrt(p.residualSum / p.degrees) : null,
    mfFixed: fixed,
    weights: options.weights ?? 'constant',
    points,
    notes: notesOf(p),
  };
}

/** Says when the points cannot tell an exponential from something simpler. */
function notesOf(p: Profile): string[] {
  if (p.k <= K_MIN * 1.001)
    return [
      'a straight line fits these points best: AF, MF and CMDT mean nothing; measure a wider range of am_mb',
    ];
  const open = [...(p.lowOpen ? ['below'] : []), ...(p.highOpen ? ['above'] : [])];
  return open.length === 0
    ? []
    : [`these points do not bound AF from ${open.join(' or ')}; measure a wider range of am_mb`];
}

/** A predicted transfer, MB. */
export interface TransferPrediction {
  readonly amMb: number;
  readonly transferredMb: number;
  /** Where the curve itself may run; null without degrees of freedom. */
  readonly curve: FittedInterval | null;
  /** Where one further migration will be measured. */
  readonly measurement: FittedInterval | null;
  /** AM lies outside the points that the model was fitted to. */
  readonly extrapolated: boolean;
}

/** Prediction of a fitted model with its error at the fit's level. @throws FitError as {@link fitTransfer}. */
export function predictTransfer(
  points: readonly TransferPoint[],
  amMb: number,
  options: FitOptions = {},
): TransferPrediction {
  const p = profile(points, options);
  const value = fitGiven(p.problem, p.k).at(amMb).value;
  const lowest = Math.min(...points.map((point) => point.amMb));
  const extrapolated = amMb < lowest || amMb > p.problem.amMbMax;
  if (p.degrees <= 0) return { amMb, transferredMb: value, curve: null, measurement: null, extrapolated };
  const curve = interval(p, (k) => fitGiven(p.problem, k).at(amMb), { low: false, high: false });
  const scale = options.weights === 'relative' ? value : 1;
  const scatter =
    studentQuantile(options.level ?? 0.95, p.degrees) * Math.sqrt(p.residualSum / p.degrees) * scale;
  const measurement = {
    lower: value - Math.hypot(value - (curve.lower ?? value), scatter),
    upper: value + Math.hypot((curve.upper ?? value) - value, scatter),
  };
  return { amMb, transferredMb: value, curve, measurement, extrapolated };
}
