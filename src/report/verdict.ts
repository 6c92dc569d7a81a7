import type { OutageCause, OutageWindow, PauseBounds, RunSummary } from '../measure/summary.js';
import { boundAbove, boundBelow, clock, counted, day, grouped, withMs } from './format.js';

/** What a reader must know before anything else, in words; text and HTML print the same ones. */
export interface Verdict {
  readonly severity: 'good' | 'outage' | 'invalid';
  /** One sentence. */
  readonly headline: string;
  /** What follows it, each a sentence or two. */
  readonly details: readonly string[];
}

const CAUSES: Readonly<Record<OutageCause, string>> = {
  pause: 'the target did not serve',
  sctpRecovery: 'SCTP retransmission towards the target',
  answerDirectionRecovery: "SCTP retransmission of the target's answers (inferred)",
  reassociation: 'the association had to be set up again',
  aspActivation: 'ASP activation',
  takeover: 'takeover by the other node',
  queueDrain: 'draining of the queued requests',
  generatorStall: "the generator's own loop stood still",
};

/** Says in words what a run found. */
export function verdictOf(summary: RunSummary): Verdict {
  const finding = findingOf(summary);
  const details = [...finding.details, ...summary.notes];
  if (summary.run.interrupted)
    details.unshift('Interrupted before its planned end; what follows is what was measured until then.');
  if (summary.valid) {
    const severity = summary.downtime.windows.length > 0 || !answered(summary) ? 'outage' : 'good';
    return { severity, headline: finding.headline, details };
  }
  const reasons = summary.invalidReasons.map((reason) => `Reason: ${reason}`);
  return {
    severity: 'invalid',
    headline: 'INVALID RUN: its figures say nothing about the target and must not be quoted.',
    details: [...reasons, finding.headline, ...details],
  };
}

interface Finding {
  readonly headline: string;
  readonly details: readonly string[];
}

function findingOf(summary: RunSummary): Finding {
  const { windows, longestGapMs, outageThresholdMs } = summary.downtime;
  if (summary.requests.due === 0)
    return { headline: 'Nothing was offered, nothing was measured.', details: [] };
  if (!answered(summary)) {
    return { headline: `No answer at all to ${counted(summary.requests.due, 'request')}.`, details: [] };
  }
  const worst = worstWindow(windows);
  if (worst === undefined) {
    const limit =
      outageThresholdMs === null ? '' : ` (an outage would be above ${withMs(outageThresholdMs)})`;
    return { headline: `No outage: the longest gap was ${withMs(longestGapMs)}${limit}.`, details: [] };
  }
  if (windows.length === 1) {
    return { headline: `One outage: ${outOfService(worst)}.`, details: [describeWindow(worst)] };
  }
  const targets = new Set(windows.map(({ target }) => target)).size;
  const where = targets === 1 ? '' : ` on ${targets} targets`;
  return {
    headline: `${counted(windows.length, 'outage')}${where}; in the longest, ${outOfService(worst)}.`,
    details: [describeWindow(worst)],
  };
}

function answered({ requests }: RunSummary): boolean {
  return requests.succeeded + requests.rejected + requests.failed + requests.malformed > 0;
}

/** The window with the largest upper bound; one that never ended is larger than any other. */
export function worstWindow(windows: readonly OutageWindow[]): OutageWindow | undefined {
  const size = ({ pauseMs, durationMs }: OutageWindow): number =>
    pauseMs.atMost === null ? Number.MAX_VALUE : Math.max(pauseMs.atMost, durationMs);
  return windows.reduce<OutageWindow | undefined>(
    (worst, window) => (worst === undefined || size(window) > size(worst) ? window : worst),
    undefined,
  );
}

function outOfService(window: OutageWindow): string {
  return `${window.target} was out of service for ${boundsInWords(window.pauseMs)}`;
}

/** `688.4 to 711.9 ms`, or `at least 5 012 ms, until the end of the run`. */
export function boundsInWords({ atLeast, atMost }: PauseBounds): string {
  if (atMost === null) return `at least ${boundBelow(atLeast)} ms, until the end of the run`;
  if (atMost === 0) return '0 ms';
  if (atLeast === 0) return `at most ${boundAbove(atMost)} ms`;
  return `${boundBelow(atLeast)} to ${boundAbove(atMost)} ms`;
}

/** When, how long, what it cost and why: one window in two sentences. */
function describeWindow(window: OutageWindow): string {
  const end = window.endedAt === null ? 'UTC to the end of the run' : `to ${clock(window.endedAt)} UTC`;
  const when = `${day(window.startedAt)} ${clock(window.startedAt)} ${end}, ${withMs(window.durationMs)} without an answer`;
  const price = `${counted(window.lost, 'request')} lost, ${grouped(window.delayed)} delayed`;
  return `${when}; ${price}. Cause: ${causesInWords(window.causes)}.`;
}

const SHORT_CAUSES: Readonly<Record<OutageCause, string>> = {
  pause: 'pause',
  sctpRecovery: 'SCTP recovery',
  answerDirectionRecovery: 'SCTP recovery of answers',
  reassociation: 're-association',
  aspActivation: 'ASP activation',
  takeover: 'takeover',
  queueDrain: 'queue drain',
  generatorStall: 'generator stall',
};

/** Causes for a cell of a table. */
export function causesInShort(causes: readonly OutageCause[]): string {
  return causes.length === 0 ? 'not determined' : causes.map((cause) => SHORT_CAUSES[cause]).join(', ');
}

/** Causes as a list in words; an unexplained window says so. */
export function causesInWords(causes: readonly OutageCause[]): string {
  return causes.length === 0 ? 'not determined' : causes.map((cause) => CAUSES[cause]).join('; ');
}
