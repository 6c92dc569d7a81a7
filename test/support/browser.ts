import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The browser of the Debian package, or null: then tests with it are skipped and say so. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly sessionId?: string;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A page of a headless Chromium, driven over its debugging pipe: what it asked for and what went wrong is kept. */
export class Page {
  /** Exceptions, console output and log entries. */
  readonly problems: string[] = [];
  /** Every address that the page asked for. */
  readonly requests: string[] = [];
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<
    number,
    { resolve: (result: Record<string, unknown>) => void; reject: (cause: Error) => void }
  >();
  #lastId = 0;
  #session: string | undefined;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let rest = '';
    (child.stdio[4] as Readable).on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) this.#hear(JSON.parse(part) as Message);
    });
  }

  static async open(): Promise<Page> {
    const profile = mkdtempSync(join(tmpdir(), 'busyhour-browser-'));
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe'];
    const child = spawn(CHROMIUM ?? 'chromium', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const page = new Page(child, profile);
    const { targetId } = await page.#call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await page.#call('Target.attachToTarget', { targetId, flatten: true });
    page.#session = sessionId as string;
    for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await page.#call(`${domain}.enable`);
    return page;
  }

  async resize(width: number, height = 900): Promise<void> {
    await this.#call('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 500,
    });
  }

  async scheme(scheme: 'light' | 'dark'): Promise<void> {
    await this.#call('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
  }

  async go(url: string): Promise<void> {
    await this.#call('Page.navigate', { url });
    await this.until('document.readyState === "complete"');
  }

  /** Value of an expression in the page; a promise is waited for. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const answer = (await this.#call('Runtime.evaluate', options)) as {
      result?: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    const fault = answer.exceptionDetails;
    if (fault !== undefined) throw new Error(fault.exception?.description ?? fault.text);
    return answer.result?.value;
  }

  /** The page as it is seen now: a PNG in base64. */
  async shoot(): Promise<string> {
    return (await this.#call('Page.captureScreenshot', { format: 'png' })).data as string;
  }

  /** Waits until an expression is true, 15 s at most. */
  async until(expression: string): Promise<void> {
    const end = performance.now() + 15_000;
    while ((await this.evaluate(expression).catch(() => false)) !== true) {
      if (performance.now() > end) throw new Error(`waited 15 s in vain for ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }

  #hear({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error !== undefined) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result ?? {});
      return;
    }
    const text = (): string => JSON.stringify(params).slice(0, 500);
    if (
      method === 'Runtime.exceptionThrown' ||
      method === 'Runtime.consoleAPICalled' ||
      method === 'Log.entryAdded'
    )
      this.problems.push(text());
    if (method === 'Network.requestWillBeSent' && params !== undefined) {
      this.requests.push((params.request as { url: string }).url);
    }
  }
}
