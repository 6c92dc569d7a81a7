import type { RowTable } from './rows.js';

export interface PauseEvidence {
  /** Requests of one target, at least those that were unanswered at some time of the window. */
  readonly rows: RowTable;
  /** A0; -Infinity when the target had not answered before. */
  readonly lastAnswerNs: number;
  /** A1; Infinity when it did not answer again. */
  readonly firstAnswerNs: number;
  /** Start of the observation, taken for A0 where there is none. */
  readonly observedFromNs: number;
  /** b: largest response time of the reference period, 0 when there is no reference. */
  readonly responseMaxNs: number;
  /** RTO.Max as configured: how long SCTP may take to notice that the target is back. */
  readonly rtoLimitNs: number;
}

export interface PauseBoundsNs {
  readonly atLeastNs: number;
  /** Null while the target has not answered again. */
  readonly atMostNs: number | null;
  /** Last transmission in the window that proves the target out of reach; null when there is none. */
  readonly lastUnansweredNs: number | null;
  /** How much longer than `b` the first answer after the wake-up may have taken; see {@link wakeAllowanceNs}. */
  readonly wakeAllowanceNs: number;
}

/**
 * The interval that must contain the time for which the target did not serve.
 *
 * ```
 *        A0            pause            A1
 *   answers |     [==============]      | answers
 *         t1^   t2^         t3^  P1
 * ```
 *
 * Upper bound. The target served at A0 - b at the earliest (the message answered at A0 took at most b) and no later than A1:
 * `atMost = A1 - A0 + b`.
 *
 * Lower bound. A message that a serving target receives is answered within b. So a transmission at t that is not answered by t + b
 * proves that the pause began before t + b, and, unless the target was already awake and only slow to give its first answer, that
 * it ended after t. With w, the allowance for that slowness (see {@link wakeAllowanceNs}), and `edge = A1 - b - max(w, 5 ms)`:
 * - two unanswered transmissions t1 < t3 <= edge (of whatever messages) prove `t3 - t1 - b`. The 5 ms are there because a mistake
 *   is dear: the retransmission that got through, answered a little slower than b, would pass for unanswered and add a whole RTO;
 * - a message transmitted exactly once, at t1, was not lost (it was answered after all), so nothing but the pause held it: it proves
 *   `min(answer, A1) - t1 - b - w`. Its own answer may come long after A1, at the end of a backlog of thousands that piled up:
 *   that is queueing, not pause, hence the minimum.
 *
 * A message that was transmitted several times proves no more than its single transmissions do: an answer after a retransmission says
 * when SCTP tried again, not when the target woke.
 *
 * An engine that does not tell when it transmitted (the kernel's) leaves only the offers: the target may have been back for as long as
 * SCTP takes to notice, so the first request offered in the window and answered after it proves `A1 - RTO.Max - offered - b - w`.
 *
 * The width is at most (first unanswered - A0) + 2 b + w, plus the largest RTO where only retransmissions were left to prove
 * anything. Not covered: an answer that was lost on its way back and sent again after the target's own RTO, which cannot be
 * seen from here; the cause `answerDirectionRecovery` warns of it.
 */
export function pauseBounds(evidence: PauseEvidence): PauseBoundsNs {
  const { responseMaxNs } = evidence;
  const known = Number.isFinite(evidence.lastAnswerNs);
  const lastAnswerNs = known ? evidence.lastAnswerNs : evidence.observedFromNs;
  const firstAnswerNs = evidence.firstAnswerNs;
  const wakeNs = Number.isFinite(firstAnswerNs) ? wakeAllowanceNs(evidence.rows, firstAnswerNs) : 0;
  const proof = collectProof(
    evidence.rows,
    lastAnswerNs - responseMaxNs,
    lastAnswerNs,
    firstAnswerNs - responseMaxNs - Math.max(wakeNs, SLOW_ANSWER_NS),
    responseMaxNs,
  );
  const byTransmissions = proof.lastNs - proof.firstNs - responseMaxNs;
  const bySingle = firstAnswerNs - proof.firstSingleNs - responseMaxNs - wakeNs;
  const ended = Number.isFinite(firstAnswerNs);
  const byOffers = firstAnswerNs - evidence.rtoLimitNs - firstOfferNs(evidence) - responseMaxNs - wakeNs;
  return {
    atLeastNs: Math.max(
      0,
      finiteOr0(byTransmissions),
      ended ? finiteOr0(bySingle) : 0,
      ended ? finiteOr0(byOffers) : 0,
    ),
    atMostNs: ended ? firstAnswerNs - lastAnswerNs + (known ? responseMaxNs : 0) : null,
    lastUnansweredNs: Number.isFinite(proof.lastNs) ? proof.lastNs : null,
    wakeAllowanceNs: wakeNs,
  };
}

/** Answers up to this long after A1 tell how the target works off its backlog. */
const DRAIN_NS = 250e6;
/** A transmission less than this (and b) before A1 may be the very one that was answered. */
const SLOW_ANSWER_NS = 5e6;
/** A process that is continued is not at work at once. */
const WAKE_NS_MIN = 1e6;
/** A spacing beyond this is no batch being worked off but SCTP waiting for a lost chunk. */
const WAKE_NS_MAX = 10e6;

/**
 * A target that wakes before a backlog does not answer at once: it takes in a batch first. Between two batches of answers it does
 * the same work as before its first, so the largest spacing of the answers to messages transmitted before A1, while they are
 * worked off, is the allowance (at least 1 ms, at most 10 ms). Only answers of messages that were transmitted once count: others wait for SCTP, not for the target.
 */
export function wakeAllowanceNs(rows: RowTable, firstAnswerNs: number): number {
  const first = rows.column('firstNs');
  const transmissions = rows.column('transmissions');
  const drained: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const at = rows.ownAnswerNs(i);
    if (at < firstAnswerNs || at > firstAnswerNs + DRAIN_NS) continue;
    if (transmissions[i] === 1 && first[i]! < firstAnswerNs) drained.push(at);
  }
  drained.sort((a, b) => a - b);
  let largestNs = 0;
  for (let i = 1; i < drained.length; i++) largestNs = Math.max(largestNs, drained[i]! - drained[i - 1]!);
  return Math.min(Math.max(largestNs, WAKE_NS_MIN), WAKE_NS_MAX);
}

interface Proof {
  firstNs: number;
  lastNs: number;
  firstSingleNs: number;
}

/** Finds the first and last unanswered transmission from `fromNs` to `edgeNs`, and the first message that was transmitted only once. */
function collectProof(
  rows: RowTable,
  fromNs: number,
  lastAnswerNs: number,
  edgeNs: number,
  responseMaxNs: number,
): Proof {
  const proof: Proof = {
    firstNs: Number.POSITIVE_INFINITY,
    lastNs: Number.NEGATIVE_INFINITY,
    firstSingleNs: Number.POSITIVE_INFINITY,
  };
  const transmissions = rows.column('transmissions');
  const rerouted = rows.column('rerouted');
  const times = [rows.column('firstNs'), rows.column('previousNs'), rows.column('lastNs')];
  for (let i = 0; i < rows.length; i++) {
    const answeredNs = rows.ownAnswerNs(i) || Number.POSITIVE_INFINITY;
    // A request that was never answered may have been dropped while the target still served: it proves nothing before A0.
    const earliestNs = answeredNs === Number.POSITIVE_INFINITY ? lastAnswerNs : fromNs;
    // Of a request that went elsewhere too, only the first transmission is known to have been to this target, and not even that always.
    for (const column of rerouted[i] === 0 ? times : times.slice(0, 2 - rerouted[i]!)) {
      const at = column[i]!;
      if (at === 0 || at < earliestNs || at > edgeNs || answeredNs <= at + responseMaxNs) continue;
      proof.firstNs = Math.min(proof.firstNs, at);
      proof.lastNs = Math.max(proof.lastNs, at);
      if (transmissions[i] === 1 && rerouted[i] === 0 && answeredNs !== Number.POSITIVE_INFINITY) {
        proof.firstSingleNs = Math.min(proof.firstSingleNs, at);
      }
    }
  }
  return proof;
}

/** When the first request was offered that had to wait for A1, of those whose transmissions are not known; Infinity without one. */
function firstOfferNs({ rows, lastAnswerNs, firstAnswerNs, responseMaxNs }: PauseEvidence): number {
  const offered = rows.column('offeredNs');
  const first = rows.column('firstNs');
  let earliestNs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const at = offered[i]!;
    const answeredNs = rows.ownAnswerNs(i);
    const waited = answeredNs >= firstAnswerNs && answeredNs > at + responseMaxNs;
    if (first[i] === 0 && waited && at >= lastAnswerNs - responseMaxNs) earliestNs = Math.min(earliestNs, at);
  }
  return earliestNs;
}

function finiteOr0(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
