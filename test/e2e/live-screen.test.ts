import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, startResponder, temporaryFolder, waitFor } from './support/processes.js';

/** util-linux gives a program a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('run --live on a terminal (needs script of util-linux)', () => {
  it('draws a screen, marks on m, ends on q, and gives the terminal back', async () => {
    const responder = await startResponder();
    const folder = join(temporaryFolder(), 'result');
    const run = [
      process.execPath,
      CLI,
      'run',
      '--target',
      responder.endpoint,
      '--carrier',
      'udp',
      '--rate',
      '50',
    ];
    const rest = ['--duration', '60s', '--interval', '1s', '--out', folder, '--live'];
    const command = `stty cols 90 rows 30; ${[...run, ...rest].join(' ')}; echo "code $?"; stty -a`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm' },
    });
    let shown = '';
    terminal.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    const ended = new Promise((resolve) => terminal.once('close', resolve));
    await waitFor('the screen shows answers', () => /answered \/s +[1-9]/.test(shown));
    terminal.stdin.write('m');
    const events = (): string =>
      existsSync(join(folder, 'events.ndjson')) ? readFileSync(join(folder, 'events.ndjson'), 'utf8') : '';
    await waitFor('the mark is on the screen', () => shown.includes('  mark 1'));
    terminal.stdin.write('q');
    await ended;
    expect(shown).toContain('VERDICT');
    expect(shown).toContain('code 130');
    expect(shown.slice(shown.indexOf('code 130'))).toMatch(/[^-]icanon/);
    expect(events()).toMatch(/"event":"mark","at":"[^"]+","text":"mark 1"/);
    await responder.end();
  }, 60_000);
});
