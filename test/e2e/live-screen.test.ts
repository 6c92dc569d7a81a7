import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measure/summary.js';
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
    terminal.stdin.write('+');
    await waitFor('the new rate is on the screen', () => shown.includes('rate 50 to 55 req/s'));
    terminal.stdin.write('p');
    await waitFor('the pause is on the screen', () => shown.includes('PAUSED by the user'));
    await waitFor('nothing is offered', () => /offered \/s +0/.test(shown));
    terminal.stdin.write('p');
    await waitFor('the load goes on', () => shown.includes('the load goes on'));
    await waitFor('it is answered', () =>
      /offered \/s +[1-9]/.test(shown.slice(shown.lastIndexOf('PAUSED'))),
    );
    terminal.stdin.write('q');
    await ended;
    expect(shown).toContain('VERDICT');
    expect(shown).toContain('code 130');
    expect(shown.slice(shown.indexOf('code 130'))).toMatch(/[^-]icanon/);
    const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as RunSummary;
    expect(summary.interventions.map(({ kind }) => kind)).toEqual(['mark', 'rate', 'pause', 'resume']);
    const [, rate, pause, resume] = summary.interventions;
    expect(rate!.toPerSecond).toBeCloseTo(55, 6);
    expect(pause).toMatchObject({ toPerSecond: 0 });
    expect(resume!.toPerSecond).toBeCloseTo(55, 6);
    // The pause lasted for more than a second; no gap of that length was counted.
    const pausedMs = 1000 * (resume!.elapsedSeconds - pause!.elapsedSeconds);
    expect(pausedMs).toBeGreaterThan(500);
    expect(summary.downtime.longestGapMs).toBeLessThan(pausedMs);
    // What was due is what the changed schedule amounts to.
    const due = (from: number, to: number, perSecond: number): number => (to - from) * perSecond;
    const expected =
      due(0, rate!.elapsedSeconds, 50) +
      due(rate!.elapsedSeconds, pause!.elapsedSeconds, 55) +
      due(resume!.elapsedSeconds, summary.run.durationSeconds, 55);
    expect(Math.abs(summary.requests.due - expected)).toBeLessThan(5);
    expect(summary.requests.due).toBe(summary.requests.succeeded + summary.requests.rejected);
    expect(events()).toMatch(/"event":"mark","at":"[^"]+","elapsedSeconds":[^,]+,"text":"mark 1"/);
    await responder.end();
  }, 60_000);
});
