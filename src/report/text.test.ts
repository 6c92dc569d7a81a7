import { describe, expect, it } from 'vitest';
import {
  COUNTS,
  NO_SAMPLES,
  OUTAGE,
  STOPPED,
  sampleSummary,
  stoppedSummary,
} from '../../test/support/sample-summary.js';
import type { RunSummary } from '../measure/summary.js';
import { wrap } from './layout.js';
import { textReport } from './text.js';

const OTHER = '[2001:db8::7]:2905';

const open = {
  ...OUTAGE,
  endedAt: null,
  pauseMs: { atLeast: 4012.6, atMost: null },
  durationMs: 5012.6,
  lost: 6018,
  delayed: 0,
};

const SAMPLES: Readonly<Record<string, RunSummary>> = {
  healthy: sampleSummary({
    thresholds: [
      { expression: 'latency.p99>20ms', value: 1.534, failed: false },
      { expression: 'requests.timedOut>0', value: 0, failed: false },
    ],
  }),
  stopped: stoppedSummary({
    thresholds: [
      { expression: 'downtime.longestGap>500ms', value: 711.04, failed: true },
      { expression: 'releaseTime.p99>20ms', value: null, failed: true },
    ],
  }),
  'never-back': stoppedSummary({
    requests: { ...COUNTS, succeeded: 23_970, timedOut: 6018 },
    downtime: {
      ...STOPPED,
      pauseMs: open.pauseMs,
      longestGapMs: 5012.6,
      maxResponseCensored: true,
      lossDerivedMs: 4012,
      recoveryMs: null,
      windows: [open],
      byTarget: [],
      allTargetsDownMs: 5012.6,
    },
  }),
  'two-targets': stoppedSummary({
    downtime: {
      ...STOPPED,
      windows: [
        OUTAGE,
        {
          ...OUTAGE,
          startedAt: '2026-11-20T15:48:16Z',
          target: OTHER,
          pauseMs: { atLeast: 0, atMost: 41.02 },
          causes: [],
        },
      ],
      byTarget: [
        { ...STOPPED, target: OUTAGE.target },
        { ...STOPPED, target: OTHER, pauseMs: { atLeast: 0, atMost: 41.02 }, longestGapMs: 40.3 },
      ],
      allTargetsDownMs: 0,
    },
  }),
  invalid: sampleSummary({
    valid: false,
    invalidReasons: [
      'generator saturated: 3.2 % of the requests of 15:48:10 were offered more than 10 ms late',
    ],
    run: { ...sampleSummary().run, interrupted: true },
    generatorStalls: { count: 3, maxMs: 21.3, totalMs: 44.1 },
  }),
  unanswered: sampleSummary({
    requests: { ...COUNTS, succeeded: 0, rejected: 0, timedOut: 30_000 },
    ratePerSecond: { offered: 1500, sent: 1500, answered: 0 },
    latencyMs: NO_SAMPLES,
    serviceTimeMs: NO_SAMPLES,
    transport: { associations: [] },
  }),
};

describe('textReport', () => {
  it.each(Object.entries(SAMPLES))('reads as the golden file: %s', async (name, summary) => {
    const text = textReport(summary, {
      columns: 90,
      colour: false,
      resultFolder: 'results/20261120-154802-demo',
    });
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it.each(Object.entries(SAMPLES))(
    'keeps paragraphs within 80 columns, tables within 100: %s',
    (_name, summary) => {
      const lines = textReport(summary, { columns: 80, colour: false, resultFolder: null }).split('\n');
      expect(lines.filter((line) => line.length > 100)).toEqual([]);
      expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    },
  );

  it('ends no line inside a number, or between it and its unit', () => {
    const words =
      'it was out of service for 22.2 to 3 103 ms, and 2 306 requests waited for 5 % of 2 min and held 12 MB for 3 s';
    for (let width = 12; width < 80; width++) {
      const lines = wrap(words, width);
      expect(lines.filter((line) => /^ *(\d{3}\b|(ms|s|MB|min)\b|%)/.test(line))).toEqual([]);
      expect(lines.map((line) => line.trim()).join(' ')).toBe(words);
    }
  });

  it('says the same with colour and without', () => {
    const options = { columns: 90, resultFolder: null };
    const plain = textReport(SAMPLES.stopped!, { ...options, colour: false });
    const coloured = textReport(SAMPLES.stopped!, { ...options, colour: true });
    expect(plain).not.toContain('\u001b');
    expect(coloured).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what is taken away
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('shows no control character of a foreign string', () => {
    const text = textReport(sampleSummary({ notes: ['peer said \u001b[2Jhello\u0007'] }), {
      columns: 90,
      colour: false,
      resultFolder: null,
    });
    expect(text).toContain('peer said ?[2Jhello?');
  });

  it('shows published figures only beside an outage', () => {
    const options = { columns: 90, colour: false, resultFolder: null };
    expect(textReport(SAMPLES.stopped!, options)).toMatch(/KVM +650-700 ms/);
    expect(textReport(SAMPLES.healthy!, options)).not.toContain('KVM');
  });
});
