import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { livePage } from '../report/html/live-page.js';
import type { LiveFeed, LiveNews } from '../report/live-feed.js';
import type { ProgressSample } from '../report/progress.js';
import { prometheusText } from '../report/prometheus.js';
import { STEER_ACTIONS, type SteerAction } from '../runtime/generator/steering.js';
import { whyNotListening } from '../runtime/listen-reasons.js';
import { UserError } from './io.js';
import type { PlotLibrary } from './plot-library.js';

/** Where a server listens. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

const PUSH_MS = 500;
const CLIENTS_MAX = 32;
const STEER_BYTES_MAX = 64;
/** How long pages may take to fetch the report when the run has ended. */
const LINGER_MS = 2_000;

/**
 * Reads `HOST:PORT`, `:PORT` or `PORT`; the host is loopback unless named, since whoever reaches the port sees the run.
 * @throws UserError naming the flag
 */
export function parseListen(flag: string, text: string, portDefault: number): Listen {
  const match = /^(?:(\[[0-9a-f:]+\]|[\w.-]*):)?(\d{1,5})$/i.exec(text.trim());
  if (match === null) {
    if (/^[\w.-]+$/.test(text.trim())) return { host: text.trim(), port: portDefault };
    throw new UserError(`${flag}: expected HOST:PORT or PORT, got '${text}'`);
  }
  const port = Number(match[2]);
  if (port > 65_535) throw new UserError(`${flag}: port ${port} is above 65535`);
  const host = match[1] === undefined || match[1] === '' ? '127.0.0.1' : match[1].replace(/^\[|\]$/g, '');
  return { host, port };
}

/** Serves a run while it goes on: the live page with its events, and metrics. */
export class LiveServer {
  readonly #feed: LiveFeed;
  readonly #token = randomBytes(16).toString('hex');
  readonly #page: string;
  readonly #steer: (action: SteerAction | 'end') => void;
  readonly #servers: Server[] = [];
  readonly #clients = new Set<ServerResponse>();
  #report: string | null = null;
  #reportsOwed = 0;
  #pushedAt = Number.NEGATIVE_INFINITY;

  /** @param steer does what a button of the page asks for */
  constructor(feed: LiveFeed, plotLibrary: PlotLibrary, steer: (action: SteerAction | 'end') => void) {
    this.#feed = feed;
    this.#steer = steer;
    this.#page = livePage(feed.run, plotLibrary, this.#token);
  }

  /**
   * Listens; may be called for the page and for the metrics apart.
   * @returns the address, `http://HOST:PORT/`. @throws UserError when the place cannot be listened on
   */
  async listen(flag: string, place: Listen): Promise<string> {
    const server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const why = whyNotListening(cause);
        reject(
          new UserError(
            `${flag}: cannot listen on ${place.host}:${place.port}: ${why}; choose another HOST:PORT`,
          ),
        );
      });
      server.listen(place.port, place.host, resolve);
    });
    this.#servers.push(server);
    const { address, port, family } = server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
  }

  progress(sample: ProgressSample): void {
    this.#feed.progress(sample);
    const now = performance.now();
    if (now - this.#pushedAt < PUSH_MS) return;
    this.#pushedAt = now;
    this.#push('progress', sample);
  }

  news(news: LiveNews): void {
    this.#push('news', news);
    this.#push('interval', { point: null, totals: this.#feed.totals });
  }

  /** An interval of all targets together has closed. */
  interval(): void {
    this.#push('interval', { point: this.#feed.points.at(-1) ?? null, totals: this.#feed.totals });
  }

  /** Hands the report to the pages that look, and ends when they have it, or after a moment. @param report null when there is none */
  async end(report: string | null): Promise<void> {
    this.#feed.finished = true;
    this.#report = report;
    this.#reportsOwed = report === null ? 0 : this.#clients.size;
    this.#push('ended', {});
    for (const client of this.#clients) client.end();
    const end = performance.now() + LINGER_MS;
    while (this.#reportsOwed > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?')[0];
    if (request.method === 'POST' && path === '/steer') this.#steered(request, response);
    else if (request.method !== 'GET') reply(response, 405, 'text/plain', 'only GET\n');
    else if (path === '/') reply(response, 200, 'text/html', this.#page);
    else if (path === '/metrics')
      reply(response, 200, 'text/plain; version=0.0.4', prometheusText(this.#feed));
    else if (path === '/events') this.#subscribe(response);
    else if (path === '/report') this.#giveReport(response);
    // Browsers ask for it unasked, and a 404 would stand in their console.
    else if (path === '/favicon.ico') reply(response, 204, 'image/x-icon', '');
    else reply(response, 404, 'text/plain', 'there are /, /events, /metrics and /report\n');
  }

  /** Only the page that this server gave out knows the token: another site open in the same browser cannot steer the run. */
  #steered(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers['x-busyhour'] !== this.#token) {
      reply(response, 403, 'text/plain', 'only the live page may steer the run\n');
      return;
    }
    let body = '';
    request.on('data', (chunk: Buffer) => {
      if (body.length < STEER_BYTES_MAX) body += chunk.toString();
    });
    request.on('end', () => {
      const action = [...STEER_ACTIONS, 'end' as const].find((name) => name === body);
      if (action === undefined) {
        reply(response, 400, 'text/plain', `expected one of ${STEER_ACTIONS.join(', ')}, end\n`);
        return;
      }
      this.#steer(action);
      reply(response, 202, 'text/plain', '');
    });
  }

  #giveReport(response: ServerResponse): void {
    if (this.#report === null) {
      reply(response, 404, 'text/plain', 'the run has not ended\n');
      return;
    }
    response.once('finish', () => {
      this.#reportsOwed -= 1;
    });
    reply(response, 200, 'text/html', this.#report);
  }

  #subscribe(response: ServerResponse): void {
    if (this.#clients.size >= CLIENTS_MAX) {
      reply(response, 503, 'text/plain', 'too many pages look at this run\n');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#clients.add(response);
    response.once('close', () => this.#clients.delete(response));
    const { samples, points: intervals, news, latest, totals } = this.#feed;
    response.write(message('history', { samples, intervals, news, totals }));
    if (latest !== null) response.write(message('progress', latest));
  }

  #push(event: string, data: object): void {
    const text = message(event, data);
    for (const client of this.#clients) client.write(text);
  }
}

function message(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
