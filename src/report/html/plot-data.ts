import type { IntervalRow } from '../../measure/interval.js';
import type { LatencyFigures, OutageWindow, SegmentFacts } from '../../measure/summary.js';
import { duration, grouped, withMs } from '../format.js';

/** Colours by role; the style sheet gives each a light and a dark value of enough contrast. */
export type Tone = 'first' | 'second' | 'third' | 'bad';

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  readonly dashed?: boolean;
  /** One value a point of {@link Plot.seconds}; null where there was none. */
  readonly values: readonly (number | null)[];
}

/** One plot over the time since the start of the run, with everything that its picture and its text alternative need. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Times below 1 ms and above 1 s on one axis need a logarithmic one. */
  readonly logarithmic: boolean;
  /** Starts of the intervals; each has one figure, which holds until the next start. */
  readonly seconds: readonly number[];
  readonly endSeconds: number;
  readonly series: readonly Series[];
  /** What the plot shows, in a sentence: read out instead of the picture. */
  readonly alternative: string;
}

/** A stretch of time to be marked, in seconds since the start of the run. */
export interface Mark {
  readonly from: number;
  /** Null: until the end. */
  readonly to: number | null;
  readonly label: string;
}

/** More points than this are merged: a plot is some 1 000 pixels wide. */
const POINTS_MAX = 1500;

/** The plots of one target, or of all together; rows of other targets are left out. */
export function plotsOf(rows: readonly IntervalRow[], target: string | null): Plot[] {
  const groups = grouping(rows.filter((row) => row.target === target));
  if (groups.length === 0) return [];
  const seconds = groups.map(([first]) => first!.elapsedSeconds);
  const last = groups.at(-1)!.at(-1)!;
  const axis = { seconds, endSeconds: last.elapsedSeconds + last.durationSeconds };
  return [ratePlot(groups), latencyPlot(groups, seconds), lagPlot(groups)].map((plot) => ({
    ...plot,
    ...axis,
  }));
}

type Group = readonly IntervalRow[];
/** A plot before it gets its time axis. */
type Drawing = Omit<Plot, 'seconds' | 'endSeconds'>;

function grouping(rows: readonly IntervalRow[]): Group[] {
  const size = Math.ceil(rows.length / POINTS_MAX) || 1;
  const groups: Group[] = [];
  for (let at = 0; at < rows.length; at += size) groups.push(rows.slice(at, at + size));
  return groups;
}

function ratePlot(groups: readonly Group[]): Drawing {
  const rate = (pick: (row: IntervalRow) => number) =>
    groups.map((group) => {
      const length = sum(group, (row) => row.durationSeconds);
      return length > 0 ? sum(group, pick) / length : null;
    });
  const offered = rate((row) => row.due);
  const answered = rate((row) => row.answered);
  const unanswered = sum(groups.flat(), (row) => row.due - row.answered);
  const range = rangeInWords(answered, (value) => `${grouped(Math.round(value))}/s`);
  return {
    id: 'rate',
    title: 'Requests per second',
    unit: '/s',
    logarithmic: false,
    series: [
      { label: 'offered', tone: 'second', dashed: true, values: offered },
      { label: 'answered', tone: 'first', values: answered },
    ],
    alternative: `Requests answered, by the time they were due: ${range}. ${grouped(unanswered)} were not answered.`,
  };
}

function latencyPlot(groups: readonly Group[], seconds: readonly number[]): Drawing {
  const maximum = largest(groups, (row) => row.latencyAllMs.max);
  const peak = positionOfLargest(maximum);
  const where = peak === null ? '' : `, due in the interval that began at ${duration(seconds[peak]!)}`;
  const p99 = largest(groups, (row) => row.latencyAllMs.p99);
  return {
    id: 'latency',
    title: 'Latency from the intended send time',
    unit: 'ms',
    logarithmic: true,
    series: [
      { label: 'p50', tone: 'second', values: largest(groups, (row) => row.latencyAllMs.p50) },
      { label: 'p99', tone: 'first', values: p99 },
      { label: 'maximum', tone: 'bad', values: maximum },
    ],
    alternative: `p99 by interval: ${rangeInWords(p99, withMs)}. Largest latency: ${withMs(peak === null ? null : maximum[peak]!)}${where}.`,
  };
}

function lagPlot(groups: readonly Group[]): Drawing {
  const pick = (time: 'scheduleLagMs' | 'transportWaitMs', figure: keyof LatencyFigures) =>
    largest(groups, (row) => row[time][figure]);
  const lag = pick('scheduleLagMs', 'max');
  return {
    id: 'lag',
    title: "The generator's own part",
    unit: 'ms',
    logarithmic: true,
    series: [
      { label: 'schedule lag p99', tone: 'second', values: pick('scheduleLagMs', 'p99') },
      { label: 'schedule lag maximum', tone: 'first', values: lag },
      {
        label: 'transport wait maximum',
        tone: 'third',
        dashed: true,
        values: pick('transportWaitMs', 'max'),
      },
    ],
    alternative: `Largest schedule lag by interval: ${rangeInWords(lag, withMs)}. Transport wait is the target's or the network's doing.`,
  };
}

/** Merged intervals show the largest figure among them: percentiles are never averaged. */
function largest(groups: readonly Group[], pick: (row: IntervalRow) => number | null): (number | null)[] {
  return groups.map((group) =>
    group.reduce<number | null>((most, row) => {
      const value = pick(row);
      return value === null || (most !== null && most >= value) ? most : value;
    }, null),
  );
}

function sum(rows: readonly IntervalRow[], pick: (row: IntervalRow) => number): number {
  return rows.reduce((total, row) => total + pick(row), 0);
}

function positionOfLargest(values: readonly (number | null)[]): number | null {
  let position: number | null = null;
  values.forEach((value, index) => {
    if (value !== null && (position === null || value > values[position]!)) position = index;
  });
  return position;
}

function rangeInWords(values: readonly (number | null)[], show: (value: number) => string): string {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return 'no samples';
  const low = show(present.reduce((a, b) => Math.min(a, b)));
  const high = show(present.reduce((a, b) => Math.max(a, b)));
  return low === high ? `${low} throughout` : `${low} to ${high}`;
}

/** Outage windows as stretches of the plots' time axis. */
export function marksOf(windows: readonly OutageWindow[], runStartedAt: string): Mark[] {
  const origin = Date.parse(runStartedAt);
  return windows.map(({ startedAt, endedAt, target }) => ({
    from: (Date.parse(startedAt) - origin) / 1000,
    to: endedAt === null ? null : (Date.parse(endedAt) - origin) / 1000,
    label: `outage of ${target}`,
  }));
}

/** Times in which the generator of a resumed run was down: nothing was measured, and no target is to blame. */
export function downMarksOf(segments: readonly SegmentFacts[], runStartedAt: string): Mark[] {
  const origin = Date.parse(runStartedAt);
  return segments.slice(1).map(({ startedAt, downBeforeSeconds }) => {
    const to = (Date.parse(startedAt) - origin) / 1000;
    return { from: to - downBeforeSeconds, to, label: 'generator was down' };
  });
}
