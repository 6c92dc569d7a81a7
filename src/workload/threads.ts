import { Worker } from 'node:worker_threads';
import { type Control, controlBlock, requestStop } from './control.js';
import type { WorkloadSink } from './workload.js';

/** Worker threads that were started together. */
export interface Threads {
  readonly controls: readonly Control[];
  readonly stop: () => Promise<void>;
}

/**
 * Starts worker threads from a compiled file beside this one.
 * @param file for instance `cpu-worker.js`. @param data what each thread is handed besides its control block.
 */
export function startThreads(file: string, data: readonly object[], fault: WorkloadSink['fault']): Threads {
  const controls = data.map(() => controlBlock());
  let stopping = false;
  let faulted = false;
  const fail = (reason: string): void => {
    if (faulted || stopping) return;
    faulted = true;
    fault(reason);
  };
  const ends = data.map((one, index) => {
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: { ...one, control: controls[index]!.shared },
      stdout: false,
    });
    worker.on('error', (cause: Error) => fail(`a worker thread failed: ${cause.message}`));
    return new Promise<void>((resolve) => {
      worker.on('exit', () => {
        fail('a worker thread ended by itself');
        resolve();
      });
    });
  });
  return {
    controls,
    stop: async () => {
      stopping = true;
      for (const control of controls) requestStop(control);
      await Promise.all(ends);
    },
  };
}
