import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ValueError } from '../config/errors.js';
import { isOff, parseBytes, parseCount, parseDurationNs } from '../config/quantities.js';
import { CPU_LEVEL_MAX, CPU_LEVEL_MIN, startCpu } from '../workload/cpu.js';
import { type DiskOptions, startDiskRead, startDiskWrite } from '../workload/disk.js';
import { startAllocator, startMemory } from '../workload/memory.js';
import { HEADER_BYTES, MESSAGE_BYTES_MAX } from '../workload/sequence.js';
import type { HostPort, ListenerOptions, SenderOptions } from '../workload/stream-options.js';
import { startTcpListener, startTcpSender } from '../workload/tcp.js';
import { startUdpListener, startUdpSender } from '../workload/udp.js';
import type { RunningWorkload, WorkloadFigures, WorkloadSink } from '../workload/workload.js';
import { type CliContext, EXIT, UserError } from './io.js';
import { untilSignal } from './until-signal.js';

interface Common {
  readonly interval: string;
  readonly duration?: string;
  readonly json?: boolean;
}

type Start = (sink: WorkloadSink) => RunningWorkload;

/** A value of the command line by one of the parsers of src/config. */
function flag<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (cause) {
    if (cause instanceof ValueError) throw new UserError(`${name}: ${cause.message}`);
    throw cause;
  }
}

const bytes = (name: string, text: string): number => {
  const value = flag(name, text, parseBytes);
  if (value <= 0) throw new UserError(`${name}: must be above 0`);
  return value;
};

/** `100MB/s`, `100MB` or `off`. */
const byteRate = (name: string, text: string): number | null =>
  isOff(text) ? null : bytes(name, text.replace(/\/s$/, ''));

const count = (name: string, text: string, min: number, max: number): number =>
  flag(name, text, (value) => parseCount(value, min, max));

/** `HOST:PORT`, IPv6 in brackets. */
function hostPort(name: string, text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new UserError(`${name}: expected HOST:PORT, got '${text}'`);
  return { host: match[1] ?? match[2]!, port };
}

function share(name: string, text: string): number {
  const match = /^(\d{1,3}(?:\.\d+)?)%?$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || !(value > 0 && value <= 100))
    throw new UserError(`${name}: expected 1% to 100%, got '${text}'`);
  return value / 100;
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 3 : 1);
}

const figuresText = (figures: WorkloadFigures): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${numberText(value)}`)
    .join('  ');

/** Runs a workload until a signal, its time or its fault; prints asked against achieved. */
async function runWorkload(context: CliContext, name: string, common: Common, start: Start): Promise<void> {
  const intervalMs = flag('--interval', common.interval, parseDurationNs) / 1e6;
  if (intervalMs < 100) throw new UserError('--interval: at least 100ms');
  const durationMs =
    common.duration === undefined ? null : flag('--duration', common.duration, parseDurationNs) / 1e6;
  const json = common.json === true;
  const say = (event: string, text: string, more: object): void => {
    const line = json
      ? JSON.stringify({ event, workload: name, at: new Date().toISOString(), ...more })
      : `${event.padEnd(9)} ${text}`;
    context.stdout.write(`${line}\n`);
  };
  const cancel = new AbortController();
  let faulted: string | null = null;
  const workload = allocating(() =>
    start({
      record: (record) => {
        const lost = record.lost > 0 ? `, ${record.lost} lost` : '';
        const text = `${record.startedAt} to ${record.endedAt ?? 'now'}: ${record.durationMs.toFixed(0)} ms${lost}, ${record.reason}`;
        say(record.event, text, record);
      },
      fault: (reason) => {
        faulted = reason;
        cancel.abort();
      },
    }),
  );
  const ended = untilSignal(durationMs, cancel.signal);
  const { asked } = workload;
  await Promise.race([workload.ready, ended]);
  const began = performance.now();
  const elapsedSeconds = (): number => (performance.now() - began) / 1000;
  if (!cancel.signal.aborted) say('started', `${name}: ${figuresText(asked)}`, { pid: process.pid, asked });
  const timer = setInterval(() => {
    const achieved = workload.progress();
    say('progress', `${elapsedSeconds().toFixed(0).padStart(5)} s  ${figuresText(achieved)}`, {
      elapsedSeconds: elapsedSeconds(),
      asked,
      achieved,
    });
  }, intervalMs);
  await ended;
  clearInterval(timer);
  const achieved = workload.totals();
  await workload.stop();
  say('end', `${name}: ${figuresText(achieved)}`, { elapsedSeconds: elapsedSeconds(), asked, achieved });
  if (faulted !== null) throw new UserError(`${name}: ${faulted}`, EXIT.ourFault);
}

/** Memory that cannot be had is the user's to mend. */
function allocating(start: () => RunningWorkload): RunningWorkload {
  try {
    return start();
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new UserError(`the memory cannot be allocated (${cause.message}): ask for less`);
    throw cause;
  }
}

function common(command: Command): Command {
  return command
    .option('--interval <time>', 'how often achieved rates are printed', '10s')
    .option('--duration <time>', 'end by itself after this time (default: on SIGTERM or Ctrl-C)')
    .option('--json', 'one JSON object a line');
}

function registerCpu(group: Command, context: CliContext): void {
  common(group.command('cpu'))
    .description('Fourier transforms on every processor')
    .option('--level <1-10>', '1: 75 % of the cycles ... 10: all of them', '10')
    .option('--threads <n>', 'default: one a processor')
    .action((options: Common & { level: string; threads?: string }) => {
      const level = count('--level', options.level, CPU_LEVEL_MIN, CPU_LEVEL_MAX);
      const threads = options.threads === undefined ? null : count('--threads', options.threads, 1, 1024);
      return runWorkload(context, 'cpu', options, (sink) => startCpu({ level, threads }, sink));
    });
}

function registerMemory(group: Command, context: CliContext): void {
  common(group.command('memory'))
    .description('allocate memory and dirty a part of it at a rate')
    .option('--size <bytes>', 'memory to allocate and fill with random bytes', '64MB')
    .option('--dirty <bytes>', 'part of it that is written again and again (default: all)')
    .option('--rate <bytes/s>', 'memory made dirty a second; a page counts 4 KB', '100MB/s')
    .action((options: Common & { size: string; dirty?: string; rate: string }) => {
      const sizeBytes = bytes('--size', options.size);
      const dirtyBytes = options.dirty === undefined ? sizeBytes : bytes('--dirty', options.dirty);
      if (dirtyBytes > sizeBytes) throw new UserError('--dirty: must not exceed --size');
      const bytesPerSecond = byteRate('--rate', options.rate);
      if (bytesPerSecond === null) throw new UserError('--rate: a rate is needed, for instance 100MB/s');
      return runWorkload(context, 'memory', options, (sink) =>
        startMemory({ sizeBytes, dirtyBytes, bytesPerSecond }, sink),
      );
    });
  common(group.command('allocator'))
    .description(
      'VM-Allocator: fill a total once, then overwrite a writable working set from several threads',
    )
    .option('--total <bytes>', 'memory to fill', '256MB')
    .option('--working-set <percent>', 'part of it that is overwritten (the paper: 10, 20 or 30 %)', '10%')
    .option('--threads <n>', 'threads that overwrite', '4')
    .option(
      '--rate <bytes/s>',
      'all threads together; slower than the network that a migration uses',
      '20MB/s',
    )
    .action((options: Common & { total: string; workingSet: string; threads: string; rate: string }) => {
      const totalBytes = bytes('--total', options.total);
      const workingSetShare = share('--working-set', options.workingSet);
      const threads = count('--threads', options.threads, 1, 256);
      const bytesPerSecond = byteRate('--rate', options.rate);
      if (bytesPerSecond === null) throw new UserError('--rate: a rate is needed, for instance 20MB/s');
      const asked = { totalBytes, workingSetShare, threads, bytesPerSecond };
      return runWorkload(context, 'allocator', options, (sink) => startAllocator(asked, sink));
    });
}

interface DiskFlags extends Common {
  readonly file: string;
  readonly size: string;
  readonly rate: string;
  readonly block: string;
  readonly sync?: string;
}

function registerDisk(group: Command, context: CliContext): void {
  const register = (
    name: 'disk-write' | 'disk-read',
    what: string,
    start: (options: DiskOptions, sink: WorkloadSink) => RunningWorkload,
  ) => {
    const command = common(group.command(name))
      .description(what)
      .requiredOption(
        '--file <path>',
        name === 'disk-write'
          ? 'a file that does not exist yet; removed at the end'
          : 'read if it exists, else written first and removed at the end',
      )
      .option('--size <bytes>', 'length after which it begins again from the start', '256MB')
      .option('--rate <bytes/s>', 'bytes a second, or off: as fast as the disk allows', 'off')
      .option('--block <bytes>', 'bytes of one call', '64KB');
    if (name === 'disk-write')
      command.option('--sync <bytes>', 'make it durable after so many bytes, or off', '16MB');
    command.action((options: DiskFlags) => {
      const disk: DiskOptions = {
        file: resolve(context.cwd, options.file),
        sizeBytes: bytes('--size', options.size),
        bytesPerSecond: byteRate('--rate', options.rate),
        blockBytes: bytes('--block', options.block),
        syncEveryBytes:
          options.sync === undefined || isOff(options.sync) ? null : bytes('--sync', options.sync),
      };
      return runWorkload(context, name, options, (sink) => start(disk, sink));
    });
  };
  register('disk-write', 'write a file from start to end, again and again', startDiskWrite);
  register('disk-read', 'read a file from start to end, again and again', startDiskRead);
}

interface StreamFlags extends Common {
  readonly connect?: string;
  readonly listen?: string;
  readonly rate: string;
  readonly size: string;
  readonly silence: string;
}

function registerStream(
  group: Command,
  context: CliContext,
  name: 'tcp' | 'udp',
  what: string,
  sender: (options: SenderOptions, sink: WorkloadSink) => RunningWorkload,
  listener: (options: ListenerOptions, sink: WorkloadSink) => RunningWorkload,
): void {
  common(group.command(name))
    .description(what)
    .option('--listen <host:port>', 'be the side that checks and answers')
    .option('--connect <host:port>', 'be the side that sends')
    .option('--rate <n>', 'messages a second', '1000')
    .option('--size <bytes>', `bytes of a message, ${HEADER_BYTES} to ${MESSAGE_BYTES_MAX}`, '200')
    .option('--silence <time>', 'a longer time without messages is recorded as a gap', '50ms')
    .action((options: StreamFlags) => {
      const silenceMs = flag('--silence', options.silence, parseDurationNs) / 1e6;
      if ((options.listen === undefined) === (options.connect === undefined)) {
        throw new UserError(`${name}: either --listen HOST:PORT or --connect HOST:PORT`);
      }
      if (options.listen !== undefined) {
        const local = hostPort('--listen', options.listen);
        return runWorkload(context, name, options, (sink) => listener({ local, silenceMs }, sink));
      }
      const peer = hostPort('--connect', options.connect!);
      const messagesPerSecond = count('--rate', options.rate, 1, 1_000_000);
      const messageBytes = count('--size', options.size, HEADER_BYTES, MESSAGE_BYTES_MAX);
      const asked = { peer, messagesPerSecond, messageBytes, silenceMs };
      return runWorkload(context, name, options, (sink) => sender(asked, sink));
    });
}

/** `busyhour workload NAME`: stress inside a VM, as the papers put it there. */
export function register(program: Command, context: CliContext): void {
  const group = program
    .command('workload')
    .description(
      'stress inside a VM: CPU, memory, disk, network streams; prints achieved against asked rates',
    );
  registerCpu(group, context);
  registerMemory(group, context);
  registerDisk(group, context);
  registerStream(
    group,
    context,
    'tcp',
    'numbered messages over TCP: breaks, reconnects, gaps',
    startTcpSender,
    startTcpListener,
  );
  registerStream(
    group,
    context,
    'udp',
    'numbered datagrams: gaps with time stamps',
    startUdpSender,
    startUdpListener,
  );
}
