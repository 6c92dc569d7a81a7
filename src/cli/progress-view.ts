import { type ProgressSample, progressLine, progressRecord } from '../report/progress.js';
import type { CliIo } from './io.js';

const REDRAW_MS = 200;
const RECORD_MS = 5_000;

/** Shows how a run is going: one line that redraws itself on a terminal, a line now and then elsewhere. */
export class ProgressView {
  readonly #stream: CliIo['stderr'];
  readonly #colour: boolean;
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(io: CliIo) {
    this.#stream = io.stderr;
    this.#colour = io.stderr.isTTY === true && io.env.NO_COLOR === undefined;
  }

  show(sample: ProgressSample): void {
    const now = performance.now();
    const terminal = this.#stream.isTTY === true;
    if (now - this.#shownAt < (terminal ? REDRAW_MS : RECORD_MS)) return;
    this.#shownAt = now;
    if (terminal) {
      const line = progressLine(sample, { columns: this.#stream.columns ?? 80, colour: this.#colour });
      this.#stream.write(`\r${line}\u001b[K`);
      this.#drawn = true;
    } else {
      this.#stream.write(`${progressRecord(sample)}\n`);
    }
  }

  /** Takes the line away, so that what follows starts clean. */
  clear(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[K');
    this.#drawn = false;
  }
}
