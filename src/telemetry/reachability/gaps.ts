/** A time without an answer to the probe, between two answers. */
export interface ReachabilityGap {
  /** Wall clock of this host, ms since 1970. */
  readonly fromUnixMs: number;
  readonly toUnixMs: number;
  readonly ms: number;
  /** Longest time by which a question within the gap came later than its spacing: the gap proves so much less. */
  readonly ownLateMs: number;
}

/** Finds gaps between answers. Pure: stamps come in as arguments. */
export class GapFinder {
  /** Answers so far. */
  answers = 0;
  private lastAnswerMs = 0;
  private lateMsMax = 0;
  private readonly thresholdMs: number;
  private readonly onGap: (gap: ReachabilityGap) => void;

  /** @param thresholdMs a gap up to this is none. */
  constructor(thresholdMs: number, onGap: (gap: ReachabilityGap) => void) {
    this.thresholdMs = thresholdMs;
    this.onGap = onGap;
  }

  /** A question left, so much later than its spacing. */
  asked(lateMs: number): void {
    this.lateMsMax = Math.max(this.lateMsMax, lateMs);
  }

  /** An answer came; one that is older than the last one changes nothing. */
  answered(atUnixMs: number): void {
    const ms = atUnixMs - this.lastAnswerMs;
    if (this.answers > 0 && ms > this.thresholdMs) {
      this.onGap({ fromUnixMs: this.lastAnswerMs, toUnixMs: atUnixMs, ms, ownLateMs: this.lateMsMax });
    }
    this.answers += 1;
    if (ms < 0) return;
    this.lastAnswerMs = atUnixMs;
    this.lateMsMax = 0;
  }
}

/** Gaps up to this are no news: a few questions, or the noise of a shared host. */
export function gapThresholdMs(spacingMs: number): number {
  return Math.max(5, 3 * spacingMs);
}
