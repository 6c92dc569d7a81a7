import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunSummary } from '../../src/measure/summary.js';
import { baselineCommand, busyhourCommand, startJob, startServer, stop } from './children.js';
import { CpuMeter } from './cpu.js';
import type { Placement } from './placement.js';

export type Bundling = 'auto' | 'off' | 'tick';

/** What one program showed in one round. CPU counts every thread of a process, the main thread's bookkeeping included. */
export interface Figures {
  readonly answeredPerSecond: number;
  /** Share of one core. */
  readonly generatorCpu: number | null;
  readonly responderCpu: number | null;
  readonly generatorUsPerRequest: number | null;
  readonly responderUsPerRequest: number | null;
  readonly latencyUs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly lagUs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  /** Every request that was due has been answered with success, and the run is valid. */
  readonly clean: boolean;
}

export interface BusyhourLoad {
  readonly placement: Placement;
  readonly bundling: Bundling;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly timeoutSeconds: number;
  readonly workers?: number;
  /** Responder processes, each a target of its own. */
  readonly responders?: number;
  readonly flags?: readonly string[];
  /** Answers are counted by the wall clock, from rows of this length: for loads beyond what can be answered. Otherwise as the summary says. */
  readonly rowsEvery?: '250ms';
  /** CPU and rows count from so long after the start on. */
  readonly settleSeconds?: number;
  readonly responderFlags?: readonly string[];
}

/** Time of a run that belongs to its start: nothing of it counts in CPU figures, ms. */
const WARM_UP_MS = 500;

/** One run of the generator against responders of our own. */
export async function measureBusyhour(load: BusyhourLoad): Promise<Figures & { summary: RunSummary }> {
  const { placement, bundling } = load;
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-bench-'));
  const servers = await Promise.all(
    Array.from({ length: load.responders ?? 1 }, () =>
      startServer(
        placement.responder,
        busyhourCommand([
          ...['respond', '--listen', '127.0.0.1:2905/0', '--json', '--bundle', bundling],
          ...(load.responderFlags ?? []),
        ]),
      ),
    ),
  );
  const endpoints = servers.map(({ firstLine }) => (JSON.parse(firstLine) as { endpoint: string }).endpoint);
  const job = startJob(
    placement.generator,
    busyhourCommand([
      ...['run', '--target', endpoints.join(','), '--rate', `${load.ratePerSecond}`],
      ...['--duration', `${load.seconds}s`, '--timeout', `${load.timeoutSeconds}s`, '--json'],
      ...['--bundle', bundling, '--workers', `${load.workers ?? 1}`, '--out', folder],
      ...(load.rowsEvery === undefined ? [] : ['--interval', load.rowsEvery]),
      ...(load.flags ?? []),
    ]),
  );
  const meters = [job.pid, ...servers.map(({ process }) => process.pid ?? 0)].map((pid) => new CpuMeter(pid));
  try {
    const summary = JSON.parse(await job.output([0, 3, 4, 5])) as RunSummary;
    const startUnixMs = scheduleStart(folder);
    const settledMs = Math.max(WARM_UP_MS, (load.settleSeconds ?? 0) * 1000);
    const answeredPerSecond =
      load.rowsEvery === undefined ? summary.ratePerSecond.answered : throughput(folder, settledMs);
    const until = startUnixMs + load.seconds * 1000;
    const [generatorCpu, ...responderCpus] = meters.map((meter) =>
      meter.share(startUnixMs + settledMs, until),
    );
    const responderCpu = responderCpus.reduce<number>((sum, cpu) => sum + (cpu ?? 0), 0);
    return {
      answeredPerSecond,
      generatorCpu: generatorCpu ?? null,
      responderCpu,
      generatorUsPerRequest: perRequestUs(generatorCpu ?? null, answeredPerSecond),
      responderUsPerRequest: perRequestUs(responderCpu, answeredPerSecond),
      latencyUs: microseconds(summary.latencyMs),
      lagUs: microseconds(summary.scheduleLagMs),
      clean: summary.valid && summary.requests.succeeded === summary.requests.due,
      summary,
    };
  } finally {
    for (const meter of meters) meter.stop();
    for (const server of servers) await stop(server.process);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Answers a second of wall-clock time, from `fromMs` after the start on. Rows of the series count requests by when they were due; the middle of a row is
 * answered its median latency later, which under overload grows from row to row.
 */
function throughput(folder: string, fromMs: number): number {
  const [head = '', ...lines] = readFileSync(join(folder, 'intervals.csv'), 'utf8').trim().split('\n');
  const names = head.split(',');
  const value = (line: readonly string[], name: string): number => Number(line[names.indexOf(name)]);
  const rows = lines
    .map((line) => line.split(','))
    .filter((line) => line[names.indexOf('target')] === 'all')
    .map((line) => ({
      elapsedMs: value(line, 'elapsed_s') * 1000,
      succeeded: value(line, 'succeeded'),
      answeredMs:
        (value(line, 'elapsed_s') + value(line, 'duration_s') / 2) * 1000 + value(line, 'latency_p50_ms'),
    }))
    .filter(({ elapsedMs, succeeded }) => elapsedMs >= fromMs && succeeded > 0);
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined || last === first) return 0;
  const succeeded = rows.slice(1).reduce((sum, row) => sum + row.succeeded, 0);
  return (succeeded * 1000) / (last.answeredMs - first.answeredMs);
}

function perRequestUs(share: number | null, perSecond: number): number | null {
  return share === null || perSecond === 0 ? null : (share * 1e6) / perSecond;
}

function microseconds(figures: RunSummary['latencyMs']): {
  p50: number;
  p99: number;
  p999: number;
  max: number;
} {
  const us = (ms: number | null): number => (ms === null ? Number.NaN : ms * 1000);
  return { p50: us(figures.p50), p99: us(figures.p99), p999: us(figures.p999), max: us(figures.max) };
}

/** Unix time in ms at which the schedule of a run began. */
function scheduleStart(folder: string): number {
  for (const line of readFileSync(join(folder, 'events.ndjson'), 'utf8').split('\n')) {
    if (!line.includes('"started"')) continue;
    return Date.parse((JSON.parse(line) as { at: string }).at);
  }
  throw new Error('the run wrote no event "started"');
}

export interface BaselineLoad {
  readonly placement: Placement;
  readonly bundling: Bundling;
  readonly seconds: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
  /** Messages in flight of a closed loop, or a rate that is paced. */
  readonly load: { readonly window: number } | { readonly ratePerSecond: number };
  /** Client and server pairs side by side. */
  readonly pairs?: number;
}

interface BaselineOutput {
  readonly pairsPerSecond: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly latencyUs: Figures['latencyUs'];
  readonly lagUs: Figures['lagUs'];
}

/** The same exchange by the C programs. */
export async function measureBaseline(load: BaselineLoad): Promise<Figures> {
  const mode = load.bundling === 'off' ? 'nodelay' : 'bundle';
  const kind = 'window' in load.load ? ['saturate', load.load.window] : ['paced', load.load.ratePerSecond];
  const pairs = await Promise.all(
    Array.from({ length: load.pairs ?? 1 }, async () => {
      const server = await startServer(
        load.placement.responder,
        baselineCommand(['server', '0', `${load.answerBytes}`, mode]),
      );
      const { port } = JSON.parse(server.firstLine) as { port: number };
      const client = startJob(
        load.placement.generator,
        baselineCommand([
          ...['client', `${port}`, `${load.seconds}`, `${load.requestBytes}`, mode],
          ...kind.map(String),
        ]),
      );
      return { server, client, meter: new CpuMeter(server.process.pid ?? 0) };
    }),
  );
  try {
    const fromMs = Date.now() + WARM_UP_MS;
    const outputs = await Promise.all(
      pairs.map(async ({ client }) => JSON.parse(await client.output([0])) as BaselineOutput),
    );
    const toMs = Date.now() - SETTLE_MS;
    const sum = (of: (output: BaselineOutput) => number): number =>
      outputs.reduce((total, each) => total + of(each), 0);
    const answeredPerSecond = sum((each) => each.pairsPerSecond);
    const generatorCpu = sum((each) => each.cpuSeconds / each.seconds);
    const responderCpu = pairs.reduce((total, { meter }) => total + (meter.share(fromMs, toMs) ?? 0), 0);
    const worst = outputs[0] as BaselineOutput;
    return {
      answeredPerSecond,
      generatorCpu,
      responderCpu,
      generatorUsPerRequest: perRequestUs(generatorCpu, answeredPerSecond),
      responderUsPerRequest: perRequestUs(responderCpu, answeredPerSecond),
      latencyUs: worst.latencyUs,
      lagUs: worst.lagUs,
      clean: true,
    };
  } finally {
    for (const { server, meter } of pairs) {
      meter.stop();
      await stop(server.process);
    }
  }
}

/** A client's last moments, in which it prints its results. */
const SETTLE_MS = 100;
