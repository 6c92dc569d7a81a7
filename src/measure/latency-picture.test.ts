import { describe, expect, it } from 'vitest';
import { DurationHistogram, HistogramLog } from './histogram.js';
import { LatencyPicture } from './latency-picture.js';

/** A log of `intervals` seconds, each with the latencies that `of` gives for a target, ms. */
function pictureOf(
  intervals: number,
  targets: readonly string[],
  of: (second: number, target: number) => readonly number[],
): LatencyPicture {
  const picture = new LatencyPicture();
  const log = new HistogramLog((text) => picture.line(text), 0);
  for (let second = 0; second < intervals; second++) {
    targets.forEach((target, index) => {
      const histogram = new DurationHistogram();
      for (const ms of of(second, index)) histogram.record(ms * 1e6);
      log.add(target, second, second + 1, histogram);
    });
  }
  return picture;
}

const answersOf = (picture: LatencyPicture): number =>
  picture
    .drawing()
    .heat!.columns.flatMap(({ counts }) => counts)
    .reduce((sum, count) => sum + count, 0);

describe('LatencyPicture', () => {
  it('puts every answer into the column of its interval and the row of its latency', () => {
    const { heat } = pictureOf(3, ['a', 'b'], (second) => (second === 1 ? [] : [1, 100])).drawing();
    expect(heat!.columns.map(({ fromSeconds, toSeconds }) => [fromSeconds, toSeconds])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    const [first, second] = heat!.columns;
    expect(second!.counts).toEqual([]);
    const rows = first!.counts.flatMap((count, index) =>
      count > 0 ? [[first!.firstRow + index, count]] : [],
    );
    const rowOf = (ms: number): number =>
      Math.floor(Math.log10(ms / heat!.floorMs) * heat!.rowsPerDecade + 1e-3);
    expect(rows).toEqual([
      [rowOf(1), 2],
      [rowOf(100), 2],
    ]);
  });

  it('merges columns of a long run and loses no answer', () => {
    const picture = pictureOf(405, ['a'], (second) => [0.2, 1 + (second % 30)]);
    const { heat } = picture.drawing();
    expect(heat!.columns.length).toBeLessThanOrEqual(400);
    expect(answersOf(picture)).toBe(405 * 2);
    heat!.columns.forEach((column, index) => {
      if (index > 0) expect(column.fromSeconds).toBe(heat!.columns[index - 1]!.toSeconds);
    });
    expect(heat!.columns.at(-1)!.toSeconds).toBe(405);
  });

  it('names percentiles as they are, of all targets and of each', () => {
    const thousand = Array.from({ length: 1_000 }, (_, index) => index + 1);
    const { spectra } = pictureOf(1, ['a', 'b'], (_, target) => (target === 0 ? thousand : [5])).drawing();
    expect(spectra.map(({ target, count }) => [target, count])).toEqual([
      [null, 1001],
      ['a', 1000],
      ['b', 1],
    ]);
    const { points } = spectra[1]!;
    const at = (oneIn: number) => points.find((point) => point.oneIn === oneIn)?.ms;
    expect(at(10)! / 900).toBeCloseTo(1, 2);
    expect(at(100)! / 990).toBeCloseTo(1, 2);
    expect(points.at(-1)!.oneIn).toBe(1000);
    expect(points.at(-1)!.ms / 1000).toBeCloseTo(1, 2);
    expect(points.every(({ ms }, index) => index === 0 || ms >= points[index - 1]!.ms)).toBe(true);
  });

  it('has nothing to draw without an answer, and refuses a line that is no histogram', () => {
    expect(pictureOf(2, ['a'], () => []).drawing()).toEqual({ heat: null, spectra: [] });
    expect(() => new LatencyPicture().line('Tag=a,0.000,1.000,1.000,HISTbroken')).toThrow('no histogram');
  });
});
