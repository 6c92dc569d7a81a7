import { describe, expect, it } from 'vitest';
import { lagLimitNs, ValidityRule } from './validity.js';

const S = 1e9;

function reasons(
  blocks: readonly { seconds: number; due: number; lagOver: number; offered?: number }[],
): string[] {
  const rule = new ValidityRule();
  let at = 0;
  for (const { seconds, due, lagOver, offered } of blocks) {
    rule.add({ startNs: at, endNs: at + seconds * S, due, offered: offered ?? due, lagOver });
    at += seconds * S;
  }
  return rule.reasons(0, 10e6);
}

describe('validity', () => {
  it('allows 1 % late requests in 10 s, and no more', () => {
    expect(reasons([{ seconds: 10, due: 10_000, lagOver: 100 }])).toEqual([]);
    const [reason] = reasons([
      { seconds: 10, due: 10_000, lagOver: 0 },
      { seconds: 10, due: 10_000, lagOver: 101 },
    ]);
    expect(reason).toContain('generator saturated');
    expect(reason).toContain('from 10.0 s on');
  });

  it('judges short intervals together: one stall of 25 ms in a second is no saturation', () => {
    const quiet = Array.from({ length: 9 }, () => ({ seconds: 1, due: 1000, lagOver: 0 }));
    expect(reasons([...quiet, { seconds: 1, due: 1000, lagOver: 25 }])).toEqual([]);
    expect(reasons([...quiet, { seconds: 1, due: 1000, lagOver: 101 }])).toHaveLength(1);
  });

  it('gives a schedule shorter than 10 s the late requests of 10 s, and still finds one that is mostly late', () => {
    expect(reasons([{ seconds: 2, due: 2000, lagOver: 90 }])).toEqual([]);
    expect(reasons([{ seconds: 2, due: 2000, lagOver: 1000 }])).toHaveLength(1);
  });

  it('wants 99.9 % of the due requests offered', () => {
    expect(reasons([{ seconds: 10, due: 10_000, lagOver: 0, offered: 9_990 }])).toEqual([]);
    expect(reasons([{ seconds: 10, due: 10_000, lagOver: 0, offered: 9_989 }])[0]).toContain('99.89 %');
  });

  it('does not count the lag that pacing ticks make', () => {
    expect(lagLimitNs(0)).toBe(10e6);
    expect(lagLimitNs(1e6)).toBe(10e6);
    expect(lagLimitNs(20e6)).toBe(60e6);
  });
});
