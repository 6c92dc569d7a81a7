import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MigrationRequest } from '../driver.js';
import { pauseDriver } from './pause.js';

const place = { control: null, env: process.env };
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const request = (vm: string, options: Record<string, string>, timeoutMs = 10_000): MigrationRequest => ({
  vm,
  destination: '',
  mode: 'live',
  timeoutMs,
  index: 1,
  direction: 'forth',
  options,
});

/** A process that says the time every 2 ms: its longest gap is the truth, seen from inside. */
async function ticker(): Promise<{ pid: number; longestGapMs: () => number }> {
  const script =
    'let l=process.hrtime.bigint();setInterval(()=>{const n=process.hrtime.bigint();console.log(Number(n-l)/1e6);l=n},2)';
  const child = spawn(process.execPath, ['-e', script]);
  children.push(child);
  let longest = 0;
  let rest = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) longest = Math.max(longest, Number(line));
      resolve();
    });
  });
  return { pid: child.pid!, longestGapMs: () => longest };
}

describe('pause by signals', () => {
  it('stops a process for the time asked, and bounds what it did', async () => {
    const target = await ticker();
    const driver = pauseDriver(place);
    const asked = request(String(target.pid), { durationMs: '280' });
    await driver.prepare(asked);
    const { outcome } = driver.migrate(asked, () => {});
    const { result, stopped, timeline } = await outcome;
    expect(result).toBe('completed');
    expect(stopped!.atLeastMs).toBeGreaterThanOrEqual(279.5);
    expect(stopped!.atMostMs).toBeLessThan(1_000);
    expect(timeline.map((event) => event.name)).toEqual(['started', 'paused', 'resumed', 'ended']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(target.longestGapMs()).toBeGreaterThanOrEqual(stopped!.atLeastMs - 0.5);
  });

  it('continues the process when it is cancelled or its time-out passes', async () => {
    const target = await ticker();
    const running = pauseDriver(place).migrate(
      request(String(target.pid), { durationMs: '60000' }),
      () => {},
    );
    setTimeout(() => running.cancel(), 150);
    expect(await running.outcome).toMatchObject({ result: 'cancelled' });
    const late = pauseDriver(place).migrate(
      request(String(target.pid), { durationMs: '60000' }, 150),
      () => {},
    );
    expect(await late.outcome).toMatchObject({ result: 'notConverged' });
    const state = readFileSync(`/proc/${target.pid}/stat`, 'utf8').split(') ')[1]![0];
    expect(state).not.toBe('T');
  });

  it('names what cannot be stopped', async () => {
    const driver = pauseDriver(place);
    const fault = (vm: string, options: Record<string, string>) => driver.prepare(request(vm, options));
    await expect(fault('4194303', { durationMs: '10' })).rejects.toThrow('no process 4194303');
    await expect(fault('init', { durationMs: '10' })).rejects.toThrow("'init' is no process id");
    await expect(fault(String(process.pid), { durationMs: '10' })).rejects.toThrow('that is this process');
    await expect(fault('12', { durationMs: 'long' })).rejects.toThrow('expected milliseconds');
    await expect(fault('12', {})).rejects.toThrow('option durationMs is needed');
    await expect(fault('/', { durationMs: '10', method: 'freezer' })).rejects.toThrow('no cgroup.freeze');
  });
});

describe('pause by the freezer', () => {
  const base = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((folder) =>
    existsSync(join(folder, 'cgroup.procs')),
  );

  it.skipIf(base === undefined || process.getuid?.() !== 0)(
    'freezes a cgroup (skipped without cgroup v2 and root)',
    async () => {
      const folder = join(base!, `busyhour-test-${process.pid}`);
      mkdirSync(folder);
      const target = await ticker();
      try {
        writeFileSync(join(folder, 'cgroup.procs'), String(target.pid));
        const asked = request(folder, { durationMs: '150', method: 'freezer' });
        const { stopped, result } = await pauseDriver(place).migrate(asked, () => {}).outcome;
        expect(result).toBe('completed');
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(target.longestGapMs()).toBeGreaterThanOrEqual(stopped!.atLeastMs - 0.5);
        expect(stopped!.atMostMs).toBeLessThan(200);
      } finally {
        // A group can be removed when the last process in it is gone, which takes a while on a busy machine.
        await Promise.all(
          children.splice(0).map((child) => {
            child.kill('SIGKILL');
            return once(child, 'exit');
          }),
        );
        await vi.waitFor(() => rmdirSync(folder), { timeout: 5_000 });
      }
    },
  );
});

describe('pause by virsh', () => {
  it('suspends and resumes the domain', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'busyhour-virsh-'));
    writeFileSync(join(folder, 'virsh'), `#!/bin/sh\necho "$@" >> ${folder}/log\n`);
    chmodSync(join(folder, 'virsh'), 0o755);
    const here = { control: null, env: { PATH: `${folder}:/usr/bin:/bin` } };
    const asked = request('billing1', { durationMs: '50', method: 'virsh', connect: 'test:///default' });
    const { result, stopped } = await pauseDriver(here).migrate(asked, () => {}).outcome;
    expect(result).toBe('completed');
    expect(stopped!.atLeastMs).toBeGreaterThanOrEqual(49.5);
    const log = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
    expect(log).toEqual(
      ['domstate', 'suspend', 'resume'].map((verb) => `-c test:///default ${verb} billing1`),
    );
    rmSync(folder, { recursive: true, force: true });
  });
});
