import { afterEach, describe, expect, it } from 'vitest';
import { LiveFeed } from '../report/live-feed.js';
import type { ProgressSample } from '../report/progress.js';
import { LiveServer, parseListen } from './live-server.js';

const LIBRARY = { script: 'var uPlot;', style: '' };
const SAMPLE = { elapsedSeconds: 1, durationSeconds: 2, silentMs: null, bad: 0 } as ProgressSample;

let server: LiveServer | null = null;
const steered: string[] = [];
afterEach(async () => {
  await server?.end(null);
});

async function start(): Promise<{
  readonly live: LiveServer;
  readonly url: string;
  readonly feed: LiveFeed;
}> {
  const feed = new LiveFeed({ id: 'x', version: '1', scenario: 'probe', targets: ['a:1'] });
  server = new LiveServer(feed, LIBRARY, (action) => steered.push(action));
  return { live: server, feed, url: await server.listen('--ui', { host: '127.0.0.1', port: 0 }) };
}

/** Reads events until `count` have come. */
async function events(url: string, count: number, names: string[] = []): Promise<string[]> {
  const answer = await fetch(`${url}events`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    names.splice(0, names.length, ...[...text.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]!));
    if (names.length >= count) break;
  }
  return names;
}

describe('parseListen', () => {
  it.each([
    ['8080', { host: '127.0.0.1', port: 8080 }],
    [':8080', { host: '127.0.0.1', port: 8080 }],
    ['0.0.0.0:9', { host: '0.0.0.0', port: 9 }],
    ['[::1]:9', { host: '::1', port: 9 }],
    ['lab7', { host: 'lab7', port: 9980 }],
  ])('reads %s', (text, place) => expect(parseListen('--ui', text, 9980)).toEqual(place));
  it.each(['a b:1', '1.2.3.4:99999', ''])('refuses %s', (text) =>
    expect(() => parseListen('--ui', text, 9980)).toThrow('--ui'),
  );
});

describe('LiveServer', () => {
  it('serves page and metrics, and no report before the end', async () => {
    const { url } = await start();
    const page = await fetch(url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('EventSource');
    expect(await (await fetch(`${url}metrics`)).text()).toContain('busyhour_run_finished 0');
    expect((await fetch(`${url}report`)).status).toBe(404);
    expect((await fetch(`${url}../etc/passwd`)).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('tells late-comers the history, then what happens, then hands out the report', async () => {
    const { live, url } = await start();
    live.progress(SAMPLE);
    const names: string[] = [];
    const heard = events(url, 5, names);
    while (names.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    live.news({ at: '', text: 'x' });
    const ended = live.end('<!doctype html>the report');
    expect(await heard).toEqual(['history', 'progress', 'news', 'interval', 'ended']);
    expect(await (await fetch(`${url}report`)).text()).toBe('<!doctype html>the report');
    await ended;
    await expect(fetch(url)).rejects.toThrow();
  });

  it('is steered by its own page and by nobody else', async () => {
    const { url } = await start();
    const token = /data-token="(\w+)"/.exec(await (await fetch(url)).text())![1]!;
    const post = (body: string, headers: Record<string, string>) =>
      fetch(`${url}steer`, { method: 'POST', body, headers: { 'content-type': 'text/plain', ...headers } });
    expect((await post('pause', {})).status).toBe(403);
    expect((await post('pause', { 'x-busyhour': 'guess' })).status).toBe(403);
    expect((await post('explode', { 'x-busyhour': token })).status).toBe(400);
    expect((await post('pause', { 'x-busyhour': token })).status).toBe(202);
    expect((await post('end', { 'x-busyhour': token })).status).toBe(202);
    expect(steered).toEqual(['pause', 'end']);
  });

  it('says which port is taken', async () => {
    const { url } = await start();
    const other = new LiveServer(
      new LiveFeed({ id: 'y', version: '1', scenario: 'probe', targets: [] }),
      LIBRARY,
      () => undefined,
    );
    const place = { host: '127.0.0.1', port: Number(new URL(url).port) };
    await expect(other.listen('--prometheus', place)).rejects.toThrow(
      /--prometheus: .*another process listens there; choose another HOST:PORT/,
    );
    await other.end(null);
  });
});
