/** Ratio of the golden section. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** A minimum of a function of one variable. */
export interface Minimum {
  readonly at: number;
  readonly value: number;
}

/**
 * Golden-section search for the minimum of a function with one valley between `low` and `high`.
 * @param tolerance width at which to stop, in the variable's unit.
 */
export function goldenMinimum(
  f: (x: number) => number,
  low: number,
  high: number,
  tolerance: number,
): Minimum {
  let [a, b] = [low, high];
  let x1 = b - GOLDEN * (b - a);
  let x2 = a + GOLDEN * (b - a);
  let [f1, f2] = [f(x1), f(x2)];
  for (let step = 0; step < 200 && b - a > tolerance; step++) {
    if (f1 <= f2) {
      [b, x2, f2] = [x2, x1, f1];
      x1 = b - GOLDEN * (b - a);
      f1 = f(x1);
    } else {
      [a, x1, f1] = [x1, x2, f2];
      x2 = a + GOLDEN * (b - a);
      f2 = f(x2);
    }
  }
  return f1 <= f2 ? { at: x1, value: f1 } : { at: x2, value: f2 };
}

/**
 * Minimum over a grid of starts, each best neighbourhood then narrowed by golden section: finds the lowest of several valleys as long as
 * the grid separates them.
 * @param grid ascending, at least three points.
 */
export function gridMinimum(f: (x: number) => number, grid: readonly number[], tolerance: number): Minimum {
  const values = grid.map(f);
  let best: Minimum = { at: grid[0]!, value: values[0]! };
  values.forEach((value, index) => {
    const left = values[index - 1] ?? Number.POSITIVE_INFINITY;
    const right = values[index + 1] ?? Number.POSITIVE_INFINITY;
    if (value < best.value) best = { at: grid[index]!, value };
    if (value > left || value > right) return;
    const low = grid[Math.max(0, index - 1)]!;
    const high = grid[Math.min(grid.length - 1, index + 1)]!;
    const found = goldenMinimum(f, low, high, tolerance);
    if (found.value < best.value) best = found;
  });
  return best;
}

/** Where `f`, below zero at `inside` and above zero at `outside`, crosses zero, to `tolerance`. */
export function crossing(
  f: (x: number) => number,
  inside: number,
  outside: number,
  tolerance: number,
): number {
  let [low, high] = [inside, outside];
  for (let step = 0; step < 200 && Math.abs(high - low) > tolerance; step++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
