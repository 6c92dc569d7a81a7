import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coveredNs, GapMerge, intersectSpans, type TargetGap } from './gap-merge.js';

interface Pair {
  readonly worker: number;
  readonly dueNs: number;
  readonly answerNs: number;
}

const MIN_NS = 5;

/** What each worker would tell, found by walking its own events in order of time. */
function tellOf(pairs: readonly Pair[], worker: number, merge: GapMerge): void {
  const mine = pairs.filter((pair) => pair.worker === worker).sort((a, b) => a.dueNs - b.dueNs);
  const answers = mine.map((pair) => pair.answerNs);
  let lastNs = Number.NEGATIVE_INFINITY;
  for (const answerNs of answers) {
    const waiting = mine.find((pair) => pair.answerNs > lastNs);
    const firstDueNs = Math.max(lastNs, waiting!.dueNs);
    if (answerNs - lastNs > MIN_NS) merge.push(worker, { previousNs: lastNs, answerNs, firstDueNs });
    lastNs = answerNs;
  }
  merge.open[worker]!.lastAnswerNs = lastNs;
}

/** The definition, over all events at once. */
function bruteForce(pairs: readonly Pair[]): TargetGap[] {
  const answers = [...new Set(pairs.map((pair) => pair.answerNs))].sort((a, b) => a - b);
  const gaps: TargetGap[] = [];
  let lastAnswerNs = Number.NEGATIVE_INFINITY;
  for (const endNs of answers) {
    const waiting = pairs.filter((pair) => pair.answerNs > lastAnswerNs).map((pair) => pair.dueNs);
    const startNs = Math.max(lastAnswerNs, Math.min(...waiting));
    if (endNs - lastAnswerNs > MIN_NS && startNs < endNs) gaps.push({ lastAnswerNs, startNs, endNs });
    lastAnswerNs = endNs;
  }
  return gaps;
}

/** Requests of three workers, each answering in order, as SCTP and a fair target do. */
const traffic = fc
  .array(
    fc.record({
      worker: fc.nat(2),
      spacing: fc.integer({ min: 1, max: 60 }),
      delay: fc.integer({ min: 1, max: 90 }),
    }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((steps) => {
    let dueNs = 0;
    const last = [0, 0, 0];
    return steps.map(({ worker, spacing, delay }): Pair => {
      dueNs += spacing;
      const answerNs = Math.max(dueNs + delay, last[worker]! + 1);
      last[worker] = answerNs;
      return { worker, dueNs, answerNs };
    });
  });

describe('merged gaps', () => {
  it('are those of all events together, whatever the workers', () => {
    fc.assert(
      fc.property(traffic, (pairs) => {
        const merge = new GapMerge(3);
        for (let worker = 0; worker < 3; worker++) tellOf(pairs, worker, merge);
        // Shorter gaps are no candidates everywhere; those that are may still show.
        const found = merge.advance(Number.MAX_VALUE).filter((gap) => gap.endNs - gap.lastAnswerNs > MIN_NS);
        expect(found).toEqual(bruteForce(pairs));
      }),
      { numRuns: 2000 },
    );
  });

  it('do not depend on how often the collector looks', () => {
    fc.assert(
      fc.property(traffic, fc.integer({ min: 5, max: 200 }), (pairs, step) => {
        const all = new GapMerge(3);
        const stepwise = new GapMerge(3);
        for (let worker = 0; worker < 3; worker++) {
          tellOf(pairs, worker, all);
          tellOf(pairs, worker, stepwise);
        }
        const found: TargetGap[] = [];
        for (let horizonNs = 0; horizonNs < 6000; horizonNs += step)
          found.push(...stepwise.advance(horizonNs));
        expect(found).toEqual(all.advance(Number.MAX_VALUE));
      }),
      { numRuns: 300 },
    );
  });

  it('count the trailing gap only while a request waits', () => {
    const merge = new GapMerge(2);
    merge.open[0]!.lastAnswerNs = 100;
    merge.open[1]!.lastAnswerNs = 120;
    expect(merge.trailing()).toBeNull();
    merge.open[0]!.waitingSinceNs = 110;
    expect(merge.trailing()).toEqual({ lastAnswerNs: 120, startNs: 120, endNs: Number.POSITIVE_INFINITY });
    merge.open[0]!.waitingSinceNs = 150;
    expect(merge.trailing()?.startNs).toBe(150);
  });
});

describe('spans', () => {
  it('intersect', () => {
    const a = [
      { startNs: 0, endNs: 10 },
      { startNs: 20, endNs: 40 },
    ];
    const b = [{ startNs: 5, endNs: 25 }];
    expect(intersectSpans([a, b])).toEqual([
      { startNs: 5, endNs: 10 },
      { startNs: 20, endNs: 25 },
    ]);
    expect(intersectSpans([a, []])).toEqual([]);
    expect(coveredNs({ startNs: 8, endNs: 30 }, a)).toBe(12);
  });
});
