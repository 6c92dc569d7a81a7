import type { LiveFeed } from '../report/live-feed.js';
import { otlpMetrics } from '../report/otlp.js';
import { type CliIo, UserError } from './io.js';

const PUSH_MS = 5_000;
const TIMEOUT_MS = 5_000;
/** The last push, when the run has ended, may keep the command waiting this long. */
const LAST_TIMEOUT_MS = 2_000;
const PATH = '/v1/metrics';

/** Reads the address of a collector; without a path it gets OTLP's own. @throws UserError naming the flag */
export function parseCollector(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UserError(
      `--otlp: expected http://HOST:PORT, the OTLP/HTTP address of a collector, got '${text}'`,
    );
  }
  if (url.pathname === '/') url.pathname = PATH;
  return url;
}

/** Pushes the metrics of a run now and then. A collector that fails costs one warning and never the run. */
export class OtlpExporter {
  readonly #io: CliIo;
  readonly #feed: LiveFeed;
  readonly #url: URL;
  readonly #startUnixMs = Date.now();
  #pushedAt = performance.now();
  #under: Promise<void> | null = null;
  #failures = 0;
  #pushes = 0;

  constructor(io: CliIo, feed: LiveFeed, url: URL) {
    this.#io = io;
    this.#feed = feed;
    this.#url = url;
  }

  /** Pushes when it is time and no push is under way. */
  progress(): void {
    const now = performance.now();
    if (this.#under !== null || now - this.#pushedAt < PUSH_MS) return;
    this.#pushedAt = now;
    this.#under = this.#push(TIMEOUT_MS).finally(() => {
      this.#under = null;
    });
  }

  /** The last figures; then says how many pushes failed, if any did. */
  async end(): Promise<void> {
    await Promise.race([this.#under, new Promise((resolve) => setTimeout(resolve, LAST_TIMEOUT_MS).unref())]);
    await this.#push(LAST_TIMEOUT_MS);
    if (this.#failures > 0)
      this.#io.stderr.write(
        `busyhour: ${this.#failures} of ${this.#pushes} pushes to ${this.#url.href} failed\n`,
      );
  }

  async #push(timeoutMs: number): Promise<void> {
    this.#pushes += 1;
    try {
      const times = { startUnixNano: nano(this.#startUnixMs), nowUnixNano: nano(Date.now()) };
      const answer = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(otlpMetrics(this.#feed, times)),
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.arrayBuffer();
      if (!answer.ok) this.#failed(`it answered ${answer.status}`);
    } catch (cause) {
      this.#failed(reasonOf(cause));
    }
  }

  #failed(why: string): void {
    this.#failures += 1;
    if (this.#failures === 1)
      this.#io.stderr.write(
        `busyhour: metrics could not be pushed to ${this.#url.href}: ${why}; the run goes on\n`,
      );
  }
}

/** `fetch` hides the reason in the cause of its error. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause as { readonly code?: string } | undefined;
  if (inner?.code === 'ECONNREFUSED') return 'nobody listens there';
  return inner?.code ?? cause.message;
}

function nano(unixMs: number): string {
  return `${unixMs}000000`;
}
