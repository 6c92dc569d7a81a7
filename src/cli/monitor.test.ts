import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandRunner } from '../../test/support/commands.js';
import { register } from './monitor.js';

const recorded = fileURLToPath(new URL('../../test/recorded', import.meta.url));
const busyhour = commandRunner([register], { cwd: () => recorded, env: { PATH: '/nowhere' } });

describe('monitor', () => {
  it('samples this host and ends by itself', async () => {
    const { code, out } = await busyhour('monitor', '--interval', '60ms', '--duration', '400ms', '--json');
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(events.length).toBeGreaterThanOrEqual(3);
    expect(events[0]).toMatchObject({
      kind: 'sample',
      host: 'local',
      source: 'proc',
      clock: { of: 'this host' },
    });
    const table = await busyhour('monitor', '--interval', '60ms', '--duration', '200ms');
    expect(table.out).toContain('CPU %');
  });

  it('reports a lost host and goes on with the others', async () => {
    const { code, out, err } = await busyhour(
      ...[
        'monitor',
        '--host',
        'local',
        '--host',
        'ssh://lab@host-a',
        '--interval',
        '60ms',
        '--duration',
        '300ms',
        '--json',
      ],
    );
    expect(code).toBe(0);
    expect(err).toContain('ssh://lab@host-a (proc) lost: ssh is not installed on this host; trying again');
    expect(out).toContain('"kind":"sample"');
    expect(out).toContain('"kind":"lost"');
  });

  it('reads files that tools left', async () => {
    const sar = await busyhour('monitor', '--source', 'sar', '--from', 'papers/sar.txt', '--json');
    expect(JSON.parse(sar.out)).toMatchObject({ stamp: '03:24:51 PM', figures: { cpu: { iowait: 4.97 } } });
    const xen = await busyhour(
      'monitor',
      '--source',
      'xentop',
      '--from',
      'hypervisors/xentop.txt',
      '--cores',
      '8',
    );
    expect(xen.out).toContain('25.00');
    const wrong = await busyhour('monitor', '--source', 'esxtop', '--from', 'papers/sar.txt');
    expect(wrong).toMatchObject({ code: 2, err: 'papers/sar.txt: no samples of esxtop found' });
  });

  it('says what is wrong with its flags', async () => {
    const fault = async (...argv: string[]) => (await busyhour('monitor', ...argv)).err;
    expect(await fault('--host', 'host-a')).toContain('--host: expected local or ssh://');
    expect(await fault('--interval', '10')).toContain("--interval: '10' needs a unit");
    expect(await fault('--interval', '1ms')).toContain('at least 50ms');
    expect(await fault('--source', 'top')).toContain('--source: expected proc, sar');
    expect(await fault('--source', 'sar', '--interval', '1500ms')).toContain('whole seconds');
  });
});
