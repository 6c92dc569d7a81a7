import { describe, expect, it } from 'vitest';
import { sampleInterval } from '../../test/support/sample-rows.js';
import { figures } from '../../test/support/sample-summary.js';
import { IntervalPicture } from './interval-picture.js';

/** A picture of as many seconds as asked for; the latency maximum of one of them is a spike. */
function pictureOf(seconds: number, spikeAt = -1): IntervalPicture {
  const picture = new IntervalPicture();
  for (let index = 0; index < seconds; index++) {
    picture.add(sampleInterval(index, index === spikeAt ? 4_321 : 3));
  }
  return picture;
}

describe('what is drawn of the intervals of a run', () => {
  it('is each of them while they are few', () => {
    const drawn = pictureOf(2_000, 7).intervals();
    expect(drawn).toHaveLength(2_000);
    const { startedAt: _, ...asked } = sampleInterval(7, 4_321);
    expect(asked).toMatchObject(drawn[7]!);
    expect(drawn[7]!.latencyAllMs.max).toBe(4_321);
    expect(Object.keys(drawn[7]!.latencyAllMs)).toEqual(['p50', 'p90', 'p99', 'max']);
  });

  it('grows no further, and loses no sum, no extreme and no stretch of time', () => {
    for (const seconds of [2_001, 2_002, 4_001, 50_003]) {
      const drawn = pictureOf(seconds, 1_234).intervals();
      expect(drawn.length).toBeGreaterThan(1_000);
      expect(drawn.length).toBeLessThanOrEqual(2_000);
      expect(drawn.reduce((sum, { due }) => sum + due, 0)).toBe(1_500 * seconds);
      expect(drawn.reduce((sum, { answered }) => sum + answered, 0)).toBe(1_498 * seconds);
      const spiked = drawn.filter(({ latencyAllMs }) => latencyAllMs.max === 4_321);
      expect(spiked).toHaveLength(1);
      const { elapsedSeconds, durationSeconds } = spiked[0]!;
      expect(1_234 - elapsedSeconds).toBeLessThan(durationSeconds);
      // One after the other, from the first second to the last.
      drawn.reduce((end, { elapsedSeconds: start, durationSeconds: length }) => {
        expect(start).toBe(end);
        return start + length;
      }, 0);
      const last = drawn.at(-1)!;
      expect(last.elapsedSeconds + last.durationSeconds).toBe(seconds);
    }
  });

  it('tells an interval without an answer from one with quick answers', () => {
    const none = { ...figures(1, 1, 1), p50: null, p90: null, p99: null, max: null };
    const picture = new IntervalPicture();
    picture.add(sampleInterval(0, 3, { latencyAllMs: none }));
    expect(picture.intervals()[0]!.latencyAllMs).toEqual({ p50: null, p90: null, p99: null, max: null });
    for (let index = 1; index <= 2_000; index++) picture.add(sampleInterval(index, 5));
    expect(picture.intervals()[0]!.latencyAllMs.max).toBe(5);
  });
});
