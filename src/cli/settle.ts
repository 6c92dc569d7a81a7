import type { RunConfig } from '../config/run-config.js';
import type { CliIo } from './io.js';
import { performProbe } from './level-run.js';

export interface SettleOptions {
  /** Settings of a short run at a low rate. */
  readonly probe: RunConfig;
  /** Folder for the files of the probe, which are removed again. */
  readonly parent: string;
  readonly interrupt: AbortSignal;
  /** Probes before giving up. */
  readonly probesMax: number;
}

/** A latency is back when it is at most this many times its reference, or this much above it. */
const BACK_FACTOR = 2;
const BACK_MS = 1;

/**
 * Waits between two levels until the target answers as it did before the first: with nothing of the previous level left in any queue. The first
 * call takes the reference.
 */
export class Settling {
  readonly #io: CliIo;
  readonly #options: SettleOptions;
  #referenceMs: number | null = null;
  #probes = 0;

  constructor(io: CliIo, options: SettleOptions) {
    this.#io = io;
    this.#options = options;
  }

  /** Median latency of the idle target, ms; null before the first call. */
  get referenceMs(): number | null {
    return this.#referenceMs;
  }

  /** @returns null when the target is back at its reference, else a sentence that says how it answers instead */
  async wait(): Promise<string | null> {
    const { interrupt, probesMax } = this.#options;
    let medianMs: number | null = null;
    for (let attempt = 0; attempt < probesMax && !interrupt.aborted; attempt++) {
      medianMs = await this.#median();
      if (this.#referenceMs === null) {
        this.#referenceMs = medianMs;
        return null;
      }
      const limitMs = Math.max(BACK_FACTOR * this.#referenceMs, this.#referenceMs + BACK_MS);
      if (medianMs !== null && medianMs <= limitMs) return null;
    }
    if (interrupt.aborted) return null;
    const now = medianMs === null ? 'gives no answer' : `takes ${medianMs.toFixed(1)} ms`;
    return `the target ${now} after ${probesMax} probes at a low rate, against ${(this.#referenceMs ?? 0).toFixed(1)} ms before the first step`;
  }

  async #median(): Promise<number | null> {
    const { probe, parent, interrupt } = this.#options;
    this.#probes += 1;
    const runId = String(this.#probes);
    const summary = await performProbe(this.#io, { config: probe, runId, parent, interrupt });
    return summary.latencyAllMs.p50;
  }
}
