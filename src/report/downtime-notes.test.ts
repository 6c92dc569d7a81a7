import { describe, expect, it } from 'vitest';
import { OUTAGE, STOPPED, stoppedSummary } from '../../test/support/sample-summary.js';
import { downtimeNotes, whoseDowntime } from './downtime-notes.js';
import { markdownReport } from './markdown.js';
import { textReport } from './text.js';

const OTHER = '127.0.0.1:2906/9898';
const quiet = { ...STOPPED, target: OTHER, windows: [], pauseMs: { atLeast: 0, atMost: 0 }, longestGapMs: 4 };
const twice = { ...STOPPED, windows: [OUTAGE, OUTAGE], longestGapMs: 3_029, maxResponseMs: 1_100 };
const plain = stoppedSummary();
const demo = stoppedSummary({
  downtime: { ...twice, byTarget: [quiet, { ...twice, target: OUTAGE.target }], allTargetsDownMs: 0 },
  requests: { ...plain.requests, rerouted: 2_091 },
  run: { ...plain.run, settings: { ...plain.run.settings, rerouteAfterMs: 1_000 } },
});

describe('notes on the downtime figures', () => {
  it('name the target that the figures are of', () => {
    expect(whoseDowntime(demo.downtime)).toContain(`Of ${OUTAGE.target}, the worst of 2 targets`);
    expect(whoseDowntime(plain.downtime)).toBeNull();
  });

  it('say which figures are sums, and why a gap can be longer than any response', () => {
    const [sums, rerouted, ...rest] = downtimeNotes(demo);
    expect(sums).toContain('add up the outages of a target');
    expect(rerouted).toContain('2 091 requests without an answer went to another target after 1 000 ms');
    expect(rest).toEqual([]);
    const text = textReport(demo, { columns: 90, colour: false, resultFolder: null });
    expect(text.replace(/\s+/g, ' ')).toContain(rerouted!);
    expect(text.indexOf('the worst of 2 targets')).toBeLessThan(text.indexOf('longest gap'));
    expect(markdownReport(demo)).toContain('the worst of 2 targets');
  });

  it('are left out where nothing can be mistaken', () => {
    expect(downtimeNotes(plain)).toEqual([]);
    expect(downtimeNotes({ ...demo, requests: plain.requests })).toHaveLength(1);
    const slow = { ...demo.downtime, maxResponseMs: 3_100 };
    expect(downtimeNotes({ ...demo, downtime: slow })).toHaveLength(1);
  });
});
