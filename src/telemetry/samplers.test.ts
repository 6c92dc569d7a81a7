import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineSplitter } from './child-lines.js';
import { startLocalSampler } from './local-sampler.js';
import { startRemoteProcSampler } from './remote-proc-sampler.js';
import type { HostSample, SamplerLost, TelemetryEvent } from './sampler.js';
import { parseHost, sshCommand } from './ssh.js';
import { startStreamSampler } from './stream-sampler.js';

let bin = '';
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), 'busyhour-samplers-'));
});
afterAll(() => rmSync(bin, { recursive: true, force: true }));

/** A tool of this name on the PATH of `env`, in the place of the real one. */
function fakeTool(name: string, script: string): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(bin, 'path-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return { ...process.env, PATH: `${folder}:${process.env.PATH}` };
}

/** Collects events until `enough` of them. */
function collector(enough: (events: readonly TelemetryEvent[]) => boolean) {
  const events: TelemetryEvent[] = [];
  let done: () => void;
  const ready = new Promise<void>((resolve) => {
    done = resolve;
  });
  const sink = (event: TelemetryEvent): void => {
    events.push(event);
    if (enough(events)) done();
  };
  return { events, sink, ready };
}

const samples = (events: readonly TelemetryEvent[]): HostSample[] =>
  events.filter((event) => event.kind === 'sample');
const losses = (events: readonly TelemetryEvent[]): SamplerLost[] =>
  events.filter((event) => event.kind === 'lost');

/** Stands for ssh: runs the remote command line (its last argument) here. */
const SSH_HERE = 'for last; do :; done; exec sh -c "$last"';

describe('this host', () => {
  it('is sampled by /proc', async () => {
    const { events, sink, ready } = collector((all) => samples(all).length >= 3);
    const sampler = startLocalSampler(60, sink);
    await ready;
    await sampler.stop();
    const [first] = samples(events);
    expect(first).toMatchObject({ host: 'local', source: 'proc', clock: { of: 'this host', offsetMs: 0 } });
    expect(first!.figures.memoryUsedPercent).toBeGreaterThan(0);
    expect(first!.intervalSeconds).toBeGreaterThan(0.04);
  });

  it('reports once that /proc is missing', async () => {
    const { events, sink, ready } = collector((all) => all.length >= 1);
    const sampler = startLocalSampler(50, sink, join(bin, 'nothing'));
    await ready;
    await new Promise((resolve) => setTimeout(resolve, 200));
    await sampler.stop();
    expect(events).toHaveLength(1);
    expect(losses(events)[0]?.reason).toContain('cannot read');
  });
});

describe('a remote host', () => {
  it('is sampled by /proc over ssh, with the offset of its clock', async () => {
    const { events, sink, ready } = collector((all) => samples(all).length >= 2);
    const host = parseHost('ssh://lab@host-a:2222')!;
    const sampler = startRemoteProcSampler({ host, intervalMs: 80, env: fakeTool('ssh', SSH_HERE), sink });
    await ready;
    await sampler.stop();
    const sample = samples(events)[1]!;
    expect(sample.host).toBe('ssh://lab@host-a:2222');
    expect(sample.figures.cpuPercent).not.toBeNull();
    // One machine plays both: the true offset is 0, and has to lie within the stated error.
    expect(Math.abs(sample.clock.offsetMs!)).toBeLessThanOrEqual(sample.clock.offsetErrorMs! + 1);
    expect(losses(events)).toEqual([]);
  });

  it('is reported lost with what ssh said, and tried again', async () => {
    const refused = 'echo "lab@host-a: Permission denied (publickey)." >&2; exit 255';
    const { events, sink, ready } = collector((all) => losses(all).length >= 2);
    const host = parseHost('ssh://lab@host-a')!;
    const env = fakeTool('ssh', refused);
    const sampler = startRemoteProcSampler({ host, intervalMs: 50, env, sink, retryMs: [20] });
    await ready;
    await sampler.stop();
    expect(losses(events)[0]?.reason).toBe(
      'ssh ended with code 255: lab@host-a: Permission denied (publickey).',
    );
  });

  it('comes back after the connection broke', async () => {
    const { events, sink, ready } = collector((all) =>
      all.some((event, i) => event.kind === 'lost' && samples(all.slice(i)).length > 0),
    );
    const host = parseHost('ssh://host-a')!;
    const env = fakeTool('ssh', 'for last; do :; done; timeout 0.5 sh -c "$last"; exit 255');
    const sampler = startRemoteProcSampler({ host, intervalMs: 80, env, sink, retryMs: [20] });
    await ready;
    await sampler.stop();
    const lostAt = events.findIndex((event) => event.kind === 'lost');
    expect(events.slice(lostAt).some((event) => event.kind === 'sample')).toBe(true);
  });

  it('has a name that ssh cannot take for an option', () => {
    expect(sshCommand(parseHost('ssh://root@10.0.0.1:2222')!, 'sh').slice(-4)).toEqual([
      '-p',
      '2222',
      'root@10.0.0.1',
      'sh',
    ]);
    for (const bad of ['ssh://-oProxyCommand=x', 'ssh://a b', 'host', 'ssh://h:99999', 'ssh://h;ls']) {
      expect(() => parseHost(bad), bad).toThrow();
    }
    expect(parseHost('local')).toBeNull();
  });
});

describe('a stream', () => {
  it('is read as it comes', async () => {
    const printed = [
      '10:00:00 CPU %user %nice %system %iowait %steal %idle',
      '10:00:01 all 4.74 0.00 1.05 4.97 0.00 89.25',
    ];
    const env = fakeTool(
      'sar',
      `printf '%s\\n' ${printed.map((line) => `'${line}'`).join(' ')}; exec sleep 5`,
    );
    const { events, sink, ready } = collector((all) => samples(all).length >= 1);
    const sampler = startStreamSampler({
      host: null,
      source: 'sar',
      intervalSeconds: 1,
      cores: null,
      env,
      sink,
    });
    await ready;
    await sampler.stop();
    expect(samples(events)[0]).toMatchObject({ source: 'sar', sourceStamp: '10:00:01' });
    expect(samples(events)[0]!.figures.cpuPercent).toBeCloseTo(10.76, 9);
  });

  it('hands over a block when the tool goes quiet', async () => {
    const block = (written: number) => `Device tps kB_read/s kB_wrtn/s\\nvda 1 0 ${written}\\n`;
    const env = fakeTool('iostat', `printf 'Linux\\n\\n${block(1)}\\n${block(77)}'; exec sleep 5`);
    const { events, sink, ready } = collector((all) => samples(all).length >= 1);
    const sampler = startStreamSampler({
      host: null,
      source: 'iostat',
      intervalSeconds: 1,
      cores: null,
      env,
      sink,
    });
    await ready;
    await sampler.stop();
    expect(samples(events)[0]!.figures.diskWriteKbPerSecond).toBe(77);
  });

  it('names a tool that is not installed', async () => {
    const { events, sink, ready } = collector((all) => all.length >= 1);
    const env = { ...process.env, PATH: '/usr/bin:/bin' };
    const sampler = startStreamSampler({
      host: null,
      source: 'xentop',
      intervalSeconds: 1,
      cores: 8,
      env,
      sink,
    });
    await ready;
    await sampler.stop();
    expect(losses(events)[0]?.reason).toMatch(/xentop.*(No such file|not found)/);
  });

  it('is cut into lines, however it arrives', () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line) => lines.push(line));
    for (const char of 'a\r\nbc\n\nd') splitter.push(char);
    splitter.end();
    expect(lines).toEqual(['a', 'bc', '', 'd']);
    splitter.push('x'.repeat(3_000_000));
    splitter.push('\nlast\n');
    expect(lines.at(-1)).toBe('last');
  });
});
