import type { SegmentFacts } from '../../measure/summary.js';
import type { Checkpoint } from './checkpoint.js';

/** The stretches of a run that one process after the other measured, and the one time axis that all of them are shown on. */
export class Segments {
  /** Where the time axis of the whole run begins, ns since the epoch of this process: the start of the first segment, by the wall clock. */
  readonly originNs: number;
  readonly downBeforeSeconds: number;
  readonly #ended: readonly SegmentFacts[];
  readonly #startedAt: string;
  readonly #epochUnixMs: number;

  constructor(
    earlier: Pick<Checkpoint, 'segments' | 'originUnixMs'> | null,
    begin: { readonly beginNs: number; readonly epochUnixMs: number },
  ) {
    const { beginNs, epochUnixMs } = begin;
    const beginUnixMs = epochUnixMs + beginNs / 1e6;
    this.#ended = earlier?.segments ?? [];
    this.#epochUnixMs = epochUnixMs;
    const last = this.#ended.at(-1);
    if (earlier === null || last === undefined) {
      this.originNs = beginNs;
      this.downBeforeSeconds = 0;
    } else {
      const endUnixMs = Date.parse(last.endedAt);
      // A wall clock that was set back in between must not make segments overlap.
      const downMs = Math.max(0, beginUnixMs - endUnixMs);
      this.downBeforeSeconds = downMs / 1000;
      this.originNs = beginNs - (endUnixMs - earlier.originUnixMs + downMs) * 1e6;
    }
    this.#startedAt = new Date(beginUnixMs).toISOString();
  }

  /** All segments, the last one up to a time. @param dueTotal requests due in all of them */
  upTo(endNs: number, dueTotal: number): SegmentFacts[] {
    const before = this.#ended.reduce((sum, { due }) => sum + due, 0);
    const current: SegmentFacts = {
      startedAt: this.#startedAt,
      endedAt: new Date(this.#epochUnixMs + endNs / 1e6).toISOString(),
      due: dueTotal - before,
      downBeforeSeconds: this.downBeforeSeconds,
    };
    return [...this.#ended, current];
  }

  /** What a reader must know of a run that was resumed. */
  notes(): string[] {
    const ended = this.#ended.length;
    if (ended === 0) return [];
    const down = [...this.#ended.map(({ downBeforeSeconds }) => downBeforeSeconds), this.downBeforeSeconds];
    const seconds = down.reduce((sum, each) => sum + each, 0);
    return [
      `resumed ${ended === 1 ? 'once' : `${ended} times`}: the generator was down or its last interval lost for ${seconds.toFixed(1)} s in all, which is no downtime of a target; figures of associations and CPU are of the last segment`,
    ];
  }
}
