import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeTcpPort } from '../../bench/free-port.js';
import { type Transpiled, transpile } from '../../test/support/transpiled.js';

interface Line {
  readonly event: string;
  readonly asked?: Record<string, number>;
  readonly achieved?: Record<string, number>;
  readonly durationMs?: number;
  readonly lost?: number;
  readonly reason?: string;
}

let built: Transpiled;
let folder = '';
const children: ChildProcess[] = [];
beforeAll(() => {
  built = transpile(
    ['src/workload', 'src/config', 'src/cli', 'src/telemetry', 'src/analysis'],
    'src/cli/workload.js',
  );
  folder = mkdtempSync(join(tmpdir(), 'busyhour-workload-'));
});
afterAll(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  built.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly lines: Line[];
  readonly err: () => string;
  readonly until: (event: string) => Promise<Line>;
  readonly ended: Promise<number | null>;
}

/** Starts `workload ...` as its own process, as in a VM. */
function workload(...argv: string[]): Running {
  const child = spawn(process.execPath, [join(built.folder, 'main.js'), 'workload', ...argv, '--json'], {
    cwd: folder,
  });
  children.push(child);
  const lines: Line[] = [];
  const waiting: { event: string; done: (line: Line) => void }[] = [];
  let rest = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const line = JSON.parse(part) as Line;
      lines.push(line);
      for (const wait of waiting) if (wait.event === line.event) wait.done(line);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return {
    child,
    lines,
    err: () => err,
    ended,
    until: (event) => new Promise((done) => waiting.push({ event, done })),
  };
}

async function finished(run: Running): Promise<Line> {
  expect(await run.ended, run.err()).toBe(0);
  const last = run.lines.at(-1)!;
  expect(last.event).toBe('end');
  return last;
}

describe('memory', () => {
  it('is dirtied at the asked rate within 5 %', async () => {
    const run = workload(
      'memory',
      '--size',
      '16MB',
      '--dirty',
      '8MB',
      '--rate',
      '100MB/s',
      '--duration',
      '2s',
      '--interval',
      '500ms',
    );
    const { achieved, asked } = await finished(run);
    expect(asked).toEqual({ sizeMb: 16, dirtyMb: 8, dirtiedMbPerSecond: 100 });
    // What the machine kept from the thread is left out and counted; without that the rate is the asked one.
    const leftOut = achieved!.leftOutMb! / (achieved!.dirtiedMb! / achieved!.dirtiedMbPerSecond!);
    expect(achieved!.dirtiedMbPerSecond! + leftOut).toBeGreaterThan(95);
    expect(achieved!.dirtiedMbPerSecond).toBeLessThan(105);
    expect(run.lines.filter((line) => line.event === 'progress').length).toBeGreaterThanOrEqual(2);
  });

  it('is really held and written', async () => {
    const run = workload(
      'allocator',
      '--total',
      '64MB',
      '--working-set',
      '20%',
      '--threads',
      '2',
      '--rate',
      '20MB/s',
      '--interval',
      '300ms',
    );
    const line = await run.until('progress');
    await run.until('progress');
    expect(line.asked).toMatchObject({ totalMb: 64, threads: 2, dirtiedMbPerSecond: 20 });
    expect(line.asked!.workingSetMb).toBeCloseTo(12.8, 1);
    // The kernel's own count of this process's memory.
    const status = readFileSync(`/proc/${run.child.pid}/status`, 'utf8');
    expect(Number(/VmRSS:\s+(\d+)/.exec(status)![1])).toBeGreaterThan(64 * 1024);
    run.child.kill('SIGTERM');
    const { achieved } = await finished(run);
    expect(achieved!.dirtiedMbPerSecond).toBeGreaterThan(10);
  });

  it('says when there is not enough', async () => {
    const run = workload('memory', '--size', '9000000GB');
    expect(await run.ended).not.toBe(0);
    expect(run.err()).toContain('cannot be allocated');
  });
});

describe('cpu', () => {
  it('uses about the share that its level asks for', async () => {
    const run = workload('cpu', '--level', '1', '--threads', '1', '--duration', '1500ms');
    const { achieved, asked } = await finished(run);
    expect(asked).toEqual({ level: 1, threads: 1, cpuPercentPerThread: 75 });
    expect(achieved!.transformsPerSecond).toBeGreaterThan(100);
    // Other work on the machine may take cycles from it; it must not take more than asked.
    expect(achieved!.cpuPercentPerThread).toBeLessThan(90);
    expect(achieved!.cpuPercentPerThread).toBeGreaterThan(25);
  });
});

describe.concurrent('disk', () => {
  it('is written at a rate, round and round, and left as it was found', async () => {
    const run = workload(
      ...[
        'disk-write',
        '--file',
        'w.bin',
        '--size',
        '1MB',
        '--rate',
        '4MB/s',
        '--sync',
        'off',
        '--block',
        '16KB',
        '--interval',
        '200ms',
      ],
    );
    await run.until('progress');
    await run.until('progress');
    await run.until('progress');
    expect(statSync(join(folder, 'w.bin')).size).toBe(1 << 20);
    run.child.kill('SIGTERM');
    const { achieved } = await finished(run);
    expect(achieved!.writtenMbPerSecond).toBeGreaterThan(2);
    expect(achieved!.writtenMbPerSecond).toBeLessThan(4.4);
    expect(achieved!.rounds).toBeGreaterThanOrEqual(1);
    expect(existsSync(join(folder, 'w.bin'))).toBe(false);
  });

  it('is read as fast as it goes, from a file made for it', async () => {
    const run = workload('disk-read', '--file', 'r.bin', '--size', '4MB', '--duration', '400ms');
    const { achieved } = await finished(run);
    expect(achieved!.readMb).toBeGreaterThan(4);
    expect(existsSync(join(folder, 'r.bin'))).toBe(false);
  });

  it('never writes over a file that is there, and says what is wrong', async () => {
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const over = workload('disk-write', '--file', 'mine.txt');
    expect(await over.ended).toBe(1);
    expect(over.err()).toContain('mine.txt');
    expect(statSync(join(folder, 'mine.txt')).size).toBe(4);
    const short = workload('disk-read', '--file', 'mine.txt', '--size', '1MB');
    expect(await short.ended).toBe(1);
    expect(short.err()).toContain('ends at 4 of 1048576 bytes');
  });
});

describe.concurrent('udp', () => {
  it('records a pause of the far side with its length', async () => {
    const port = await freeTcpPort();
    const listener = workload('udp', '--listen', `127.0.0.1:${port}`);
    await listener.until('started');
    const sender = workload('udp', '--connect', `127.0.0.1:${port}`, '--rate', '500', '--interval', '200ms');
    await sender.until('progress');
    await sender.until('progress');
    listener.child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 400));
    listener.child.kill('SIGCONT');
    const gap = await sender.until('gap');
    expect(gap.durationMs).toBeGreaterThan(350);
    expect(gap.durationMs).toBeLessThan(900);
    sender.child.kill('SIGTERM');
    const { achieved } = await finished(sender);
    listener.child.kill('SIGTERM');
    const far = await finished(listener);
    expect(achieved!.sent).toBeGreaterThan(200);
    expect(far.achieved!.received).toBeGreaterThan(200);
    expect(far.achieved!.strange).toBe(0);
  });
});

describe.concurrent('tcp', () => {
  it('connects again after a break, begins a new numbering, and records what was lost', async () => {
    const port = await freeTcpPort();
    const first = workload('tcp', '--listen', `127.0.0.1:${port}`);
    await first.until('started');
    const sender = workload('tcp', '--connect', `127.0.0.1:${port}`, '--rate', '500', '--interval', '200ms');
    await sender.until('progress');
    await sender.until('progress');
    const broke = sender.until('break');
    first.child.kill('SIGKILL');
    await first.ended;
    await new Promise((resolve) => setTimeout(resolve, 300));
    const second = workload('tcp', '--listen', `127.0.0.1:${port}`);
    const record = await broke;
    expect(record.durationMs).toBeGreaterThan(250);
    expect(record.lost).toBeGreaterThanOrEqual(0);
    await sender.until('progress');
    sender.child.kill('SIGTERM');
    const { achieved } = await finished(sender);
    second.child.kill('SIGTERM');
    const far = await finished(second);
    expect(achieved!.breaks).toBe(1);
    expect(achieved!.acknowledged).toBeGreaterThan(100);
    expect(achieved!.sent! - achieved!.acknowledged! - achieved!.lost!).toBeLessThan(50);
    expect(far.achieved!.received).toBeGreaterThan(20);
    expect(far.achieved!.lost).toBe(0);
  });

  it('drops a stranger and says when it talks to one', async () => {
    const port = await freeTcpPort();
    const listener = workload('tcp', '--listen', `127.0.0.1:${port}`);
    await listener.until('started');
    await new Promise<void>((resolve) => {
      const stranger: Socket = createConnection(port, '127.0.0.1', () =>
        stranger.write('GET / HTTP/1.1\r\nHost: somewhere.example\r\n\r\n'),
      );
      stranger.on('close', () => resolve()).on('error', () => {});
    });
    listener.child.kill('SIGTERM');
    expect((await finished(listener)).achieved!.strange).toBe(1);
  });
});

describe.concurrent('every workload', () => {
  it.each([
    ['cpu', '--level', '1', '--threads', '1'],
    ['memory', '--size', '4MB', '--rate', '10MB/s'],
    ['disk-read', '--file', 'term.bin', '--size', '1MB', '--rate', '4MB/s'],
  ])('ends orderly on SIGTERM: %s', async (...argv) => {
    const run = workload(...argv, '--interval', '200ms');
    await run.until('progress');
    run.child.kill('SIGTERM');
    const { asked, achieved } = await finished(run);
    expect(Object.keys(asked!).length).toBeGreaterThan(0);
    expect(Object.values(achieved!).some((value) => value > 0)).toBe(true);
  });

  it('names a bad value and its flag', async () => {
    for (const [argv, fault] of [
      [['cpu', '--level', '11'], '--level: expected a whole number from 1 to 10'],
      [['memory', '--rate', 'off'], '--rate: a rate is needed'],
      [['memory', '--size', '1MB', '--dirty', '2MB'], '--dirty: must not exceed --size'],
      [['udp', '--listen', 'x'], '--listen: expected HOST:PORT'],
      [['tcp'], 'either --listen HOST:PORT or --connect HOST:PORT'],
      [['allocator', '--working-set', '0'], '--working-set: expected 1% to 100%'],
    ] as const) {
      const run = workload(...argv);
      expect(await run.ended).toBe(2);
      expect(run.err()).toContain(fault);
    }
  });
});
