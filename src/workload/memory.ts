import { readCounters } from './control.js';
import { type DirtyWorkerData, PAGE_BYTES } from './dirty-layout.js';
import { RateMeter } from './rates.js';
import { startThreads, type Threads } from './threads.js';
import { BYTES_PER_MB, type RunningWorkload, type WorkloadFigures, type WorkloadSink } from './workload.js';

export interface MemoryOptions {
  /** Allocated and filled once. */
  readonly sizeBytes: number;
  /** Part that is dirtied; at most `sizeBytes`. */
  readonly dirtyBytes: number;
  /** Memory made dirty a second: 4 096 for every page written, whatever was written in it. */
  readonly bytesPerSecond: number;
}

export interface AllocatorOptions {
  readonly totalBytes: number;
  /** Writable working set, share of the total, 0..1. */
  readonly workingSetShare: number;
  readonly threads: number;
  readonly bytesPerSecond: number;
}

const wholePages = (bytes: number): number =>
  Math.max(PAGE_BYTES, Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES);

/** Figures of threads that dirty memory; rates count from the moment when the memory had been filled. */
function dirtying(threads: Threads, asked: WorkloadFigures): RunningWorkload {
  const counters = () => readCounters(threads.controls);
  let isFilled: () => void = () => {};
  const filled = new Promise<void>((resolve) => {
    isFilled = resolve;
  });
  let meter: RateMeter | null = null;
  let missed: RateMeter | null = null;
  // Filling gigabytes takes seconds, in which nothing is dirtied at a rate.
  const ready = setInterval(() => {
    if (counters().rounds < threads.controls.length) return;
    clearInterval(ready);
    meter = new RateMeter(() => counters().done, performance.now());
    missed = new RateMeter(() => counters().missed, performance.now());
    isFilled();
  }, 5);
  const mb = (bytes: number | undefined): number => (bytes ?? 0) / BYTES_PER_MB;
  return {
    ready: filled,
    asked,
    progress: () => ({
      dirtiedMbPerSecond: mb(meter?.sinceLast(performance.now())),
      leftOutMbPerSecond: mb(missed?.sinceLast(performance.now())),
    }),
    totals: () => ({
      dirtiedMbPerSecond: mb(meter?.overall(performance.now())),
      dirtiedMb: mb(counters().done),
      leftOutMb: mb(counters().missed),
    }),
    stop: async () => {
      clearInterval(ready);
      await threads.stop();
    },
  };
}

/** Allocates memory and keeps dirtying a part of it, page after page, in a thread of its own. @throws RangeError when it cannot be allocated. */
export function startMemory(options: MemoryOptions, sink: WorkloadSink): RunningWorkload {
  const sizeBytes = wholePages(options.sizeBytes);
  const dirtyBytes = wholePages(Math.min(options.dirtyBytes, sizeBytes));
  const data: Omit<DirtyWorkerData, 'control'> = {
    memory: new SharedArrayBuffer(sizeBytes),
    fill: { offset: 0, length: sizeBytes },
    dirty: { offset: 0, length: dirtyBytes },
    bytesPerSecond: options.bytesPerSecond,
    order: 'sequential',
  };
  return dirtying(startThreads('./dirty-worker.js', [data], sink.fault), {
    sizeMb: sizeBytes / BYTES_PER_MB,
    dirtyMb: dirtyBytes / BYTES_PER_MB,
    dirtiedMbPerSecond: options.bytesPerSecond / BYTES_PER_MB,
  });
}

/**
 * VM-Allocator of `westminster-2017`: fills a total once, then overwrites random pages of the writable working set from several threads.
 * @throws RangeError when the memory cannot be allocated.
 */
export function startAllocator(options: AllocatorOptions, sink: WorkloadSink): RunningWorkload {
  const { threads } = options;
  const slice = wholePages(options.totalBytes / threads);
  const working = wholePages(slice * options.workingSetShare);
  const memory = new SharedArrayBuffer(slice * threads);
  const data = Array.from({ length: threads }, (_, index) => ({
    memory,
    fill: { offset: index * slice, length: slice },
    dirty: { offset: index * slice, length: working },
    bytesPerSecond: options.bytesPerSecond / threads,
    order: 'random' as const,
  }));
  return dirtying(startThreads('./dirty-worker.js', data, sink.fault), {
    totalMb: (slice * threads) / BYTES_PER_MB,
    workingSetMb: (working * threads) / BYTES_PER_MB,
    threads,
    dirtiedMbPerSecond: options.bytesPerSecond / BYTES_PER_MB,
  });
}
