import type { Binding } from '../transport/sctp.js';

/** The shortest that Linux grants. */
const SLICE_NS = 100_000;

/**
 * Makes the calling thread fit for the loop of a worker: on `cpu` where one is given, woken to the microsecond, and at once although another
 * thread, the main thread or one of V8's for instance, is in the middle of its time slice.
 *
 * @throws BindingError when this process may not use `cpu`
 */
export function prepareLoopThread(binding: Binding, cpu: number | undefined): void {
  if (cpu !== undefined) binding.pinThread(cpu);
  binding.setTimerSlackNs(1);
  binding.setTimeSliceNs(SLICE_NS);
}
