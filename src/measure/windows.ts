import { coveredNs, type Span, type TargetGap } from './gap-merge.js';
import { type PauseBoundsNs, pauseBounds } from './pause-bounds.js';
import { type Reference, referenceBefore } from './reference.js';
import type { RowTable } from './rows.js';
import type { OutageCause } from './summary.js';

/** A gap shorter than this is never an outage, unless the user's threshold says so. */
export const OUTAGE_NS_MIN = 30e6;
const SPACINGS = 5;
const REFERENCE_FACTOR = 5;
/** Fewer answers than this say nothing of what is normal. */
const REFERENCE_ANSWERS_MIN = 100;
/** A stall that covers less of a gap than this is not worth naming. */
const STALL_NS_MIN = 1e6;
/** Requests answered this much later than A1 waited in a queue that had to be worked off. */
const DRAIN_NS_MIN = 10e6;
/** The p99 is judged to be back over one second of requests, within these numbers. */
const RECOVERY_REQUESTS_MIN = 20;
const RECOVERY_REQUESTS_MAX = 200;

/** What happened to associations of the target; times are ns since the process epoch. */
export interface AssociationEvent {
  readonly timeNs: number;
  readonly kind: 'up' | 'lost' | 'restart' | 'aspActive' | 'aspInactive';
}

/** A gap that may be an outage, with everything that is known about it. */
export interface GapEvidence {
  readonly gap: TargetGap;
  /** Requests of the target from 5 s before to 5 s after. */
  readonly rows: RowTable;
  /** Times at which no worker's loop ran. */
  readonly stalls: readonly Span[];
  /** Earlier windows of the target with their recovery: no part of the reference. */
  readonly disturbed: readonly Span[];
  /** What was normal before an earlier window: taken when too little quiet time lies between the two. */
  readonly earlierReference: Reference | null;
  /** Mean time between requests to the target. */
  readonly spacingNs: number;
  /** `--outage-threshold`; null for the default. */
  readonly thresholdNs: number | null;
  readonly observedFromNs: number;
  /** End of the schedule: an open gap is measured up to here, because nothing is due later. */
  readonly scheduleEndNs: number;
  /** End of what was recorded. */
  readonly observedUntilNs: number;
  readonly events: readonly AssociationEvent[];
  /** DATA chunks received twice during the window; null when the engine does not tell. */
  readonly duplicateTsns: number | null;
  /** Largest RTO in force that the engine reported; null when it does not tell. */
  /** RTO.Max as configured. */
  readonly rtoLimitNs: number;
  readonly rtoMaxNs: number | null;
  /** The cluster says that the other node took over during this window. */
  readonly takeover: boolean;
}

/** An outage window in ns; `summary` turns it into what summary.json shows. */
export interface Window {
  readonly gap: TargetGap;
  readonly thresholdNs: number;
  readonly reference: Reference;
  readonly bounds: PauseBoundsNs;
  readonly endNs: number;
  readonly lost: number;
  readonly delayed: number;
  readonly retransmissions: number;
  readonly recoveryByRetransmissionNs: number | null;
  /** See {@link rtoInForceNs}. */
  readonly largestRtoNs: number | null;
  readonly stallNs: number;
  readonly causes: readonly OutageCause[];
  /** From the first answer until the latency's p99 is back at the reference; null when it was not seen to be. */
  readonly recoveryNs: number | null;
}

/**
 * Threshold above which a gap is an outage: the largest of 30 ms, 5 mean request spacings and 5 times the reference p99; or the user's.
 */
export function outageThresholdNs(
  explicitNs: number | null,
  spacingNs: number,
  reference: Reference,
): number {
  if (explicitNs !== null) return explicitNs;
  return Math.max(OUTAGE_NS_MIN, SPACINGS * spacingNs, REFERENCE_FACTOR * (reference.responseP99Ns ?? 0));
}

/** Smallest gap that is worth collecting evidence for: the threshold without the part that needs the evidence. */
export function candidateThresholdNs(explicitNs: number | null, spacingNs: number): number {
  return explicitNs ?? Math.max(OUTAGE_NS_MIN, SPACINGS * spacingNs);
}

/** Length of a gap without the part during which the generator itself did not run. */
export function targetGapNs(gap: TargetGap, stalls: readonly Span[], scheduleEndNs: number): number {
  const span = { startNs: gap.startNs, endNs: Number.isFinite(gap.endNs) ? gap.endNs : scheduleEndNs };
  return Math.max(0, span.endNs - span.startNs - coveredNs(span, stalls));
}

/** Judges a gap: an outage window, or null when it is below the threshold. */
export function judgeGap(evidence: GapEvidence): Window | null {
  const { rows } = evidence;
  const gap = withProvenStart(evidence.gap, rows);
  if (gap === null) return null;
  const beforeNs = Number.isFinite(gap.lastAnswerNs) ? gap.lastAnswerNs : evidence.observedFromNs;
  const own = referenceBefore(rows, beforeNs, evidence.disturbed);
  const earlier = evidence.earlierReference;
  const reference = own.answers < REFERENCE_ANSWERS_MIN && earlier !== null ? earlier : own;
  const thresholdNs = outageThresholdNs(evidence.thresholdNs, evidence.spacingNs, reference);
  if (targetGapNs(gap, evidence.stalls, evidence.scheduleEndNs) <= thresholdNs) return null;
  const bounds = pauseBounds({
    rows,
    lastAnswerNs: gap.lastAnswerNs,
    firstAnswerNs: gap.endNs,
    observedFromNs: evidence.observedFromNs,
    responseMaxNs: reference.responseMaxNs ?? 0,
    rtoLimitNs: evidence.rtoLimitNs,
  });
  const endNs = Number.isFinite(gap.endNs) ? gap.endNs : evidence.observedUntilNs;
  const counts = countRequests(rows, gap.startNs, endNs);
  const ended = Number.isFinite(gap.endNs);
  const last = bounds.lastUnansweredNs;
  return {
    gap,
    thresholdNs,
    reference,
    bounds,
    endNs,
    lost: counts.lost,
    delayed: counts.delayed,
    retransmissions: counts.retransmissions,
    recoveryByRetransmissionNs:
      counts.retransmissions > 0 && ended && last !== null ? gap.endNs - last : null,
    largestRtoNs: rtoInForceNs(counts.largestSpacingNs, evidence),
    stallNs: coveredNs({ startNs: gap.startNs, endNs }, evidence.stalls),
    causes: findCauses({ ...evidence, gap }, bounds, reference, endNs),
    recoveryNs: ended ? recoveryNs(rows, gap.endNs, reference, evidence.spacingNs) : null,
  };
}

/**
 * Starts a gap with the first request that it really delayed. A single request that the application dropped waits for ever: the idle
 * time of a Poisson schedule after it would look like an outage. So a request that never got an answer counts only if it was due
 * after the last answer and is not the only one.
 * @returns null when no request shows that the target was gone.
 */
function withProvenStart(gap: TargetGap, rows: RowTable): TargetGap | null {
  if (rows.length === 0) return gap;
  const due = rows.column('dueNs');
  let delayedSinceNs = Number.POSITIVE_INFINITY;
  let lostSinceNs = Number.POSITIVE_INFINITY;
  let lost = 0;
  for (let i = 0; i < rows.length; i++) {
    if (due[i]! >= gap.endNs) continue;
    const answeredNs = rows.ownAnswerNs(i);
    if (answeredNs >= gap.endNs) delayedSinceNs = Math.min(delayedSinceNs, due[i]!);
    else if (answeredNs === 0 && due[i]! >= gap.lastAnswerNs) {
      lostSinceNs = Math.min(lostSinceNs, due[i]!);
      lost++;
    }
  }
  const sinceNs = lost > 1 ? Math.min(delayedSinceNs, lostSinceNs) : delayedSinceNs;
  const startNs = Math.max(gap.lastAnswerNs, sinceNs);
  return startNs < gap.endNs ? { ...gap, startNs } : null;
}

function countRequests(rows: RowTable, startNs: number, endNs: number) {
  const due = rows.column('dueNs');
  const first = rows.column('firstNs');
  const last = rows.column('lastNs');
  const previous = rows.column('previousNs');
  const transmissions = rows.column('transmissions');
  const answered = rows.column('answeredNs');
  const rerouted = rows.column('rerouted');
  const counts = { lost: 0, delayed: 0, retransmissions: 0, largestSpacingNs: 0 };
  for (let i = 0; i < rows.length; i++) {
    const answeredNs = rows.ownAnswerNs(i);
    if (answeredNs !== 0 && answeredNs < endNs) continue;
    if (due[i]! >= startNs && due[i]! <= endNs) {
      // Answered by another target it was late, not lost.
      if (answered[i] === 0) counts.lost++;
      else counts.delayed++;
    }
    if (rerouted[i] !== 0 || transmissions[i]! < 2 || first[i]! > endNs || last[i]! < startNs) continue;
    counts.retransmissions += transmissions[i]! - 1;
    counts.largestSpacingNs = Math.max(counts.largestSpacingNs, last[i]! - previous[i]!);
  }
  return counts;
}

/**
 * The largest RTO that was running in the window. RFC 9260 §6.3.3 E2 doubles it at every time-out: after the largest spacing seen, twice that
 * spacing was waited for when the target came back.
 */
function rtoInForceNs(largestSpacingNs: number, evidence: GapEvidence): number | null {
  if (largestSpacingNs === 0) return evidence.rtoMaxNs;
  return Math.min(2 * largestSpacingNs, Math.max(largestSpacingNs, evidence.rtoLimitNs));
}

function findCauses(
  evidence: GapEvidence,
  bounds: PauseBoundsNs,
  reference: Reference,
  endNs: number,
): OutageCause[] {
  const { gap, rows } = evidence;
  const causes: OutageCause[] = [];
  const during = (event: AssociationEvent) => event.timeNs >= gap.startNs && event.timeNs <= endNs;
  const kinds = new Set(evidence.events.filter(during).map((event) => event.kind));
  const stallNs = coveredNs({ startNs: gap.startNs, endNs }, evidence.stalls);
  // The node that served was gone for good: what was waited for is the other one.
  if (evidence.takeover) causes.push('takeover');
  else if (bounds.atLeastNs > 0 || bounds.atMostNs === null) causes.push('pause');
  if (endedByRetransmission(rows, gap, reference.responseMaxNs ?? 0)) causes.push('sctpRecovery');
  if ((evidence.duplicateTsns ?? 0) > 0) causes.push('answerDirectionRecovery');
  if (kinds.has('up') || kinds.has('lost') || kinds.has('restart')) causes.push('reassociation');
  if (kinds.has('aspActive') || kinds.has('aspInactive')) causes.push('aspActivation');
  if (drainedLate(rows, gap, reference.responseMaxNs ?? 0)) causes.push('queueDrain');
  if (stallNs >= STALL_NS_MIN) causes.push('generatorStall');
  return causes.length === 0 ? ['pause'] : causes;
}

/** The message whose answer ended the gap had been sent again, and that answer came as fast after as answers normally do. */
function endedByRetransmission(rows: RowTable, gap: TargetGap, responseMaxNs: number): boolean {
  const answered = rows.column('answeredNs');
  for (let i = 0; i < rows.length; i++) {
    if (answered[i] !== gap.endNs || rows.column('transmissions')[i]! < 2) continue;
    if (rows.column('rerouted')[i] !== 0) continue;
    const lastNs = rows.column('lastNs')[i]!;
    if (lastNs > gap.lastAnswerNs && lastNs <= gap.endNs && gap.endNs - lastNs <= responseMaxNs) return true;
  }
  return false;
}

function drainedLate(rows: RowTable, gap: TargetGap, responseMaxNs: number): boolean {
  if (!Number.isFinite(gap.endNs)) return false;
  const lateNs = gap.endNs + Math.max(responseMaxNs, DRAIN_NS_MIN);
  const due = rows.column('dueNs');
  for (let i = 0; i < rows.length; i++) {
    if (due[i]! >= gap.startNs && due[i]! < gap.endNs && rows.ownAnswerNs(i) > lateNs) return true;
  }
  return false;
}

/**
 * Time from the first answer until the latency is normal again: the earliest due time from which, among the requests of about a second (20 to
 * 200), no more exceed the reference p99 than 1 % of them do by chance (the mean and two standard deviations).
 */
function recoveryNs(
  rows: RowTable,
  firstAnswerNs: number,
  reference: Reference,
  spacingNs: number,
): number | null {
  const limitNs = reference.latencyP99Ns;
  if (limitNs === null) return null;
  const due = rows.column('dueNs');
  const answered = rows.column('answeredNs');
  const perSecond = Math.floor(1e9 / spacingNs);
  const judged = Math.min(RECOVERY_REQUESTS_MAX, Math.max(RECOVERY_REQUESTS_MIN, perSecond));
  const expected = judged / 100;
  const allowed = Math.ceil(expected + 2 * Math.sqrt(expected));
  // Due times in order, each with its flag in the lowest bit: numbers sort many times faster than a comparison function does.
  const marked = new Float64Array(rows.length);
  let length = 0;
  for (let i = 0; i < rows.length; i++) {
    if (due[i]! < firstAnswerNs && answered[i]! < firstAnswerNs) continue;
    const slow = answered[i] === 0 || answered[i]! - due[i]! > limitNs;
    marked[length++] = 2 * Math.floor(due[i]!) + (slow ? 1 : 0);
  }
  const requests = marked.subarray(0, length).sort();
  let over = 0;
  for (let i = 0; i < length; i++) {
    over += requests[i]! % 2;
    if (i >= judged) over -= requests[i - judged]! % 2;
    if (i >= judged - 1 && over <= allowed) {
      return Math.max(0, Math.floor(requests[i - judged + 1]! / 2) - firstAnswerNs);
    }
  }
  return null;
}
