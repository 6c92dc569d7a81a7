import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRun } from '../runtime/load-run.js';
import type { CliIo } from './io.js';
import { Watch, type WatchOptions } from './watch.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ANY = { host: '127.0.0.1', port: 0 };
const NOBODY: WatchOptions = { ui: null, prometheus: null, otlp: null, screen: false };

/** @returns what was told on stderr, and how opening ended */
async function open(path: string, options: Partial<WatchOptions>): Promise<{ said: string; fault: string }> {
  let said = '';
  const io = { stderr: { write: (text: string) => (said += text) } } as unknown as CliIo;
  const config = loadRun({
    flags: { target: '127.0.0.1:2905/9', rate: '1', duration: '1s' },
    seedDefault: 1,
  });
  const run = {
    config,
    id: 'x',
    folder: path,
    folderOptions: { bounds: config.files },
    plotLibrary: { script: '', style: '' },
  };
  const opened = Watch.open(io, run, { ...NOBODY, ...options });
  return opened.then(
    () => ({ said, fault: 'none' }),
    (cause: Error) => ({ said, fault: cause.message }),
  );
}

/** Nobody listens at the address of the page that was told. */
async function expectClosed(said: string): Promise<void> {
  const [url] = /http:\S+/.exec(said)!;
  await expect(fetch(url)).rejects.toThrow();
}

describe('a run that cannot be watched as asked', () => {
  it('leaves no page behind when the metrics cannot be listened on', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    try {
      const { said, fault } = await open(join(folder, 'result'), {
        ui: ANY,
        prometheus: { host: '127.0.0.1', port },
      });
      expect(fault).toBe(
        `--prometheus: cannot listen on 127.0.0.1:${port}: another process listens there; choose another HOST:PORT`,
      );
      await expectClosed(said);
    } finally {
      taken.close();
    }
  });

  it('leaves no page behind when there is no result folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { said, fault } = await open(join(folder, 'file', 'result'), { ui: ANY });
    expect(fault).toMatch(/file/);
    await expectClosed(said);
  });
});
