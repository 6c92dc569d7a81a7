import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepResult } from '../../measure/capacity-result.js';
import { seededRandom } from '../statistics/random.js';
import { contradictions, type Decision, decide, feasibilityOf, type SearchOptions } from './search.js';

const OPTIONS: SearchOptions = {
  startPerSecond: 100,
  maxPerSecond: 100_000,
  growth: 2,
  precision: 0.02,
  confirmations: 2,
};

type Judge = (rate: number) => Pick<StepResult, 'feasible' | 'blame' | 'clear'> & Partial<StepResult>;

/** A target that holds up to `limit`, and beyond it fails clearly from 10 % on. */
const limitAt =
  (limit: number, blame: 'target' | 'generator' = 'target'): Judge =>
  (rate) => ({
    feasible: rate <= limit,
    blame: rate <= limit ? null : blame,
    clear: blame === 'target' && rate > 1.1 * limit,
  });

function search(
  judge: Judge,
  options = OPTIONS,
): { found: Extract<Decision, { kind: 'found' }>; steps: StepResult[] } {
  const steps: StepResult[] = [];
  for (let decision = decide(options, steps); ; decision = decide(options, steps)) {
    if (decision.kind === 'found') return { found: decision, steps };
    const { ratePerSecond, purpose } = decision;
    steps.push({ ratePerSecond, purpose, reason: '', completedPerSecond: null, ...judge(ratePerSecond) });
    if (steps.length > 200) throw new Error('the search does not end');
  }
}

describe('decide', () => {
  it('finds any limit within its precision, and confirms it', () => {
    fc.assert(
      fc.property(fc.double({ min: 2, max: 99_000, noNaN: true }), (limit) => {
        const { found, steps } = search(limitAt(limit));
        expect(found.limitedBy).toBe('target');
        expect(found.capacityPerSecond).toBeLessThanOrEqual(limit);
        expect(found.capacityPerSecond).toBeGreaterThan(limit / 1.03);
        expect(steps.filter((step) => step.ratePerSecond === found.capacityPerSecond)).toHaveLength(3);
        expect(contradictions(steps)).toEqual([]);
      }),
    );
  });

  it('tells apart who or what set the limit', () => {
    expect(search(limitAt(5_000, 'generator')).found.limitedBy).toBe('generator');
    expect(search(limitAt(1e9)).found).toMatchObject({
      capacityPerSecond: 100_000,
      limitedBy: 'maximum',
      held: 3,
    });
    // The generator gives up at 6 000, the target already at 3 500: bisection below the generator's limit finds the target's.
    const both: Judge = (rate) => (rate > 6_000 ? limitAt(6_000, 'generator')(rate) : limitAt(3_500)(rate));
    const { found } = search(both);
    expect(found.limitedBy).toBe('target');
    expect(found.capacityPerSecond).toBeGreaterThan(3_400);
  });

  it('blames the target where only the last steps above its limit were spoilt, and no further', () => {
    const spoilt =
      (from: number, to: number): Judge =>
      (rate) =>
        rate > from && rate < to
          ? { feasible: false, blame: 'generator', clear: false }
          : limitAt(1_000)(rate);
    expect(search(spoilt(1_000, 1_030)).found.limitedBy).toBe('target');
    expect(search(spoilt(1_000, 1_400)).found.limitedBy).toBe('generator');
    // A stall now and then is no limit at all.
    let count = 0;
    const stalling: Judge = (rate) =>
      ++count % 3 === 0 ? { feasible: false, blame: 'generator', clear: false } : limitAt(1_000)(rate);
    expect(search(stalling).found).toMatchObject({ limitedBy: 'target', held: 3 });
    expect(search(stalling).found.capacityPerSecond).toBeGreaterThan(980);
  });

  it('does not take the stalls of a busy machine for a limit of the generator at a rate that it has carried', () => {
    const random = seededRandom(7);
    for (let index = 0; index < 100; index++) {
      const limit = 500 + 2_000 * random();
      // A clear refusal at twice the limit shows what the generator carries; then more than half of all steps are spoilt.
      const stalling: Judge = (rate) =>
        rate < 1.5 * limit && random() < 0.55
          ? { feasible: false, blame: 'generator', clear: false }
          : limitAt(limit)(rate);
      const { found } = search(stalling, { ...OPTIONS, startPerSecond: 3 * limit });
      expect(found.limitedBy).toBe('target');
      expect(Math.abs(found.capacityPerSecond / limit - 1)).toBeLessThan(0.05);
    }
  });

  it('goes down from a start that is too high, and ends at 0 when nothing holds', () => {
    const { found } = search(limitAt(37), { ...OPTIONS, startPerSecond: 5_000 });
    expect(found.capacityPerSecond).toBeGreaterThan(35.9);
    expect(found.capacityPerSecond).toBeLessThanOrEqual(37);
    expect(search(limitAt(0)).found).toMatchObject({ capacityPerSecond: 0, limitedBy: 'target' });
  });

  it('asks again where a rate failed narrowly, and takes back a rate that fails its confirmation', () => {
    let failed = false;
    const once: Judge = (rate) => {
      if (rate === 800 && !failed) {
        failed = true;
        return { feasible: false, blame: 'target', clear: false };
      }
      return limitAt(2_000)(rate);
    };
    expect(search(once).found.capacityPerSecond).toBeGreaterThan(1_940);
    const tries = new Map<number, number>();
    const tiring: Judge = (rate) => {
      const count = (tries.get(rate) ?? 0) + 1;
      tries.set(rate, count);
      const feasible = rate <= 1_000 || (rate <= 1_100 && count === 1);
      return { feasible, blame: feasible ? null : 'target', clear: false };
    };
    const { found } = search(tiring);
    expect(found.capacityPerSecond).toBeLessThanOrEqual(1_000);
    expect(found.capacityPerSecond).toBeGreaterThan(970);
  });

  it('finds the limit within 5 % although one step in ten fails for no reason of the target', () => {
    const random = seededRandom(60);
    let within = 0;
    for (let index = 0; index < 200; index++) {
      const limit = 500 + 5_000 * random();
      const noisy: Judge = (rate) =>
        random() < 0.1 ? { feasible: false, blame: 'target', clear: false } : limitAt(limit)(rate);
      const { capacityPerSecond } = search(noisy).found;
      if (Math.abs(capacityPerSecond - limit) <= 0.05 * limit) within++;
    }
    expect(within).toBeGreaterThanOrEqual(180);
  });

  it('looks where the target says that its limit is, and is not led astray', () => {
    const telling =
      (limit: number, said: (rate: number) => number): Judge =>
      (rate) => ({ ...limitAt(limit)(rate), completedPerSecond: rate <= limit ? null : said(rate) });
    const plain = search(limitAt(3_333)).steps.length;
    const guided = search(telling(3_333, () => 3_333));
    expect(guided.steps.length).toBeLessThanOrEqual(plain - 3);
    expect(guided.found.capacityPerSecond).toBeGreaterThan(3_333 / 1.03);
    fc.assert(
      fc.property(
        fc.double({ min: 2, max: 99_000, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (limit, lie) => {
          const { capacityPerSecond } = search(telling(limit, (rate) => rate * lie)).found;
          expect(capacityPerSecond).toBeLessThanOrEqual(limit);
          expect(capacityPerSecond).toBeGreaterThan(limit / 1.03);
        },
      ),
    );
  });

  it('goes on from a recorded history as if it had never stopped', () => {
    const { steps, found } = search(limitAt(3_333));
    for (let cut = 0; cut < steps.length; cut++) {
      expect(decide(OPTIONS, steps.slice(0, cut))).toMatchObject({
        kind: 'step',
        ratePerSecond: steps[cut]!.ratePerSecond,
      });
    }
    expect(decide(OPTIONS, steps)).toEqual(found);
  });

  it('lists levels as the papers do, and what speaks against the limit', () => {
    const { steps } = search(limitAt(410));
    const { feasiblePerSecond, infeasiblePerSecond } = feasibilityOf(steps);
    expect(feasiblePerSecond).toEqual([...feasiblePerSecond].sort((a, b) => a - b));
    expect(Math.max(...feasiblePerSecond)).toBeLessThan(Math.min(...infeasiblePerSecond));
    const held: StepResult = {
      ratePerSecond: 900,
      purpose: 'climb',
      feasible: true,
      blame: null,
      clear: true,
      reason: '',
      completedPerSecond: null,
    };
    expect(contradictions([...steps, held])).toEqual([900]);
  });
});
