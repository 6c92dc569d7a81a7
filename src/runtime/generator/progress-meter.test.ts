import { expect, it } from 'vitest';
import type { Collector } from '../../measure/collector.js';
import { ProgressMeter } from './progress-meter.js';
import type { SteeredRate } from './steering.js';

const MS = 1e6;
const BEGIN_NS = 5_000 * MS;

/** 1 000 requests a second from `BEGIN_NS` on, each answered after 2 ms. */
function meter(answeredBefore = 0): ProgressMeter {
  const collector = {
    live: (nowNs: number) => {
      const answered = Math.max(0, nowNs - BEGIN_NS) / MS;
      return {
        due: answeredBefore + answered,
        offered: answeredBefore + answered,
        answered: answeredBefore + answered,
        inFlight: 0,
        outcomes: { succeeded: answeredBefore + answered, rejected: 0 },
        latencySumNs: (answeredBefore + answered) * 2 * MS,
        latencyMaxNs: answered > 0 ? 2 * MS : null,
        silentNs: null,
      };
    },
  } as unknown as Collector;
  return new ProgressMeter(collector, {
    startNs: BEGIN_NS,
    beginNs: BEGIN_NS,
    durationNs: 10_000 * MS,
    rate: { profile: { ratePerSecond: () => 1_000 }, paused: false } as unknown as SteeredRate,
    workersCpuNs: () => [0],
    readTicks: () => null,
  });
}

it('has rates and response times from the first sample on', () => {
  expect(meter().sample(BEGIN_NS + 56 * MS)).toMatchObject({
    answeredPerSecond: 1_000,
    offeredPerSecond: 1_000,
    responseMeanMs: 2,
    succeeded: 56,
  });
});

it('counts for the rates of a resumed run what was answered since it went on', () => {
  const sample = meter(1e6).sample(BEGIN_NS + 50 * MS);
  expect(sample).toMatchObject({ answeredPerSecond: 1_000, responseMeanMs: 2, succeeded: 1e6 + 50 });
});

it('has none before the first request is due', () => {
  expect(meter().sample(BEGIN_NS - 40 * MS)).toMatchObject({
    answeredPerSecond: 0,
    offeredPerSecond: 0,
    responseMeanMs: null,
  });
});

it('takes them over the last second', () => {
  const one = meter();
  for (let ms = 100; ms <= 2_000; ms += 100) one.sample(BEGIN_NS + ms * MS);
  const { answeredPerSecond, elapsedSeconds } = one.sample(BEGIN_NS + 2_100 * MS);
  expect([answeredPerSecond, elapsedSeconds]).toEqual([1_000, 2.1]);
});
