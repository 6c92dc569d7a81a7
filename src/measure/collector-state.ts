import type { KeptWindow } from './collector.js';
import type { StallBook } from './stalls.js';
import type { CompactTotals } from './totals.js';
import type { ValidityState } from './validity.js';

/**
 * What a collector has gathered, as plain data: enough for another process to go on with the same run. Times are ns since the epoch of the process
 * that wrote it; gaps that were still open and evidence under way are not in it.
 */
export interface CollectorState {
  /** Intervals below this index have closed and are in the totals. */
  readonly nextInterval: number;
  readonly targets: readonly { readonly totals: CompactTotals; readonly longestGapNs: number }[];
  readonly windows: readonly KeptWindow[];
  readonly windowsRefused: number;
  readonly stalls: Pick<StallBook, 'count' | 'maxNs' | 'totalNs'>;
  readonly validity: ValidityState;
  readonly notes: readonly string[];
}

/** A window with all its times moved by `byNs`. */
export function shiftWindow(kept: KeptWindow, byNs: number): KeptWindow {
  const { window } = kept;
  const { gap, bounds } = window;
  return {
    ...kept,
    window: {
      ...window,
      gap: {
        lastAnswerNs: gap.lastAnswerNs + byNs,
        startNs: gap.startNs + byNs,
        endNs: gap.endNs + byNs,
      },
      endNs: window.endNs + byNs,
      bounds: {
        ...bounds,
        lastUnansweredNs: bounds.lastUnansweredNs === null ? null : bounds.lastUnansweredNs + byNs,
      },
    },
  };
}
