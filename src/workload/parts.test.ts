import { describe, expect, it } from 'vitest';
import { controlBlock, count, readCounters, requestStop, sleep } from './control.js';
import { cpuShare } from './cpu.js';
import { fft, fftPlan } from './fft.js';
import { Pacer } from './pacer.js';
import { RateMeter } from './rates.js';
import { HEADER_BYTES, readHead, SequenceTracker, writeHead } from './sequence.js';

describe('fft', () => {
  it('agrees with the sum that defines it', () => {
    const plan = fftPlan(5);
    const input = Array.from({ length: 32 }, (_, i) => [Math.sin(3 * i) + (i % 5), Math.cos(i * i)] as const);
    input.forEach(([re, im], i) => {
      plan.real[i] = re;
      plan.imaginary[i] = im;
    });
    fft(plan);
    for (let k = 0; k < 32; k++) {
      let [re, im] = [0, 0];
      input.forEach(([a, b], n) => {
        const angle = (-2 * Math.PI * k * n) / 32;
        re += a * Math.cos(angle) - b * Math.sin(angle);
        im += a * Math.sin(angle) + b * Math.cos(angle);
      });
      expect(plan.real[k]).toBeCloseTo(re, 10);
      expect(plan.imaginary[k]).toBeCloseTo(im, 10);
    }
  });
});

describe('levels of the CPU workload', () => {
  it('go from 75 % to all cycles', () => {
    expect(cpuShare(1)).toBe(0.75);
    expect(cpuShare(10)).toBe(1);
    expect(cpuShare(4)).toBeCloseTo(0.75 + 3 / 36, 12);
  });
});

describe('pacer', () => {
  it('hands out exactly the rate in whole units', () => {
    const pacer = new Pacer(1_000_000, 0, 200);
    let total = 0;
    for (let now = 3.7; now <= 10_000; now += 3.7) total += pacer.take(now, 4096).amount;
    expect(total % 4096).toBe(0);
    expect(total).toBeGreaterThan(9_990_000);
    expect(total).toBeLessThanOrEqual(10_000_000);
  });

  it('leaves out what came due in a long pause, and says how much', () => {
    const pacer = new Pacer(1000, 0, 200);
    expect(pacer.take(100, 1)).toEqual({ amount: 100, missed: 0 });
    expect(pacer.take(3100, 1)).toEqual({ amount: 200, missed: 2800 });
    expect(pacer.take(3110, 1)).toEqual({ amount: 10, missed: 0 });
    expect(pacer.take(3100, 1)).toEqual({ amount: 0, missed: 0 });
  });
});

describe('rate meter', () => {
  it('tells the rate since the last call from that of the whole', () => {
    let total = 0;
    const meter = new RateMeter(() => total, 0);
    total = 100;
    expect(meter.sinceLast(1000)).toBe(100);
    total = 400;
    expect(meter.sinceLast(2000)).toBe(300);
    expect(meter.overall(2000)).toBe(200);
  });
});

describe('control block', () => {
  it('carries counters and the wish to end', () => {
    const ours = controlBlock();
    const theirs = controlBlock(ours.shared);
    count(theirs, 10, 2, 1);
    count(theirs, 5, 0, 0);
    expect(readCounters([ours, controlBlock()])).toEqual({ done: 15, missed: 2, rounds: 1 });
    expect(sleep(theirs, 1)).toBe(true);
    requestStop(ours);
    expect(sleep(theirs, 10_000)).toBe(false);
  });
});

describe('sequence numbers', () => {
  it('travel in a head of fixed form', () => {
    const bytes = new Uint8Array(40);
    writeHead(bytes, { length: 40, stream: 0xdeadbeef, sequence: 2 ** 40, sentMs: 1.5 });
    // Drawn in the file: "BHWS", length, stream, zero, two doubles (2^40 = 0x4270..., 1.5 = 0x3ff8...).
    expect(Buffer.from(bytes.subarray(0, HEADER_BYTES)).toString('hex')).toBe(
      '42485753' + '00000028' + 'deadbeef' + '00000000' + '4270000000000000' + '3ff8000000000000',
    );
    expect(readHead(bytes)).toEqual({ length: 40, stream: 0xdeadbeef, sequence: 2 ** 40, sentMs: 1.5 });
    expect(readHead(bytes.subarray(0, 31))).toBeNull();
    bytes[0] = 0;
    expect(readHead(bytes)).toBeNull();
  });

  it('show losses, silences and late arrivals', () => {
    const tracker = new SequenceTracker(50);
    expect(tracker.arrive(0, 1000)).toBeNull();
    expect(tracker.arrive(1, 1001)).toBeNull();
    expect(tracker.arrive(5, 1701)).toMatchObject({
      event: 'gap',
      startedAt: '1970-01-01T00:00:01.001Z',
      endedAt: '1970-01-01T00:00:01.701Z',
      durationMs: 700,
      lost: 3,
      firstSequence: 2,
      lastSequence: 4,
    });
    expect(tracker.arrive(3, 1702)).toBeNull();
    expect(tracker.arrive(6, 1800)).toMatchObject({
      lost: 0,
      durationMs: 98,
      firstSequence: null,
      reason: 'silence',
    });
    expect(tracker.counts()).toEqual({ received: 5, lost: 2, late: 1, longestSilenceMs: 700 });
  });
});
