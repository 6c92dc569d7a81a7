import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceModel } from './service-model.js';
import { serviceTimeOf } from './service-time.js';

describe('the service model', () => {
  it('serves first come first served on N servers, as a plain simulation does', () => {
    const arrivals = fc.array(
      fc.record({ gap: fc.integer({ min: 0, max: 20 }), service: fc.integer({ min: 1, max: 50 }) }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 5 }), (jobs, servers) => {
        let drawn = 0;
        const model = new ServiceModel({
          servers,
          queueMax: 1000,
          serviceTimeNs: { next: () => jobs[drawn++]!.service },
        });
        const free = new Array<number>(servers).fill(0);
        const expected: number[] = [];
        let now = 0;
        jobs.forEach((job, token) => {
          now += job.gap;
          const server = free.indexOf(Math.min(...free));
          free[server] = Math.max(now, free[server]!) + job.service;
          expected.push(free[server]!);
          expect(model.arrive(now, token)).toBe(free[server]);
        });
        const done: number[] = [];
        let last = 0;
        while (model.occupied > 0) {
          const at = model.nextDeadlineNs;
          expect(at).toBeGreaterThanOrEqual(last);
          expect(model.completed(at - 0.5)).toBe(-1);
          last = at;
          done.push(model.completed(at));
          expect(expected[done.at(-1)!]).toBe(at);
        }
        expect(done.sort((a, b) => a - b)).toEqual(jobs.map((_, i) => i));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses what its queue cannot hold, and counts it', () => {
    const model = new ServiceModel({ servers: 2, queueMax: 1, serviceTimeNs: { next: () => 10 } });
    expect([1, 2, 3].map((token) => model.arrive(0, token))).toEqual([10, 10, 20]);
    expect(model.full).toBe(true);
    expect(model.arrive(0, 4)).toBe(-1);
    expect(model.refused).toBe(1);
    expect(model.completed(10)).toBeGreaterThan(0);
    expect(model.arrive(10, 5)).toBe(20);
  });

  it('lets a backlog take its time: a stopped process works nothing off while it is stopped', () => {
    const model = new ServiceModel({ servers: 1, queueMax: 100, serviceTimeNs: { next: () => 400_000 } });
    let last = 0;
    for (let token = 0; token < 50; token++) last = model.arrive(1_000_000_000, token);
    expect(last).toBe(1_000_000_000 + 50 * 400_000);
  });

  it('names the option that is out of range', () => {
    const serviceTimeNs = { next: () => 0 };
    expect(() => new ServiceModel({ servers: 0, queueMax: 1, serviceTimeNs })).toThrow(/servers must be 1/);
    expect(() => new ServiceModel({ servers: 1, queueMax: -1, serviceTimeNs })).toThrow(/queueMax must be 0/);
  });
});

describe('service times', () => {
  /** Van der Corput numbers: spread evenly over [0, 1), so that sample moments come out close. */
  function evenlySpread(): () => number {
    let n = 0;
    return () => {
      n += 1;
      let value = 0;
      for (let k = n, digit = 0.5; k > 0; k >>>= 1, digit /= 2) value += (k & 1) * digit;
      return value;
    };
  }

  function meanOf(form: Parameters<typeof serviceTimeOf>[0], random = evenlySpread()): number {
    const time = serviceTimeOf(form, random);
    let sum = 0;
    for (let i = 0; i < 65_536; i++) sum += time.next();
    return sum / 65_536;
  }

  it('have the mean that their form promises', () => {
    expect(meanOf({ kind: 'off' })).toBe(0);
    expect(meanOf({ kind: 'fixed', timeNs: 400 })).toBe(400);
    expect(meanOf({ kind: 'exponential', meanNs: 400 })).toBeCloseTo(400, -1);
    expect(meanOf({ kind: 'uniform', minNs: 100, maxNs: 300 })).toBeCloseTo(200, 0);
  });

  it('draw a lognormal with the median and spread asked for', () => {
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state / 2 ** 32;
    };
    const time = serviceTimeOf({ kind: 'lognormal', medianNs: 400, sigma: 0.5 }, random);
    const logs = Array.from({ length: 40_000 }, () => Math.log(time.next() / 400));
    const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
    const sd = Math.sqrt(logs.reduce((a, b) => a + (b - mean) ** 2, 0) / logs.length);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(sd).toBeCloseTo(0.5, 1);
  });
});
