import type { DriftSummary, SegmentFacts, Trend } from '../measure/summary.js';
import { clock, day, duration, grouped, milliseconds } from './format.js';

const NAMES: Readonly<Record<Trend['name'], string>> = {
  generatorMemory: "generator's memory",
  latencyP50: 'latency p50',
  latencyP99: 'latency p99',
};

/** Header and rows of a table of trends, for text and HTML alike. */
export function driftTable({ trends }: DriftSummary): {
  readonly header: string[];
  readonly rows: string[][];
} {
  return {
    header: ['', 'an hour', '99 % interval', 'from', 'to', ''],
    rows: trends.map(({ name, unit, perHour, lowPerHour, highPerHour, from, to, verdict }) => [
      NAMES[name],
      `${signed(perHour)} ${unit}`,
      `${signed(lowPerHour)} to ${signed(highPerHour)}`,
      `${milliseconds(from)} ${unit}`,
      `${milliseconds(to)} ${unit}`,
      verdict,
    ]),
  };
}

/** How the trends were found, in a sentence. */
export function driftNote({ intervals, skippedSeconds }: DriftSummary): string {
  return `Slope of the line of Theil and Sen through ${grouped(intervals)} intervals, the first ${duration(skippedSeconds)} left out. steady: the interval of the slope holds 0.`;
}

/** Rows of a table of segments: when each was measured, how much was due, and for how long the generator was down before it. */
export function segmentRows(segments: readonly SegmentFacts[]): string[][] {
  return segments.map(({ startedAt, endedAt, due, downBeforeSeconds }, index) => [
    String(index + 1),
    `${day(startedAt)} ${clock(startedAt)}`,
    `${day(endedAt)} ${clock(endedAt)}`,
    grouped(due),
    index === 0 ? '' : `generator was down for ${downBeforeSeconds.toFixed(1)} s`,
  ]);
}

export const SEGMENT_HEADER: readonly string[] = ['', 'from', 'to, UTC', 'due', 'before it'];

function signed(value: number): string {
  const text = value === 0 ? '0' : String(Number(value.toPrecision(3)));
  return value > 0 ? `+${text}` : text;
}
