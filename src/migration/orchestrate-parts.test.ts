import { expect, test } from 'vitest';
import { STOPPED } from '../../test/support/sample-summary.js';
import { readGap } from '../telemetry/reachability/probe.js';
import { NO_FIGURES } from '../telemetry/sample.js';
import type { HostSample } from '../telemetry/sampler.js';
import { phasesOf } from './orchestrate-hosts.js';
import { boundsHold, figureStatistics, type MeasuredMigration, unexplainedMs } from './orchestrate-report.js';

const NO_PHASES = { before: null, peak: null, during: null, after: null };
const NO_HOST = {
  cpu: NO_PHASES,
  memory: NO_PHASES,
  memoryMb: NO_PHASES,
  disk: NO_PHASES,
  network: NO_PHASES,
};

function migration(
  index: number,
  probeGapMs: number | null,
  atLeast: number,
  atMost: number | null,
): MeasuredMigration {
  return {
    index,
    direction: 'forth',
    driver: 'qemu',
    result: 'completed',
    reason: null,
    startedAt: '2026-11-20T15:48:02.113Z',
    totalMs: 2_000,
    hypervisor: {
      totalMs: 1_900,
      downtimeMs: 70,
      transferredBytes: null,
      iterations: 3,
      dirtyBytesPerSecond: null,
      converged: true,
    },
    truth: {
      ...{ stoppedMs: 90, stoppedErrorMs: 0, probeGapMs, probeSpacingMs: 1, probeBackAtMs: null },
      serviceGapMs: null,
    },
    downtime: {
      ...STOPPED,
      target: 'a',
      label: 'pause',
      pauseMs: { atLeast, atMost },
      longestGapMs: 130,
      windows: [],
    },
    recovery: { retransmissions: 4, statedMs: 22, largestRtoMs: 200 },
    requests: {} as MeasuredMigration['requests'],
    valid: true,
    thresholdsFailed: [],
    hosts: { source: NO_HOST, destination: NO_HOST },
    guest: null,
    clocks: [],
    counters: [],
    workload: null,
    beside: [],
    timeline: [],
    run: 'migration-001',
  };
}

test('bounds hold when they meet the interval that the probe proves: its gap, or up to one question less', () => {
  expect(boundsHold(migration(1, 100, 90, 110))).toBe(true);
  expect(boundsHold(migration(1, 100, 100, 110))).toBe(true);
  expect(boundsHold(migration(1, 100, 100.1, 110))).toBe(false);
  expect(boundsHold(migration(1, 100, 50, 99))).toBe(true);
  expect(boundsHold(migration(1, 100, 50, 98.9))).toBe(false);
  expect(boundsHold(migration(1, null, 50, 99))).toBeNull();
  expect(boundsHold(migration(1, 100, 50, null))).toBeNull();
});

test('what the stated recovery does not explain is our gap less it less the probe gap', () => {
  expect(unexplainedMs(migration(1, 100, 90, 110))).toBe(130 - 22 - 100);
  expect(unexplainedMs({ ...migration(1, 100, 90, 110), recovery: null })).toBe(30);
  expect(unexplainedMs(migration(1, null, 90, 110))).toBeNull();
});

test('statistics are of the migrations that completed, and of the figures that are there', () => {
  const failed: MeasuredMigration = { ...migration(3, 900, 800, 950), result: 'notConverged' };
  const { probeGapMs, transferredBytes } = figureStatistics([
    migration(1, 100, 90, 110),
    migration(2, 200, 90, 110),
    failed,
  ]);
  expect(probeGapMs).toMatchObject({ count: 2, mean: 150, variance: 2500, min: 100, median: 150, max: 200 });
  expect(transferredBytes).toMatchObject({ count: 0, mean: null });
});

test('reads gaps of the probe and passes everything else over', () => {
  expect(readGap('{"gap":{"fromUnixMs":1000.5,"toUnixMs":1100.75,"ms":100.25,"lost":99}}')).toEqual({
    fromUnixMs: 1000.5,
    toUnixMs: 1100.75,
    ms: 100.25,
    ownLateMs: 0,
  });
  for (const line of [
    '',
    'gap',
    'null',
    '7',
    '{"ended":{"sent":3}}',
    '{"gap":{"fromUnixMs":2,"toUnixMs":1}}',
    '{"gap":null}',
  ]) {
    expect(readGap(line)).toBeNull();
  }
});

function sample(endSeconds: number, cpuPercent: number | null, received: number | null): HostSample {
  return {
    kind: 'sample',
    host: 'local',
    source: 'proc',
    at: new Date(endSeconds * 1_000).toISOString(),
    sourceStamp: null,
    clock: { of: 'this host', offsetMs: 0, offsetErrorMs: 0 },
    intervalSeconds: 1,
    figures: { ...NO_FIGURES, cpuPercent, networkReceivedBytesPerSecond: received },
  };
}

test('host figures go to the period in which the middle of their interval lies', () => {
  const samples = [
    sample(1, 10, null),
    sample(2, 20, 5),
    sample(3, 90, 7),
    sample(4, 50, null),
    sample(5, 30, 1),
  ];
  const period = (from: number, to: number) => ({ fromMs: from * 1_000, toMs: to * 1_000 });
  const { cpu, network, disk } = phasesOf(samples, period(0, 2), period(2, 4), period(4, 6));
  expect(cpu).toEqual({ before: 15, peak: 90, during: 70, after: 30 });
  expect(network).toEqual({ before: 5, peak: 7, during: 7, after: 1 });
  expect(disk).toEqual(NO_PHASES);
});
