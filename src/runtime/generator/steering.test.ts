import { describe, expect, it } from 'vitest';
import { SteeredRate, Steering } from './steering.js';

const SECOND = 1e9;
const plan = [{ durationNs: 100 * SECOND, fromPerSecond: 1000, toPerSecond: 1000 }];

describe('SteeredRate', () => {
  it('changes the rate by a tenth from a moment on, pauses and goes on, and leaves the past alone', () => {
    const rate = new SteeredRate(plan);
    expect(rate.change('faster', 10 * SECOND)).toBe('rate');
    expect(rate.profile.ratePerSecond(9 * SECOND)).toBeCloseTo(1000, 9);
    expect(rate.profile.ratePerSecond(11 * SECOND)).toBeCloseTo(1100, 9);
    expect(rate.change('pause', 20 * SECOND)).toBe('pause');
    expect(rate.paused).toBe(true);
    expect(rate.profile.ratePerSecond(21 * SECOND)).toBe(0);
    expect(rate.change('slower', 22 * SECOND)).toBeNull();
    expect(rate.change('pause', 30 * SECOND)).toBe('resume');
    expect(rate.profile.ratePerSecond(31 * SECOND)).toBeCloseTo(1000, 6);
    expect(rate.profile.durationNs).toBe(100 * SECOND);
    expect(rate.profile.total).toBeCloseTo(10_000 + 11_000 + 70_000, 3);
  });

  it('stays within its bounds, and says when nothing changes', () => {
    const rate = new SteeredRate(plan);
    let changed = 0;
    for (let k = 1; k <= 50; k++) if (rate.change('faster', k * SECOND) !== null) changed += 1;
    expect(changed).toBe(8);
    expect(rate.profile.ratePerSecond(60 * SECOND)).toBeCloseTo(2000, 6);
  });
});

describe('Steering', () => {
  it('hands out what was asked once, with its time', () => {
    const steering = new Steering();
    steering.ask('mark');
    steering.ask('pause');
    expect(steering.take().map(({ action }) => action)).toEqual(['mark', 'pause']);
    expect(steering.take()).toEqual([]);
  });
});
