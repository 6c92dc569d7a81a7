import { DurationHistogram, HistogramLog } from '../../src/measure/histogram.js';
import { LiveFeed } from '../../src/report/live-feed.js';
import type { ProgressSample } from '../../src/report/progress.js';
import { sampleInterval } from './sample-rows.js';
import { figures } from './sample-summary.js';

export const FEED_TARGET = '127.0.0.1:2905/9899';

/** Progress of a run at 1 500 requests a second. */
export const sampleProgress = (elapsedSeconds: number): ProgressSample => ({
  elapsedSeconds,
  durationSeconds: 60,
  askedPerSecond: 1500,
  offeredPerSecond: 1500,
  answeredPerSecond: 1498.5,
  responseMeanMs: 0.4,
  responseMaxMs: 3,
  succeeded: 100,
  rejected: 0,
  bad: 0,
  inFlight: 2,
  silentMs: null,
  draining: false,
  paused: false,
  workersCpuPercent: [12.4],
  hostBusyPercent: 31,
});

/** What is known of a run after two intervals with five answers each, and one outage. */
export function sampleFeed(): LiveFeed {
  const live = new LiveFeed({ id: 'r"1\\', version: '0.1.0', scenario: 'probe', targets: [FEED_TARGET] });
  live.progress(sampleProgress(1));
  const log = new HistogramLog((text) => live.histogram(text), 0);
  for (const first of [0, 1]) {
    const histogram = new DurationHistogram();
    for (const ms of [0.3, 0.7, 3, 40, 700]) histogram.record(ms * 1e6);
    log.add(FEED_TARGET, first, first + 1, histogram);
    const row = sampleInterval(first, 700, {
      target: FEED_TARGET,
      latencyMs: { ...figures(5, 0.3, 700), mean: 148.8 },
    });
    live.interval(row);
    live.interval({ ...row, target: null, generatorStallMs: 12 });
  }
  live.event({ event: 'outage', at: '2026-11-20T15:48:13.012Z', target: FEED_TARGET, durationMs: 711 });
  return live;
}
