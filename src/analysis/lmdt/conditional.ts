/** One measured migration: application memory and what was transferred, MB. */
export interface TransferPoint {
  readonly amMb: number;
  readonly transferredMb: number;
}

/** A figure that is linear in CMDT and MF once AF is given: its least-squares value and its variance per unit of residual variance. */
export interface LinearFigure {
  readonly value: number;
  readonly variance: number;
}

/** The best fit for one given AF. */
export interface ConditionalFit {
  /** Weighted sum of squared residuals. */
  readonly residualSum: number;
  readonly cmdt: LinearFigure;
  readonly mf: LinearFigure;
  /** The modelled transfer at an AM. */
  readonly at: (amMb: number) => LinearFigure;
}

/** Points prepared for fitting: AM scaled to 0..1, so that `k = AF * rangeMb` has no unit. */
export interface Problem {
  readonly points: readonly TransferPoint[];
  readonly weights: readonly number[];
  readonly weightSum: number;
  readonly rangeMb: number;
  readonly amMbMax: number;
  /** MF when it is given and not fitted. */
  readonly fixedMfMb: number | null;
}

/** @param weights one a point, positive; residuals are squared, then multiplied by it. */
export function prepare(
  points: readonly TransferPoint[],
  weights: readonly number[],
  fixedMfMb: number | null,
): Problem {
  const am = points.map((point) => point.amMb);
  const amMbMax = Math.max(...am);
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  return { points, weights, weightSum, rangeMb: amMbMax - Math.min(...am), amMbMax, fixedMfMb };
}

/**
 * Least squares over what is linear, for a given `k` = AF * range > 0.
 *
 * With h(x) = (exp(k (x - xMax) / range) - 1) / k the model is a + b h(x): for k towards 0 it turns into a straight line without losing
 * digits, for large k nothing overflows. MF exp(AF xMax) = b / k and CMDT = a - b / k.
 */
export function fitGiven(problem: Problem, k: number): ConditionalFit {
  return problem.fixedMfMb === null ? fitBoth(problem, k) : fitConstant(problem, k, problem.fixedMfMb);
}

function fitBoth({ points, weights, weightSum, rangeMb, amMbMax }: Problem, k: number): ConditionalFit {
  const basis = (amMb: number): number => Math.expm1((k * (amMb - amMbMax)) / rangeMb) / k;
  let [meanH, meanY] = [0, 0];
  points.forEach((point, i) => {
    meanH += (weights[i]! * basis(point.amMb)) / weightSum;
    meanY += (weights[i]! * point.transferredMb) / weightSum;
  });
  let [squares, products] = [0, 0];
  points.forEach((point, i) => {
    const distance = basis(point.amMb) - meanH;
    squares += weights[i]! * distance * distance;
    products += weights[i]! * distance * (point.transferredMb - meanY);
  });
  const b = products / squares;
  let residualSum = 0;
  points.forEach((point, i) => {
    residualSum += weights[i]! * (point.transferredMb - meanY - b * (basis(point.amMb) - meanH)) ** 2;
  });
  // alpha a + beta b = alpha meanY + (beta - alpha meanH) b, and meanY and b are independent.
  const figure = (alpha: number, beta: number): LinearFigure => {
    const onB = beta - alpha * meanH;
    return { value: alpha * meanY + onB * b, variance: alpha ** 2 / weightSum + onB ** 2 / squares };
  };
  return {
    residualSum,
    cmdt: figure(1, -1 / k),
    mf: figure(0, Math.exp((-k * amMbMax) / rangeMb) / k),
    at: (amMb) => figure(1, basis(amMb)),
  };
}

function fitConstant(
  { points, weights, weightSum, rangeMb }: Problem,
  k: number,
  mfMb: number,
): ConditionalFit {
  const grown = (amMb: number): number => mfMb * Math.exp((k * amMb) / rangeMb);
  let cmdt = 0;
  points.forEach((point, i) => {
    cmdt += (weights[i]! * (point.transferredMb - grown(point.amMb))) / weightSum;
  });
  let residualSum = 0;
  points.forEach((point, i) => {
    residualSum += weights[i]! * (point.transferredMb - cmdt - grown(point.amMb)) ** 2;
  });
  const variance = 1 / weightSum;
  return {
    residualSum: Number.isFinite(residualSum) ? residualSum : Number.MAX_VALUE,
    cmdt: { value: cmdt, variance },
    mf: { value: mfMb, variance: 0 },
    at: (amMb) => ({ value: cmdt + grown(amMb), variance }),
  };
}
