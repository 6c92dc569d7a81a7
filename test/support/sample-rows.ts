import { DurationHistogram, HistogramLog } from '../../src/measure/histogram.js';
import type { IntervalRow } from '../../src/measure/interval.js';
import { type LatencyDrawing, LatencyPicture } from '../../src/measure/latency-picture.js';
import type { RequestRow } from '../../src/measure/rows.js';
import { COUNTS, figures } from './sample-summary.js';

/** One second of a run, `index` seconds after its start; `maxMs` is its largest latency. */
export function sampleInterval(index: number, maxMs = 3, change: Partial<IntervalRow> = {}): IntervalRow {
  const {
    due: _due,
    sent: _sent,
    retransmitted,
    rerouted,
    duplicateAnswered,
    late,
    unknown,
    ...outcomes
  } = COUNTS;
  return {
    startedAt: new Date(Date.UTC(2026, 10, 20, 15, 48, 2) + index * 1000).toISOString(),
    elapsedSeconds: index,
    durationSeconds: 1,
    target: null,
    due: 1500,
    sent: 1499,
    answered: 1498,
    outcomes: { ...outcomes, succeeded: 1499, rejected: 1 },
    events: { retransmitted, rerouted, duplicateAnswered, late, unknown },
    latencyMs: figures(1500, 0.08, maxMs),
    latencyAllMs: figures(1500, 0.08, maxMs),
    serviceTimeMs: figures(1500, 0.07, maxMs),
    scheduleLagMs: figures(1500, 0.002, 0.2),
    transportWaitMs: figures(1500, 0.003, 0.1),
    generatorStallMs: 0,
    generatorMemoryMb: 180.5,
    ...change,
  };
}

/** Twenty seconds with a pause of 700 ms in the middle. */
export function sampleIntervals(): IntervalRow[] {
  return Array.from({ length: 20 }, (_, index) =>
    sampleInterval(index, index === 10 ? 712.3 : 2 + (index % 3)),
  );
}

/** The log that belongs to {@link sampleIntervals}: a thousand answers a second, in the eleventh half of them late. */
export function sampleLatency(): LatencyDrawing {
  const picture = new LatencyPicture();
  const log = new HistogramLog((text) => picture.line(text), Date.UTC(2026, 10, 20, 15, 48, 2));
  for (let second = 0; second < 20; second++) {
    const histogram = new DurationHistogram();
    for (let k = 0; k < 1000; k++) {
      const late = second === 10 && k % 2 === 0;
      histogram.record((late ? 712.3 - k * 0.7 : 0.3 + (k % 7 === 0 ? (k % 50) / 20 : 0)) * 1e6);
    }
    log.add('127.0.0.1:2905/9899', second, second + 1, histogram);
  }
  return picture.drawing();
}

/** A request that was sent three times and never answered. */
export const OUTAGE_ROW: RequestRow = {
  sequence: 15_450,
  target: 1,
  worker: 1,
  association: 5,
  dueNs: 3_000_000_000.5,
  offeredNs: 3_000_012_000,
  firstNs: 3_000_020_000,
  previousNs: 3_200_020_000,
  lastNs: 3_400_020_000,
  transmissions: 3,
  answeredNs: 0,
  endedNs: 33_000_000_000,
  outcome: 'timedOut',
  rerouted: 1,
  elsewhere: 0,
};
