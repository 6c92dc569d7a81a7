import { describe, expect, it } from 'vitest';
import { OUTAGE, sampleSummary } from '../../test/support/sample-summary.js';
import type { VerifyReport } from '../runtime/ledger/verify.js';
import { outcomeOf, type Truth, truthText } from './demo-view.js';
import type { SlowSync } from './sync-book.js';

const FROZEN_AT = Date.parse(OUTAGE.startedAt) + 5;

/** A demo whose node was frozen for 700 ms, and whose outage was bounded by 688.47 and 711.93 ms unless said otherwise. */
function truth(pauseMs: { atLeast: number; atMost: number }, syncs: readonly SlowSync[] = []): Truth {
  const window = { ...OUTAGE, pauseMs };
  const summary = sampleSummary({});
  const [first] = summary.downtime.byTarget;
  const from = Math.min(FROZEN_AT, ...syncs.map(({ fromUnixMs }) => fromUnixMs));
  const to = Math.max(FROZEN_AT + 700, ...syncs.map(({ toUnixMs }) => toUnixMs));
  return {
    summary: {
      ...summary,
      downtime: {
        ...summary.downtime,
        windows: [window],
        byTarget: [{ ...first!, target: OUTAGE.target, windows: [window] }],
      },
    },
    frozen: {
      node: 'a',
      target: OUTAGE.target,
      otherTarget: 'other',
      fromUnixMs: FROZEN_AT,
      toUnixMs: FROZEN_AT + 700,
      takeover: null,
    },
    killed: null,
    heldUp: syncs.length === 0 ? null : { fromUnixMs: from, toUnixMs: to, syncs },
    ledger: { ok: true, audit: null, agreement: null } as unknown as VerifyReport,
    verifyCommand: './busyhour ledger verify',
    rowsOf: () => null,
  };
}

/** The disk had kept node a waiting for 63 ms when the freeze came. */
const SYNC: SlowSync = { node: 'a', fromUnixMs: FROZEN_AT - 63, toUnixMs: FROZEN_AT + 701 };

describe('the truth of a demo', () => {
  it('is held against the bounds', () => {
    const held = truth({ atLeast: 688.4, atMost: 712 });
    expect(outcomeOf(held)).toBe('holds');
    expect(truthText(held)).toContain('the truth is within the bounds');
  });

  it.each([
    ['below', { atLeast: 600, atMost: 690 }],
    ['above', { atLeast: 717.8, atMost: 773.8 }],
  ])('is outside bounds that lie %s it', (_where, bounds) => {
    expect(outcomeOf(truth(bounds))).toBe('broken');
    expect(truthText(truth(bounds))).toContain('the truth is OUTSIDE the bounds');
  });

  it('is more than the freeze where the nodes told of slow syncs, and then the demo says so and proves nothing', () => {
    const disturbed = truth({ atLeast: 717.8, atMost: 773.8 }, [SYNC]);
    expect(outcomeOf(disturbed)).toBe('disturbed');
    const text = truthText(disturbed);
    expect(text).toMatch(/longer than the freeze, see below/);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /THIS MACHINE DISTURBED THE DEMO: the disk kept the journal of node a waiting .* 764\.0 ms with the freeze\. .* run the demo again\./,
    );
    expect(text).not.toMatch(/OUTSIDE|within the bounds/);
  });

  it('is outside all the same when the syncs do not explain so much, or the bounds are too low', () => {
    expect(outcomeOf(truth({ atLeast: 765, atMost: 800 }, [SYNC]))).toBe('broken');
    expect(outcomeOf(truth({ atLeast: 600, atMost: 690 }, [SYNC]))).toBe('broken');
    expect(outcomeOf(truth({ atLeast: 690, atMost: 780 }, [SYNC]))).toBe('holds');
  });

  it('excuses nothing else', () => {
    const disturbed = truth({ atLeast: 717.8, atMost: 773.8 }, [SYNC]);
    expect(outcomeOf({ ...disturbed, ledger: { ...disturbed.ledger, ok: false } })).toBe('broken');
    const takeover = { node: 'b' as const, unixMs: FROZEN_AT + 300, epoch: 2 };
    expect(outcomeOf({ ...disturbed, frozen: { ...disturbed.frozen!, takeover } })).toBe('broken');
  });
});
