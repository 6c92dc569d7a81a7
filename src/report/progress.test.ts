import { describe, expect, it } from 'vitest';
import { sampleProgress } from '../../test/support/sample-feed.js';
import { type ProgressSample, progressLine, progressRecord } from './progress.js';

const SAMPLE: ProgressSample = {
  ...sampleProgress(10.4),
  durationSeconds: 20,
  answeredPerSecond: 1499.6,
  responseMeanMs: 0.213,
  responseMaxMs: 3.4,
  succeeded: 15_588,
  rejected: 12,
};

describe('progressLine', () => {
  it('shows rate, response time, outcomes and the time left', () => {
    expect(progressLine(SAMPLE, { columns: 120, colour: false })).toBe(
      '[=========>         ]  52 %  1 500/1 500 req/s  resp 0.213/3.40 ms  ok 15 588  bad 0  10 s left  in flight 2  refused 12',
    );
  });

  it('says when a target is silent, when answers are still awaited, and when there are none', () => {
    const options = { columns: 120, colour: false };
    expect(progressLine({ ...SAMPLE, silentMs: 412 }, options)).toContain('SILENT 412 ms');
    expect(progressLine({ ...SAMPLE, draining: true }, options)).toContain('waiting for answers');
    expect(progressLine({ ...SAMPLE, paused: true }, options)).toContain('PAUSED');
    expect(progressLine({ ...SAMPLE, responseMeanMs: null, responseMaxMs: null }, options)).toContain(
      'no answer',
    );
  });

  it('fits any width, and drops the least needed figures first', () => {
    for (let columns = 1; columns <= 160; columns += 1) {
      expect(progressLine(SAMPLE, { columns, colour: false }).length).toBeLessThanOrEqual(columns);
    }
    const narrow = progressLine(SAMPLE, { columns: 50, colour: false });
    expect(narrow).toContain('1 500/1 500 req/s');
    expect(narrow).not.toContain('in flight');
  });

  it('is full at the end and beyond it, and copes with a run without length', () => {
    const options = { columns: 40, colour: false };
    expect(progressLine({ ...SAMPLE, elapsedSeconds: 23 }, options)).toMatch(/\[=+\] +100 %/);
    expect(progressLine({ ...SAMPLE, elapsedSeconds: 0, durationSeconds: 0 }, options)).toContain('100 %');
    expect(progressLine({ ...SAMPLE, elapsedSeconds: 0 }, options)).toMatch(/\[> +\] +0 %/);
  });

  it('is coloured only when asked', () => {
    const bad = { ...SAMPLE, bad: 3 };
    const plain = progressLine(bad, { columns: 100, colour: false });
    expect(plain).not.toContain('\u001b');
    expect(progressLine(bad, { columns: 100, colour: true })).toBe(`\u001b[31m${plain}\u001b[0m`);
  });
});

describe('progressRecord', () => {
  it('stands alone in a log', () => {
    expect(progressRecord(SAMPLE)).toBe(
      '10.4 s of 20 s  1 500/1 500 req/s  resp 0.213/3.40 ms  ok 15 588  bad 0  10 s left  in flight 2  refused 12',
    );
  });
});
