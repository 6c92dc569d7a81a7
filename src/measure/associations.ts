import { ASSOCIATION, ASSOCIATION_STATES, type Board } from './board.js';
import type { AssociationSummary } from './summary.js';

interface TargetSample {
  readonly timeNs: number;
  readonly duplicateTsns: number | null;
  readonly rtoMaxMs: number | null;
}

/** How far back samples are kept. */
const SAMPLES_MAX = 2048;

/** Keeps what the workers tell of their associations: the newest figures, and a short history per target. */
export class AssociationHistory {
  readonly #boards: readonly Board[];
  readonly #samples: TargetSample[][];

  constructor(boards: readonly Board[], targets: number) {
    this.#boards = boards;
    this.#samples = Array.from({ length: targets }, () => []);
  }

  /** Takes a sample; the history then reaches back 2 048 samples. */
  sample(timeNs: number): void {
    this.#samples.forEach((samples, target) => {
      let duplicateTsns: number | null = null;
      let rtoMaxMs: number | null = null;
      for (const entry of this.#entries()) {
        if (entry.target !== target) continue;
        if (!Number.isNaN(entry.duplicateTsns)) duplicateTsns = (duplicateTsns ?? 0) + entry.duplicateTsns;
        rtoMaxMs = Math.max(rtoMaxMs ?? 0, entry.rtoMaxSeenMs, entry.rtoMs);
      }
      samples.push({ timeNs, duplicateTsns, rtoMaxMs });
      if (samples.length > SAMPLES_MAX) samples.splice(0, SAMPLES_MAX / 2);
    });
  }

  /** DATA chunks received twice from a target between the last sample before one time and the first after another; null when unknown. */
  duplicatesBetween(target: number, fromNs: number, toNs: number): number | null {
    const samples = this.#samples[target]!;
    const before = samples.findLast((sample) => sample.timeNs <= fromNs) ?? samples[0];
    const after = samples.find((sample) => sample.timeNs >= toNs) ?? samples.at(-1);
    if (before?.duplicateTsns == null || after?.duplicateTsns == null) return null;
    return Math.max(0, after.duplicateTsns - before.duplicateTsns);
  }

  /** Largest RTO that was in force towards a target so far; null when unknown. */
  rtoMaxMs(target: number): number | null {
    return this.#samples[target]!.at(-1)?.rtoMaxMs ?? null;
  }

  summaries(targets: readonly string[]): AssociationSummary[] {
    const summaries: AssociationSummary[] = [];
    for (const entry of this.#entries()) {
      summaries.push({
        id: `${entry.worker}.${entry.id}`,
        endpoint: targets[entry.target]!,
        state: ASSOCIATION_STATES[entry.state]!,
        retransmissions: entry.retransmissions,
        duplicateTsns: numberOrNull(entry.duplicateTsns),
        srttMs: numberOrNull(entry.srttMs),
        rtoMs: numberOrNull(entry.rtoMs),
        rtoMaxSeenMs: numberOrNull(entry.rtoMaxSeenMs),
      });
    }
    return summaries;
  }

  *#entries() {
    for (const { associations, shape } of this.#boards) {
      for (let at = 0; at < associations.length; at += ASSOCIATION.stride) {
        if (associations[at + ASSOCIATION.id] === 0) continue;
        yield {
          worker: shape.worker,
          id: associations[at + ASSOCIATION.id]!,
          target: associations[at + ASSOCIATION.target]!,
          state: associations[at + ASSOCIATION.state]!,
          retransmissions: associations[at + ASSOCIATION.retransmissions]!,
          duplicateTsns: associations[at + ASSOCIATION.duplicateTsns]!,
          srttMs: associations[at + ASSOCIATION.srttMs]!,
          rtoMs: associations[at + ASSOCIATION.rtoMs]!,
          rtoMaxSeenMs: associations[at + ASSOCIATION.rtoMaxSeenMs]!,
        };
      }
    }
  }
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
