import { bucketCounts } from '../measure/histogram-log-read.js';
import type { IntervalRow } from '../measure/interval.js';
import { EVENT_COUNTS, type EventCount, OUTCOMES, type Outcome } from '../measure/summary.js';
import type { ProgressSample } from './progress.js';

/** Upper edges of the latency buckets that metrics expose, seconds. */
export const LATENCY_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
] as const;

/** Facts of a run that do not change while it goes on. */
export interface LiveRun {
  readonly id: string;
  readonly version: string;
  readonly scenario: string;
  readonly targets: readonly string[];
}

/** An outage or a change of an association, for the ticker. */
export interface LiveNews {
  readonly at: string;
  readonly text: string;
}

/** What is known of one target from its closed intervals. */
export interface LiveTarget {
  readonly outcomes: Record<Outcome, number>;
  readonly events: Record<EventCount, number>;
  /** Answered requests with a latency of at most the bound of the same index. */
  readonly atMost: number[];
  latencySumSeconds: number;
  latencyCount: number;
  outages: number;
  outageSeconds: number;
}

/** Percentiles of one closed interval of all targets together, ms. */
export interface LivePoint {
  readonly elapsedSeconds: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Figures that change when an interval closes or an association does. */
export interface LiveTotals {
  /** Of the last closed interval, ms. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly outages: number;
  readonly associations: number;
  readonly associationsActive: number;
}

const NEWS_MAX = 200;
const SAMPLES_MAX = 1_200;
const SAMPLE_EVERY_SECONDS = 0.5;

/**
 * Collects what a run tells while it goes on: the streams of its result folder and its progress. Views and metrics are made from it; memory is
 * bounded.
 */
export class LiveFeed {
  readonly run: LiveRun;
  readonly targets: ReadonlyMap<string, LiveTarget>;
  readonly news: LiveNews[] = [];
  /** Percentiles of the closed intervals, thinned as the run grows long. */
  readonly points: LivePoint[] = [];
  /** Progress, twice a second, thinned as the run grows long. */
  readonly samples: ProgressSample[] = [];
  latest: ProgressSample | null = null;
  /** The last closed interval of all targets together. */
  lastInterval: IntervalRow | null = null;
  /** Last state heard of every association, by its number. */
  readonly associations = new Map<number, string>();
  generatorStallSeconds = 0;
  finished = false;
  #sampleEvery = SAMPLE_EVERY_SECONDS;
  #intervals = 0;
  #pointEvery = 1;

  constructor(run: LiveRun) {
    this.run = run;
    this.targets = new Map(run.targets.map((target) => [target, emptyTarget()]));
  }

  progress(sample: ProgressSample): void {
    this.latest = sample;
    const last = this.samples.at(-1);
    if (last !== undefined && sample.elapsedSeconds - last.elapsedSeconds < this.#sampleEvery) return;
    this.samples.push(sample);
    if (this.samples.length < SAMPLES_MAX) return;
    this.#sampleEvery *= 2;
    const kept = this.samples.filter((_, index) => index % 2 === 0);
    this.samples.splice(0, this.samples.length, ...kept);
  }

  /** A closed interval of one target, or of all together. */
  interval(row: IntervalRow): void {
    if (row.target === null) {
      this.generatorStallSeconds += row.generatorStallMs / 1000;
      this.lastInterval = row;
      this.#keepPoint(row);
      return;
    }
    const target = this.targets.get(row.target);
    if (target === undefined) return;
    for (const outcome of OUTCOMES) target.outcomes[outcome] += row.outcomes[outcome];
    for (const event of EVENT_COUNTS) target.events[event] += row.events[event];
    target.latencyCount += row.latencyMs.count;
    target.latencySumSeconds += ((row.latencyMs.mean ?? 0) * row.latencyMs.count) / 1000;
  }

  get totals(): LiveTotals {
    const { p50, p99, p999 } = this.lastInterval?.latencyAllMs ?? { p50: null, p99: null, p999: null };
    const states = [...this.associations.values()];
    return {
      p50,
      p99,
      p999,
      outages: [...this.targets.values()].reduce((sum, { outages }) => sum + outages, 0),
      associations: states.length,
      associationsActive: states.filter((state) => state === 'active').length,
    };
  }

  #keepPoint({ elapsedSeconds, latencyAllMs: { p50, p99, max } }: IntervalRow): void {
    if (this.#intervals++ % this.#pointEvery !== 0) return;
    this.points.push({ elapsedSeconds, p50, p99, max });
    if (this.points.length < SAMPLES_MAX) return;
    this.#pointEvery *= 2;
    const kept = this.points.filter((_, index) => index % 2 === 0);
    this.points.splice(0, this.points.length, ...kept);
  }

  /** A line of `latency.hlog`. */
  histogram(line: string): void {
    const found = bucketCounts(
      line,
      LATENCY_BUCKETS_SECONDS.map((bound) => bound * 1e9),
    );
    if (found === null) return;
    const target = this.targets.get(found.tag);
    found.atMost.forEach((count, index) => {
      if (target !== undefined) target.atMost[index]! += count;
    });
  }

  /** A line of `events.ndjson`. @returns what is new for the ticker, null for other events */
  event(event: Readonly<Record<string, unknown>>): LiveNews | null {
    const at = String(event.at ?? '');
    const target = String(event.target ?? '');
    let text: string | null = null;
    if (event.event === 'outage') {
      const ms = Number(event.durationMs);
      const known = this.targets.get(target);
      if (known !== undefined) {
        known.outages += 1;
        known.outageSeconds += ms / 1000;
      }
      text = `${target} gave no answer for ${ms.toFixed(0)} ms`;
    } else if (event.event === 'association') {
      text = `${target}: association ${String(event.state)}`;
      this.associations.set(Number(event.association), String(event.state));
    } else if (event.event === 'mark') text = String(event.text);
    else if (event.event === 'rate')
      text = `rate ${Number(event.fromPerSecond).toFixed(0)} to ${Number(event.toPerSecond).toFixed(0)} req/s`;
    else if (event.event === 'pause') text = 'paused by the user';
    else if (event.event === 'resume') text = 'the load goes on';
    else if (event.event === 'm3ua') text = `${target}: ${String(event.text)}`;
    if (text === null) return null;
    const news = { at, text };
    this.news.push(news);
    if (this.news.length > NEWS_MAX) this.news.shift();
    return news;
  }
}

function emptyTarget(): LiveTarget {
  const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
    Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  return {
    outcomes: zeros(OUTCOMES),
    events: zeros(EVENT_COUNTS),
    atMost: LATENCY_BUCKETS_SECONDS.map(() => 0),
    latencySumSeconds: 0,
    latencyCount: 0,
    outages: 0,
    outageSeconds: 0,
  };
}
