import type { Collector } from '../../measure/collector.js';
import type { ProgressSample } from '../../report/progress.js';
import { busyPercent, type CpuTicks } from '../host-facts.js';
import type { SteeredRate } from './steering.js';

/** Rates are taken over at least this long, so that they do not flicker. */
const WINDOW_NS = 1e9;
/** A target is called silent when requests have waited for an answer for longer than this. */
const SILENT_NS = 100e6;

interface Point {
  readonly atNs: number;
  readonly counts: ReturnType<Collector['live']>;
  readonly cpuNs: readonly number[];
  readonly ticks: CpuTicks | null;
}

/** What a meter looks at beside the counters. */
export interface MeteredRun {
  readonly startNs: number;
  /** The first request of this process is due: later than `startNs` in a resumed run. */
  readonly beginNs: number;
  readonly durationNs: number;
  readonly rate: SteeredRate;
  /** CPU time of each worker so far. */
  readonly workersCpuNs: () => readonly number[];
  readonly readTicks: () => CpuTicks | null;
}

/** Turns what the workers have counted so far into what a progress line shows. */
export class ProgressMeter {
  readonly #collector: Collector;
  readonly #run: MeteredRun;
  readonly #points: Point[] = [];

  constructor(collector: Collector, run: MeteredRun) {
    this.#collector = collector;
    this.#run = run;
    // The first sample is to have a period too: without one it said that nothing was answered.
    this.#points.push(this.#pointAt(run.beginNs));
  }

  sample(nowNs: number): ProgressSample {
    const points = this.#points;
    const { startNs, durationNs, rate: asked } = this.#run;
    const point = this.#pointAt(nowNs);
    const { counts } = point;
    points.push(point);
    while (points.length > 2 && nowNs - points[1]!.atNs >= WINDOW_NS) points.shift();
    const first = points[0]!;
    const seconds = (nowNs - first.atNs) / 1e9;
    const rate = (now: number, before: number): number => (seconds > 0 ? (now - before) / seconds : 0);
    const answers = counts.answered - first.counts.answered;
    const maxima = points.map((point) => point.counts.latencyMaxNs).filter((max) => max !== null);
    const { outcomes, due, inFlight } = counts;
    const elapsedNs = Math.max(0, nowNs - startNs);
    return {
      elapsedSeconds: Math.min(elapsedNs, durationNs) / 1e9,
      durationSeconds: durationNs / 1e9,
      askedPerSecond: asked.profile.ratePerSecond(elapsedNs),
      offeredPerSecond: rate(counts.offered, first.counts.offered),
      answeredPerSecond: rate(counts.answered, first.counts.answered),
      responseMeanMs: answers > 0 ? (counts.latencySumNs - first.counts.latencySumNs) / answers / 1e6 : null,
      responseMaxMs: maxima.length === 0 ? null : Math.max(...maxima) / 1e6,
      succeeded: outcomes.succeeded,
      rejected: outcomes.rejected,
      bad: due - inFlight - outcomes.succeeded - outcomes.rejected,
      inFlight,
      silentMs: counts.silentNs !== null && counts.silentNs > SILENT_NS ? counts.silentNs / 1e6 : null,
      paused: asked.paused && elapsedNs < durationNs,
      draining: elapsedNs > durationNs && inFlight > 0,
      workersCpuPercent: point.cpuNs.map((ns, worker) => rate(ns, first.cpuNs[worker] ?? 0) / 1e7),
      hostBusyPercent: busyPercent(first.ticks, point.ticks),
    };
  }

  #pointAt(atNs: number): Point {
    const { workersCpuNs, readTicks } = this.#run;
    return { atNs, counts: this.#collector.live(atNs), cpuNs: workersCpuNs(), ticks: readTicks() };
  }
}
