import { closeSync, openSync, writeSync } from 'node:fs';
import { RuntimeFault } from './faults.js';

/** The kernel's interface for it (PM QoS, admin-guide/pm/cpuidle): a signed word of microseconds, in force while the file stays open. */
const DEVICE = '/dev/cpu_dma_latency';
const INT32_MAX = 2 ** 31 - 1;

/**
 * Keeps all processors of this machine from idle states that take longer than `latencyNs` to wake from; 0 has them spin instead of sleep. Null leaves the
 * machine as it is. The kernel itself forgets the wish when the process ends, however it does.
 *
 * @returns what ends it; a second call does nothing
 * @throws RuntimeFault `system` when the kernel does not take it
 */
export function holdCpuLatency(latencyNs: number | null, device = DEVICE): () => void {
  if (latencyNs === null) return () => undefined;
  const microseconds = new Int32Array([Math.min(Math.floor(latencyNs / 1000), INT32_MAX)]);
  let file: number | null = null;
  const release = (): void => {
    if (file !== null) closeSync(file);
    file = null;
  };
  try {
    file = openSync(device, 'r+');
    writeSync(file, microseconds);
  } catch (cause) {
    release();
    const { message } = cause as Error;
    throw new RuntimeFault(
      'system',
      `cannot hold cpuLatency: ${message}. It needs root and a kernel with ${DEVICE}: leave it OFF otherwise.`,
    );
  }
  return release;
}
