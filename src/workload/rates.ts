/** Turns a growing total into rates between calls. */
export class RateMeter {
  private readonly total: () => number;
  private readonly startedAt: number;
  private lastAt: number;
  private lastTotal = 0;

  /** @param total read at every call. @param nowMs monotonic. */
  constructor(total: () => number, nowMs: number) {
    this.total = total;
    this.startedAt = nowMs;
    this.lastAt = nowMs;
  }

  /** A second, since the last call. */
  sinceLast(nowMs: number): number {
    const total = this.total();
    const rate = perSecond(total - this.lastTotal, nowMs - this.lastAt);
    this.lastAt = nowMs;
    this.lastTotal = total;
    return rate;
  }

  /** A second, since the start. */
  overall(nowMs: number): number {
    return perSecond(this.total(), nowMs - this.startedAt);
  }
}

function perSecond(amount: number, ms: number): number {
  return ms > 0 ? (1000 * amount) / ms : 0;
}
