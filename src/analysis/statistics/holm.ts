/**
 * Holm's step-down correction of several tests at once.
 *
 *     sorted p    p(1)   p(2)     ...  p(m)
 *     multiplied  m      m - 1    ...  1      then made monotonic and cut at 1
 *
 * @param probabilities p values, 0..1, any order. @returns adjusted p values in the same order: a test is significant at family level
 *   alpha when its adjusted value is at most alpha.
 */
export function holmAdjusted(probabilities: readonly number[]): number[] {
  const count = probabilities.length;
  const order = probabilities.map((_, index) => index).sort((a, b) => probabilities[a]! - probabilities[b]!);
  const adjusted = new Array<number>(count).fill(1);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, probabilities[index]! * (count - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
