import { coveredNs, intersectSpans, type Span } from './gap-merge.js';

/** Stalls older than this before the newest can matter to no gap that is still to be judged. */
const KEPT_NS = 300e9;
const KEPT_MAX = 4096;

/** Times at which loops of the generator did not run, per worker, with totals over the whole run. */
export class StallBook {
  count = 0;
  maxNs = 0;
  totalNs = 0;
  readonly #workers: Span[][];

  constructor(workers: number) {
    this.#workers = Array.from({ length: workers }, () => []);
  }

  /** Adds what an earlier segment of the run counted. */
  carry(earlier: Pick<StallBook, 'count' | 'maxNs' | 'totalNs'>): void {
    this.count += earlier.count;
    this.totalNs += earlier.totalNs;
    this.maxNs = Math.max(this.maxNs, earlier.maxNs);
  }

  add(worker: number, stall: Span): void {
    const length = stall.endNs - stall.startNs;
    this.count++;
    this.totalNs += length;
    this.maxNs = Math.max(this.maxNs, length);
    const kept = this.#workers[worker]!;
    kept.push(stall);
    const forget = kept.findIndex((one) => one.endNs >= stall.endNs - KEPT_NS);
    if (forget > 0) kept.splice(0, forget);
    if (kept.length > KEPT_MAX) kept.splice(0, KEPT_MAX / 2);
  }

  /** Times at which no worker ran: a target cannot be blamed for these. */
  common(): Span[] {
    return intersectSpans(this.#workers);
  }

  /** Stalled time of the worst worker within a span. */
  worstNs(span: Span): number {
    return this.#workers.reduce((worst, stalls) => Math.max(worst, coveredNs(span, stalls)), 0);
  }
}
