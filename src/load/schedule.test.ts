import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Arrival, RateShape } from '../config/arrival.js';
import { CURSOR, changedSegments, RateCursor, RateProfile, segmentsOf } from './rate-profile.js';
import { createSchedule, type Schedule } from './schedule.js';

const SECOND = 1e9;

function drain(schedule: Schedule): { dueNs: number; sequence: number }[] {
  const all: { dueNs: number; sequence: number }[] = [];
  for (let dueNs = schedule.next(); dueNs !== Number.POSITIVE_INFINITY; dueNs = schedule.next()) {
    all.push({ dueNs, sequence: schedule.sequence });
  }
  return all;
}

function schedules(arrival: Arrival, durationNs: number, workers: number, seed = 1) {
  return Array.from({ length: workers }, (_, worker) =>
    drain(createSchedule({ arrival, durationNs, workers, worker, seed })),
  );
}

const rate = fc.double({ min: 0.5, max: 2000, noNaN: true });
const time = fc.integer({ min: 1, max: 1_000_000 }).map((us) => us * 1000);
const shape: fc.Arbitrary<RateShape> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), ratePerSecond: rate }),
  fc.record({ kind: fc.constant('ramp' as const), fromPerSecond: rate, toPerSecond: rate, overNs: time }),
  fc.record({
    kind: fc.constant('step' as const),
    steps: fc.array(fc.record({ ratePerSecond: rate, forNs: time }), { minLength: 1, maxLength: 5 }),
  }),
  fc
    .record({
      ratePerSecond: rate,
      factor: fc.double({ min: 0, max: 3, noNaN: true }),
      forNs: time,
      atNs: time,
      gapNs: time,
    })
    .map(({ gapNs, ...burst }) => ({ kind: 'burst' as const, ...burst, everyNs: burst.forNs + gapNs })),
);

describe('even arrivals', () => {
  it('are the same requests however many workers share them', () => {
    fc.assert(
      fc.property(shape, time, fc.integer({ min: 1, max: 9 }), (given, durationNs, workers) => {
        const arrival: Arrival = { shape: given, spacing: 'even' };
        const [single] = schedules(arrival, durationNs, 1);
        const shared = schedules(arrival, durationNs, workers).flat();
        shared.sort((a, b) => a.sequence - b.sequence);
        expect(shared).toEqual(single);
      }),
    );
  });

  it('never go back, lie within the run, and number what the rate amounts to', () => {
    fc.assert(
      fc.property(shape, time, (given, durationNs) => {
        const [single] = schedules({ shape: given, spacing: 'even' }, durationNs, 1);
        const profile = new RateProfile(segmentsOf(given, durationNs));
        let previous = 0;
        for (const { dueNs } of single!) {
          expect(dueNs).toBeGreaterThanOrEqual(previous);
          expect(dueNs).toBeLessThan(durationNs);
          previous = dueNs;
        }
        expect(Math.abs(single!.length - profile.total)).toBeLessThan(1.000001);
      }),
    );
  });

  it('are due exactly where the integral of the rate, taken in small steps, reaches their number', () => {
    fc.assert(
      fc.property(shape, time, (given, durationNs) => {
        const profile = new RateProfile(segmentsOf(given, durationNs));
        const [single] = schedules({ shape: given, spacing: 'even' }, durationNs, 1);
        for (const { dueNs, sequence } of single!.slice(0, 200)) {
          expect(profile.count(dueNs)).toBeCloseTo(sequence, 6);
        }
        const steps = 20_000;
        let riemann = 0;
        for (let i = 0; i < steps; i++) riemann += profile.ratePerSecond(((i + 0.5) * durationNs) / steps);
        // A step of the sum may straddle a jump of the rate, which is at most 6 000/s here.
        const stepSeconds = durationNs / 1e9 / steps;
        const tolerance = profile.total * 1e-6 + profile.segments * 6000 * stepSeconds;
        expect(Math.abs(riemann * stepSeconds - profile.total)).toBeLessThan(tolerance);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [1500, 20 * SECOND, 30_000],
    [9450, 3600 * SECOND, 34_020_000],
    [1000 / 3600, 3600 * SECOND, 1000],
    [1 / 3, 9 * SECOND, 3],
    [0.1, 10 * SECOND, 1],
    [100, SECOND / 1000, 1],
  ])('%d/s for %d ns are %d requests', (ratePerSecond, durationNs, requests) => {
    expect(new RateProfile(segmentsOf({ kind: 'constant', ratePerSecond }, durationNs)).requests).toBe(
      requests,
    );
  });

  it('skips to any time without another request than those that come there anyway', () => {
    const where = fc.double({ min: 0, max: 1.1, noNaN: true });
    fc.assert(
      fc.property(
        shape,
        time,
        where,
        fc.constantFrom('even', 'poisson'),
        (given, durationNs, share, spacing) => {
          const arrival: Arrival = { shape: given, spacing };
          const atNs = share * durationNs;
          for (const worker of [0, 1]) {
            const options = { arrival, durationNs, workers: 2, worker, seed: 3 };
            const whole = createSchedule(options);
            const expected: string[] = [];
            while (whole.next() !== Number.POSITIVE_INFINITY) {
              if (whole.dueNs >= atNs) expected.push(`${whole.sequence} ${whole.dueNs}`);
            }
            const skipped = createSchedule(options);
            skipped.skipTo(atNs);
            const found: string[] = [];
            while (skipped.next() !== Number.POSITIVE_INFINITY)
              found.push(`${skipped.sequence} ${skipped.dueNs}`);
            expect(found).toEqual(expected);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has not drifted by a nanosecond after 10^8 requests', () => {
    const ratePerSecond = 9450;
    const durationNs = 20_000 * SECOND;
    const profile = new RateProfile(segmentsOf({ kind: 'constant', ratePerSecond }, durationNs));
    const arrival: Arrival = { shape: { kind: 'constant', ratePerSecond }, spacing: 'even' };
    const workers = 4_999_999;
    const schedule = createSchedule({ arrival, durationNs, workers, worker: 4_999_998, seed: 1 });
    let seen = 0;
    for (let dueNs = schedule.next(); dueNs < Number.POSITIVE_INFINITY; dueNs = schedule.next()) {
      // (k 10^9) / 9450 in whole numbers, the fraction kept.
      const product = BigInt(schedule.sequence) * 1_000_000_000n;
      const exact = Number(product / 9450n) + Number(product % 9450n) / 9450;
      expect(Math.abs(dueNs - exact)).toBeLessThan(0.01);
      seen++;
    }
    expect(profile.requests).toBe(189_000_000);
    expect(seen).toBe(37);
  });

  it('runs a ramp to nothing without losing its last requests to rounding', () => {
    const [all] = schedules(
      {
        shape: { kind: 'ramp', fromPerSecond: 2000, toPerSecond: 1e-12, overNs: 10 * SECOND },
        spacing: 'even',
      },
      10 * SECOND,
      1,
    );
    expect(all).toHaveLength(10_000);
    // With c requests left of a triangle, the time left is sqrt(2 c / slope); slope 200/s^2.
    for (const left of [1, 2, 10, 1000]) {
      const timeLeft = 10 * SECOND - all![10_000 - left]!.dueNs;
      expect(timeLeft / (Math.sqrt((2 * left) / 200) * SECOND)).toBeCloseTo(1, 6);
    }
  });
});

it('finds the last of 10^10 requests on a slope to nothing, and the first on a slope from nothing, to the nanosecond', () => {
  const durationNs = 20_000 * SECOND;
  for (const [fromPerSecond, toPerSecond] of [
    [1e6, 0],
    [0, 1e6],
  ] as const) {
    const profile = new RateProfile([{ durationNs, fromPerSecond, toPerSecond }]);
    expect(profile.total).toBe(1e10);
    // A triangle of slope 50/s^2: c requests lie within sqrt(2 c / 50) seconds of its tip.
    for (const fromTip of [1, 2, 50, 12_345]) {
      const cursor = new RateCursor(profile);
      cursor.numbers[CURSOR.count] = toPerSecond === 0 ? 1e10 - fromTip : fromTip;
      cursor.seek();
      const tipNs = toPerSecond === 0 ? durationNs : 0;
      const distanceNs = Math.sqrt((2 * fromTip) / 50) * SECOND;
      expect(Math.abs(Math.abs(cursor.numbers[CURSOR.atNs]! - tipNs) - distanceNs)).toBeLessThan(1);
    }
  }
});

describe('Poisson arrivals', () => {
  const arrival: Arrival = { shape: { kind: 'constant', ratePerSecond: 1000 }, spacing: 'poisson' };

  it('come again with their seed, and differ by seed and by worker', () => {
    const once = schedules(arrival, SECOND, 2, 7);
    expect(schedules(arrival, SECOND, 2, 7)).toEqual(once);
    expect(schedules(arrival, SECOND, 2, 8)).not.toEqual(once);
    expect(once[0]!.map((each) => each.dueNs)).not.toEqual(once[1]!.map((each) => each.dueNs));
  });

  it.each([1, 2, 5])('have exponential distances when %d workers are put together', (workers) => {
    const durationNs = 60 * SECOND;
    const due = schedules(arrival, durationNs, workers, 3)
      .flat()
      .map((each) => each.dueNs)
      .sort((a, b) => a - b);
    expect(Math.abs(due.length - 60_000)).toBeLessThan(5 * Math.sqrt(60_000));
    const gaps = due.slice(1).map((at, i) => (at - due[i]!) / 1e6);
    // Kolmogorov-Smirnov against 1 - exp(-x); 1.63 / sqrt(n) is the 1 % bound.
    gaps.sort((a, b) => a - b);
    const worst = Math.max(...gaps.map((gap, i) => Math.abs(1 - Math.exp(-gap) - (i + 0.5) / gaps.length)));
    expect(worst).toBeLessThan(1.63 / Math.sqrt(gaps.length));
  });

  it('follow a ramp: a quarter of the requests in the first half', () => {
    const ramp: RateShape = { kind: 'ramp', fromPerSecond: 1e-6, toPerSecond: 4000, overNs: 20 * SECOND };
    const [all] = schedules({ shape: ramp, spacing: 'poisson' }, 20 * SECOND, 1, 11);
    const first = all!.filter((each) => each.dueNs < 10 * SECOND).length;
    expect(first / all!.length).toBeCloseTo(0.25, 1);
    expect(Math.abs(all!.length - 40_000)).toBeLessThan(1000);
  });

  it('number their requests w, w + W, w + 2 W ...', () => {
    for (const [worker, all] of schedules(arrival, SECOND, 3).entries()) {
      expect(all.map((each) => each.sequence)).toEqual(all.map((_, j) => worker + 3 * j));
    }
  });
});

describe('shapes', () => {
  const points = (given: RateShape, durationNs: number, at: number[]) => {
    const profile = new RateProfile(segmentsOf(given, durationNs));
    return at.map((seconds) => profile.ratePerSecond(seconds * SECOND));
  };

  it('bursts to its factor and back, again and again, cut off at the end', () => {
    const burst: RateShape = {
      kind: 'burst',
      ratePerSecond: 100,
      factor: 1.5,
      forNs: 2e9,
      atNs: 3e9,
      everyNs: 5e9,
    };
    expect(points(burst, 14e9, [0, 2.9, 3, 4.9, 5, 7.9, 8, 9.9, 10, 13.5, 14])).toEqual([
      100, 100, 150, 150, 100, 100, 150, 150, 100, 150, 0,
    ]);
  });

  it('keeps the last step until the end, and cuts what lies beyond', () => {
    const steps: RateShape = {
      kind: 'step',
      steps: [
        { ratePerSecond: 10, forNs: 1e9 },
        { ratePerSecond: 20, forNs: 1e9 },
      ],
    };
    expect(points(steps, 4e9, [0.5, 1.5, 3.5])).toEqual([10, 20, 20]);
    expect(points(steps, 0.5e9, [0.4, 0.6])).toEqual([10, 0]);
  });

  it('holds the end of a ramp, and stops in the middle of one that is longer than the run', () => {
    const ramp: RateShape = { kind: 'ramp', fromPerSecond: 0, toPerSecond: 100, overNs: 10e9 };
    expect(points(ramp, 20e9, [5, 15])).toEqual([50, 100]);
    expect(new RateProfile(segmentsOf(ramp, 5e9)).total).toBeCloseTo(125, 9);
  });
});

describe('a schedule whose rate is changed while it is followed', () => {
  const change = fc.record({ atNs: time, factor: fc.constantFrom(0, 0.5, 1, 1.1, 2) });

  it.each(['even', 'poisson'] as const)(
    'has the requests of the changed plan, as if that had been followed from the start (%s)',
    (spacing) => {
      fc.assert(
        fc.property(shape, time, change, change, (given, durationNs, a, b) => {
          const changes = [a, b].sort((one, other) => one.atNs - other.atNs);
          const plan = segmentsOf(given, durationNs);
          const options = { arrival: { shape: given, spacing }, durationNs, workers: 1, worker: 0, seed: 7 };
          const schedule = createSchedule(options);
          const begun: { dueNs: number; sequence: number }[] = [];
          schedule.advance();
          changes.forEach((one, index) => {
            for (; schedule.dueNs < one.atNs; schedule.advance())
              begun.push({ dueNs: schedule.dueNs, sequence: schedule.sequence });
            schedule.revise(new RateProfile(changedSegments(plan, changes.slice(0, index + 1))));
          });
          for (; schedule.dueNs !== Number.POSITIVE_INFINITY; schedule.advance())
            begun.push({ dueNs: schedule.dueNs, sequence: schedule.sequence });
          const fresh = createSchedule(options);
          fresh.advance();
          fresh.revise(new RateProfile(changedSegments(plan, changes)));
          const expected: { dueNs: number; sequence: number }[] = [];
          for (; fresh.dueNs !== Number.POSITIVE_INFINITY; fresh.advance())
            expected.push({ dueNs: fresh.dueNs, sequence: fresh.sequence });
          expect(begun.map(({ sequence }) => sequence)).toEqual(expected.map(({ sequence }) => sequence));
          begun.forEach(({ dueNs }, index) => {
            expect(Math.abs(dueNs - expected[index]!.dueNs)).toBeLessThan(1);
          });
        }),
      );
    },
  );

  it('offers nothing in a pause, and as much afterwards as if nothing had been', () => {
    const plan = segmentsOf({ kind: 'constant', ratePerSecond: 100 }, 10 * SECOND);
    const profile = new RateProfile(
      changedSegments(plan, [
        { atNs: 2 * SECOND, factor: 0 },
        { atNs: 5 * SECOND, factor: 1 },
      ]),
    );
    expect(profile.total).toBeCloseTo(700, 6);
    expect(profile.count(5 * SECOND) - profile.count(2 * SECOND)).toBe(0);
    expect(profile.ratePerSecond(6 * SECOND)).toBeCloseTo(100, 9);
  });
});
