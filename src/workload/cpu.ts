import { availableParallelism } from 'node:os';
import { readCounters } from './control.js';
import { RateMeter } from './rates.js';
import { startThreads } from './threads.js';
import type { RunningWorkload, WorkloadFigures, WorkloadSink } from './workload.js';

export const CPU_LEVEL_MIN = 1;
export const CPU_LEVEL_MAX = 10;

/**
 * Share of the machine's cycles that a level asks for. `clarkson-2013` names the two ends (1: 75 % of the user's cycles, 10: 100 % of the system's); between
 * them the levels are evenly spaced here.
 */
export function cpuShare(level: number): number {
  return 0.75 + ((level - CPU_LEVEL_MIN) * 0.25) / (CPU_LEVEL_MAX - CPU_LEVEL_MIN);
}

export interface CpuOptions {
  /** 1..10 */
  readonly level: number;
  /** Default: one a processor. */
  readonly threads: number | null;
}

/** Computes Fourier transforms on every processor for the level's share of the time. */
export function startCpu(options: CpuOptions, sink: WorkloadSink): RunningWorkload {
  const threads = options.threads ?? availableParallelism();
  const share = cpuShare(options.level);
  const workers = startThreads(
    './cpu-worker.js',
    Array.from({ length: threads }, () => ({ share })),
    sink.fault,
  );
  // What the system charged this process, not what the threads think: stolen and waited time is not work.
  const used = (): number => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  const start = process.cpuUsage();
  const began = performance.now();
  const meter = new RateMeter(used, began);
  const transforms = new RateMeter(() => readCounters(workers.controls).rounds, began);
  const figures = (cores: number, perSecond: number): WorkloadFigures => ({
    cpuPercentPerThread: (100 * cores) / threads,
    transformsPerSecond: perSecond,
  });
  return {
    ready: Promise.resolve(),
    asked: { level: options.level, threads, cpuPercentPerThread: 100 * share },
    progress: () => figures(meter.sinceLast(performance.now()), transforms.sinceLast(performance.now())),
    totals: () => figures(meter.overall(performance.now()), transforms.overall(performance.now())),
    stop: workers.stop,
  };
}
