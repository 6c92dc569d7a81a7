import type { DrawnInterval } from '../../measure/interval.js';
import type { LatencyDrawing, Spectrum } from '../../measure/latency-picture.js';
import type { RunSummary, SegmentFacts } from '../../measure/summary.js';
import { counted, duration, grouped, withMs } from '../format.js';
import { type HeatPlot, LINE_COLOURS, type Mark, type Plot } from './plot.js';

/** More points than this are merged: a plot is some 1 000 pixels wide. */
const POINTS_MAX = 1500;
/** Times in intervals.csv are rounded: what lies closer together follows. */
const BREAK_SECONDS = 0.01;

/** The plots over time. */
export function plotsOf(intervals: readonly DrawnInterval[]): Plot[] {
  const groups = withBreaks(grouping(intervals));
  if (groups.length === 0) return [];
  const positions = groups.map(([first]) => first!.elapsedSeconds);
  const last = groups.at(-1)!.at(-1)!;
  const end = last.elapsedSeconds + last.durationSeconds;
  return [latencyPlot(groups, positions), ratePlot(groups), lagPlot(groups)].map((plot) => ({
    ...plot,
    axis: 'time',
    positions,
    end,
  }));
}

type Group = readonly DrawnInterval[];
/** A plot before it gets its time axis. */
type Drawing = Omit<Plot, 'axis' | 'positions' | 'end'>;

function grouping(rows: readonly DrawnInterval[]): Group[] {
  const size = Math.ceil(rows.length / POINTS_MAX) || 1;
  const groups: Group[] = [];
  for (let at = 0; at < rows.length; at += size) groups.push(rows.slice(at, at + size));
  return groups;
}

/** Where nothing was measured, between two segments of a resumed run, lines break: an interval without figures and without length stands there. */
function withBreaks(groups: readonly Group[]): Group[] {
  return groups.flatMap((group, index) => {
    const last = group.at(-1)!;
    const endSeconds = last.elapsedSeconds + last.durationSeconds;
    const next = groups[index + 1]?.[0];
    return next !== undefined && next.elapsedSeconds - endSeconds > BREAK_SECONDS
      ? [group, [nothingAt(endSeconds)]]
      : [group];
  });
}

function nothingAt(elapsedSeconds: number): DrawnInterval {
  return {
    ...{ elapsedSeconds, durationSeconds: 0, due: 0, answered: 0 },
    latencyAllMs: { p50: null, p90: null, p99: null, max: null },
    scheduleLagMs: { p99: null, max: null },
    transportWaitMs: { max: null },
  };
}

function ratePlot(groups: readonly Group[]): Drawing {
  const rate = (pick: (row: DrawnInterval) => number) =>
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
    wide: true,
    series: [
      { label: 'p50', tone: 'second', values: largest(groups, (row) => row.latencyAllMs.p50) },
      { label: 'p90', tone: 'third', values: largest(groups, (row) => row.latencyAllMs.p90) },
      { label: 'p99', tone: 'first', values: p99 },
      { label: 'maximum', tone: 'bad', values: maximum },
    ],
    alternative: `p99 by interval: ${rangeInWords(p99, withMs)}. Largest latency: ${withMs(peak === null ? null : maximum[peak]!)}${where}.`,
  };
}

function lagPlot(groups: readonly Group[]): Drawing {
  const lag = largest(groups, (row) => row.scheduleLagMs.max);
  return {
    id: 'lag',
    title: "The generator's own part",
    unit: 'ms',
    logarithmic: true,
    series: [
      { label: 'schedule lag p99', tone: 'second', values: largest(groups, (row) => row.scheduleLagMs.p99) },
      { label: 'schedule lag maximum', tone: 'first', values: lag },
      {
        label: 'transport wait maximum',
        tone: 'third',
        dashed: true,
        values: largest(groups, (row) => row.transportWaitMs.max),
      },
    ],
    alternative: `Largest schedule lag by interval: ${rangeInWords(lag, withMs)}. Transport wait is the target's or the network's doing.`,
  };
}

/** Merged intervals show the largest figure among them: percentiles are never averaged. */
function largest(groups: readonly Group[], pick: (row: DrawnInterval) => number | null): (number | null)[] {
  return groups.map((group) =>
    group.reduce<number | null>((most, row) => {
      const value = pick(row);
      return value === null || (most !== null && most >= value) ? most : value;
    }, null),
  );
}

function sum(rows: readonly DrawnInterval[], pick: (row: DrawnInterval) => number): number {
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

/**
 * Latency by percentile, a line a target. Null without an answer.
 * @param maxMs the exact maximum: a histogram knows its values to a thousandth only
 */
export function spectrumPlot(spectra: readonly Spectrum[], maxMs: number | null): Plot | null {
  const [all] = spectra;
  if (all === undefined) return null;
  const capped = (ms: number): number => Math.min(ms, maxMs ?? ms);
  const series = spectra.slice(0, LINE_COLOURS).map(({ target, count, points }, index) => ({
    label: target ?? (spectra.length > 1 ? 'all targets' : 'latency'),
    tone: index === 0 ? ('first' as const) : (`line-${index}` as const),
    dashed: index > 0,
    values: all.points.map(({ oneIn }) =>
      oneIn > count ? null : capped(points.reduce((ms, point) => (point.oneIn <= oneIn ? point.ms : ms), 0)),
    ),
  }));
  const at = (oneIn: number): string => withMs(capped(all.points.find((point) => point.oneIn === oneIn)!.ms));
  const known = NINES.filter(([, oneIn]) => oneIn < all.count).map(([name, oneIn]) => `${name} ${at(oneIn)}`);
  return {
    id: 'spectrum',
    title: 'Latency by percentile',
    unit: 'ms',
    axis: 'percentile',
    logarithmic: true,
    positions: all.points.map(({ oneIn }) => oneIn),
    end: null,
    series,
    alternative: `${counted(all.count, 'answered request')}: ${known.join(', ')}, maximum ${withMs(capped(all.points.at(-1)!.ms))}.`,
  };
}

const NINES = [
  ['p50', 2],
  ['p90', 10],
  ['p99', 100],
  ['p99.9', 1_000],
  ['p99.99', 10_000],
] as const;

/** How many answers took how long and when. Null without an answer. */
export function heatPlot({ heat }: LatencyDrawing): HeatPlot | null {
  if (heat === null) return null;
  const rows = latencyRanges(heat);
  const usual = rows.reduce((most, row) => (row.count > most.count ? row : most));
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const slowest = rows.at(-1)!;
  return {
    id: 'heat',
    title: 'Latency over time, every answer',
    heat,
    alternative: `Of ${counted(total, 'answer')}, ${grouped((100 * usual.count) / total, 1)} % took ${withMs(usual.fromMs)} to ${withMs(usual.toMs)}; the slowest ${grouped(slowest.count)} took ${withMs(slowest.fromMs)} to ${withMs(slowest.toMs)}.`,
  };
}

/** Answers of the whole heat map by latency, three ranges a factor of ten, none of them without a count at either end. */
export function latencyRanges(
  heat: NonNullable<LatencyDrawing['heat']>,
): { readonly fromMs: number; readonly toMs: number; readonly count: number }[] {
  const perRange = heat.rowsPerDecade / RANGES_PER_DECADE;
  const counts: number[] = [];
  for (const { firstRow, counts: rows } of heat.columns) {
    rows.forEach((count, index) => {
      const range = Math.floor((firstRow + index) / perRange);
      counts[range] = (counts[range] ?? 0) + count;
    });
  }
  const edge = (range: number): number => heat.floorMs * 10 ** (range / RANGES_PER_DECADE);
  const ranges = Array.from(counts, (count = 0, range) => ({
    fromMs: edge(range),
    toMs: edge(range + 1),
    count,
  }));
  return ranges.slice(ranges.findIndex(({ count }) => count > 0));
}

const RANGES_PER_DECADE = 3;

/** What time plots show beside their lines: outage windows, and what the user did. */
export function marksOf({ downtime, run, interventions }: RunSummary): Mark[] {
  const origin = Date.parse(run.startedAt);
  const seconds = (iso: string): number => (Date.parse(iso) - origin) / 1000;
  const outages = downtime.windows.map(
    ({ startedAt, endedAt, target }): Mark => ({
      kind: 'outage',
      from: seconds(startedAt),
      to: endedAt === null ? null : seconds(endedAt),
      label: `outage of ${target}`,
    }),
  );
  // By the wall clock, as plots are: the schedule stands still while a generator is down.
  const done = (interventions ?? []).flatMap(({ kind, at }, index, all): Mark[] => {
    const from = seconds(at);
    if (kind === 'resume') return [];
    if (kind !== 'pause') return [{ kind: kind === 'rate' ? 'change' : 'mark', from, to: from, label: kind }];
    const end = all.slice(index).find((later) => later.kind === 'resume');
    return [
      { kind: 'pause', from, to: end === undefined ? null : seconds(end.at), label: 'paused by the user' },
    ];
  });
  return [...outages, ...done];
}

/** Times in which the generator of a resumed run was down: nothing was measured, and no target is to blame. */
export function downMarksOf(segments: readonly SegmentFacts[], runStartedAt: string): Mark[] {
  const origin = Date.parse(runStartedAt);
  return segments.slice(1).map(({ startedAt, downBeforeSeconds }): Mark => {
    const to = (Date.parse(startedAt) - origin) / 1000;
    return { kind: 'down', from: to - downBeforeSeconds, to, label: 'generator was down' };
  });
}
