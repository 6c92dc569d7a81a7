import type { LiveFeed } from '../report/live-feed.js';
import { liveScreen } from '../report/live-screen.js';
import type { SteerAction, Steering } from '../runtime/generator/steering.js';
import type { CliIo } from './io.js';

const REDRAW_MS = 500;
const ROWS_DEFAULT = 24;
const KEYS: Readonly<Record<string, SteerAction>> = {
  '+': 'faster',
  '=': 'faster',
  '-': 'slower',
  p: 'pause',
  ' ': 'pause',
  m: 'mark',
};

/** The screen of a run on a terminal, drawn over itself, and the keys that belong to it. It leaves the terminal as it was. */
export class LiveView {
  readonly #io: CliIo;
  readonly #feed: LiveFeed;
  readonly #steering: Steering;
  readonly #colour: boolean;
  #drawnLines = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(io: CliIo, feed: LiveFeed, steering: Steering) {
    this.#io = io;
    this.#feed = feed;
    this.#steering = steering;
    this.#colour = io.env.NO_COLOR === undefined;
    const { stdin } = process;
    if (stdin.isTTY !== true) return;
    stdin.setRawMode(true);
    stdin.on('data', this.#key);
    stdin.resume();
  }

  draw(): void {
    const now = performance.now();
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const { stderr } = this.#io;
    const rows = (stderr as { readonly rows?: number }).rows ?? ROWS_DEFAULT;
    const lines = liveScreen(this.#feed, {
      columns: (stderr.columns ?? 80) - 1,
      rows: rows - 1,
      colour: this.#colour,
    });
    // Each line clears what is left of the one that it covers, the last one all below it: nothing flickers.
    stderr.write(`${this.#back()}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    this.#drawnLines = lines.length;
  }

  /** Takes the screen away and gives the terminal back. */
  end(): void {
    const { stdin } = process;
    if (stdin.isTTY === true) {
      stdin.off('data', this.#key);
      stdin.setRawMode(false);
      stdin.pause();
    }
    this.#io.stderr.write(`${this.#back()}\u001b[J`);
    this.#drawnLines = 0;
  }

  #back(): string {
    return this.#drawnLines === 0 ? '' : `\u001b[${this.#drawnLines}A\r`;
  }

  readonly #key = (bytes: Buffer): void => {
    const text = bytes.toString();
    // A raw terminal hands Ctrl-C over as a character; it and q mean the same orderly end.
    if (text.includes('q') || text.includes('\u0003')) process.kill(process.pid, 'SIGINT');
    for (const key of text) {
      const action = KEYS[key];
      if (action !== undefined) this.#steering.ask(action);
    }
  };
}
