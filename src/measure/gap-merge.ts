/** A time without an answer, as one worker saw it at one target. Times are ns since the process epoch. */
export interface WorkerGap {
  /** -Infinity before the worker's first answer. */
  readonly previousNs: number;
  readonly answerNs: number;
  /** Since when a request waited; Infinity when none did. */
  readonly firstDueNs: number;
}

/** A time without an answer over all workers of a target. */
export interface TargetGap {
  /** Last answer before; -Infinity when the target had not answered yet. */
  readonly lastAnswerNs: number;
  /** The later of the last answer and the due time of the first unanswered request. */
  readonly startNs: number;
  /** First answer after; Infinity when none came. */
  readonly endNs: number;
}

/** Where a worker stands: its newest answer, and since when a request has been waiting. */
export interface OpenGap {
  lastAnswerNs: number;
  waitingSinceNs: number;
}

/**
 * Intersects what the workers of one target saw: the target was silent only while it was silent towards all of them.
 *
 * ```
 *   worker 0   a---------------------a      a = answer
 *   worker 1      a------------a
 *   target        a------------a            gap from the last answer over all to the first over all
 * ```
 *
 * Per worker, gaps come in order of time; the newest, still open one is in {@link open}.
 */
export class GapMerge {
  readonly open: readonly OpenGap[];
  readonly #closed: WorkerGap[][];

  constructor(workers: number) {
    const each = { length: workers };
    this.open = Array.from(each, () => ({
      lastAnswerNs: Number.NEGATIVE_INFINITY,
      waitingSinceNs: Number.POSITIVE_INFINITY,
    }));
    this.#closed = Array.from(each, () => []);
  }

  push(worker: number, gap: WorkerGap): void {
    this.#closed[worker]!.push(gap);
  }

  /**
   * Returns the gaps that ended up to `horizonNs`, in order. Every worker must have told all its answers up to then, and
   * {@link open} must have been read before its newest closed gaps were.
   */
  advance(horizonNs: number): TargetGap[] {
    const found: TargetGap[] = [];
    this.#closed.forEach((gaps, worker) => {
      for (const gap of gaps) {
        if (gap.answerNs > horizonNs) break;
        const merged = this.#mergeAt(worker, gap.answerNs);
        if (merged !== null) found.push(merged);
      }
    });
    this.#forget(horizonNs);
    return found.sort((a, b) => a.endNs - b.endNs);
  }

  /** The gap that no answer has ended, or null when nothing waits. Only meaningful when all is told. */
  trailing(): TargetGap | null {
    let lastAnswerNs = Number.NEGATIVE_INFINITY;
    let firstDueNs = Number.POSITIVE_INFINITY;
    for (const open of this.open) {
      lastAnswerNs = Math.max(lastAnswerNs, open.lastAnswerNs);
      firstDueNs = Math.min(firstDueNs, open.waitingSinceNs);
    }
    if (firstDueNs === Number.POSITIVE_INFINITY) return null;
    return { lastAnswerNs, startNs: Math.max(lastAnswerNs, firstDueNs), endNs: Number.POSITIVE_INFINITY };
  }

  /** The gap over all workers that the answer of one of them ended, or null when another had answers just before. */
  #mergeAt(worker: number, endNs: number): TargetGap | null {
    let lastAnswerNs = Number.NEGATIVE_INFINITY;
    let firstDueNs = Number.POSITIVE_INFINITY;
    for (let other = 0; other < this.#closed.length; other++) {
      const gap = this.#covering(other, endNs);
      if (gap === null) return null;
      // Two workers answered at the same instant: one gap, told by the first of them.
      if (gap.answerNs === endNs && other < worker) return null;
      lastAnswerNs = Math.max(lastAnswerNs, gap.previousNs);
      firstDueNs = Math.min(firstDueNs, gap.firstDueNs);
    }
    const startNs = Math.max(lastAnswerNs, firstDueNs);
    return startNs < endNs ? { lastAnswerNs, startNs, endNs } : null;
  }

  /** The worker's gap in which a time lies (its end included). */
  #covering(worker: number, timeNs: number): WorkerGap | null {
    for (const gap of this.#closed[worker]!) {
      if (gap.previousNs >= timeNs) break;
      if (gap.answerNs >= timeNs) return gap;
    }
    const open = this.open[worker]!;
    if (open.lastAnswerNs >= timeNs) return null;
    return {
      previousNs: open.lastAnswerNs,
      answerNs: Number.POSITIVE_INFINITY,
      firstDueNs: open.waitingSinceNs,
    };
  }

  /** Drops what no later answer can need: gaps that ended up to the horizon. */
  #forget(horizonNs: number): void {
    for (const gaps of this.#closed) {
      let keepFrom = 0;
      while (keepFrom < gaps.length && gaps[keepFrom]!.answerNs <= horizonNs) keepFrom++;
      if (keepFrom > 0) gaps.splice(0, keepFrom);
    }
  }
}

/** A closed stretch of time. */
export interface Span {
  readonly startNs: number;
  readonly endNs: number;
}

/** The times that lie in a span of every list; each list in order and without overlaps of its own. */
export function intersectSpans(lists: readonly (readonly Span[])[]): Span[] {
  const [first, ...rest] = lists;
  if (first === undefined) return [];
  return rest.reduce<Span[]>((common, list) => intersectTwo(common, list), [...first]);
}

function intersectTwo(a: readonly Span[], b: readonly Span[]): Span[] {
  const common: Span[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const startNs = Math.max(a[i]!.startNs, b[j]!.startNs);
    const endNs = Math.min(a[i]!.endNs, b[j]!.endNs);
    if (startNs < endNs) common.push({ startNs, endNs });
    if (a[i]!.endNs < b[j]!.endNs) i++;
    else j++;
  }
  return common;
}

/** How much of a span the spans of a list cover; the list without overlaps. */
export function coveredNs(span: Span, list: readonly Span[]): number {
  let covered = 0;
  for (const other of list) {
    covered += Math.max(0, Math.min(span.endNs, other.endNs) - Math.max(span.startNs, other.startNs));
  }
  return covered;
}
