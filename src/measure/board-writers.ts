import {
  ASSOCIATION,
  ASSOCIATION_STATES,
  type Board,
  CONTROL,
  GAP,
  HAPPENING,
  HAPPENINGS,
  LIVE,
  MEASURE_LIMITS,
} from './board.js';
import type { AssociationSample } from './recording.js';

/** Worker's side of the rings of a board, for what happens rarely. Each ring drops and counts what it has no room for. */

/** The loop of the worker did not run between two times. */
export function writeStall(board: Board, startNs: number, endNs: number): void {
  const { control, stalls, shape } = board;
  const head = control[CONTROL.stallHead]!;
  if (((head - Atomics.load(control, CONTROL.stallTail)) | 0) >= shape.stallCapacity) {
    control[CONTROL.stallsLost]!++;
    return;
  }
  const at = (head & (shape.stallCapacity - 1)) * 2;
  stalls[at] = startNs;
  stalls[at + 1] = endNs;
  Atomics.store(control, CONTROL.stallHead, (head + 1) | 0);
}

/** Something happened to an association of a target. */
export function writeHappening(
  board: Board,
  kind: (typeof HAPPENINGS)[number],
  target: number,
  timeNs: number,
): void {
  const { control, happenings } = board;
  const head = control[CONTROL.happeningHead]!;
  const capacity = MEASURE_LIMITS.happeningCapacity;
  if (((head - Atomics.load(control, CONTROL.happeningTail)) | 0) >= capacity) return;
  const at = (head & (capacity - 1)) * HAPPENING.stride;
  happenings[at + HAPPENING.timeNs] = timeNs;
  happenings[at + HAPPENING.kind] = HAPPENINGS.indexOf(kind);
  happenings[at + HAPPENING.target] = target;
  Atomics.store(control, CONTROL.happeningHead, (head + 1) | 0);
}

/** Statistics of the association with this number, from 0; a number beyond the table is ignored. */
export function writeAssociation(
  board: Board,
  index: number,
  target: number,
  sample: AssociationSample,
): void {
  if (index >= MEASURE_LIMITS.associationsPerWorkerMax) return;
  const table = board.associations;
  const at = index * ASSOCIATION.stride;
  const state = (ASSOCIATION_STATES as readonly string[]).indexOf(sample.state);
  table[at + ASSOCIATION.id] = sample.association;
  table[at + ASSOCIATION.target] = target;
  table[at + ASSOCIATION.state] = Math.max(0, state);
  table[at + ASSOCIATION.retransmissions] = sample.retransmissions;
  table[at + ASSOCIATION.duplicateTsns] = sample.duplicateTsns ?? Number.NaN;
  table[at + ASSOCIATION.srttMs] = sample.srttMs;
  table[at + ASSOCIATION.rtoMs] = sample.rtoMs;
  table[at + ASSOCIATION.rtoMaxSeenMs] = sample.rtoMaxSeenMs;
}

/** A target did not answer between two times; the first request that waited goes with it. */
export function writeGap(board: Board, target: number, previousNs: number, answerNs: number): void {
  const { control, gaps, live, shape } = board;
  const head = control[CONTROL.gapHead]!;
  if (((head - Atomics.load(control, CONTROL.gapTail)) | 0) >= shape.gapCapacity) {
    control[CONTROL.gapsLost]!++;
    return;
  }
  const at = (head & (shape.gapCapacity - 1)) * GAP.stride;
  gaps[at + GAP.target] = target;
  gaps[at + GAP.previousNs] = previousNs;
  gaps[at + GAP.answerNs] = answerNs;
  gaps[at + GAP.firstDueNs] = live[target * LIVE.stride + LIVE.waitingSinceNs]!;
  Atomics.store(control, CONTROL.gapHead, (head + 1) | 0);
}
