import { parentPort, workerData } from 'node:worker_threads';
import { type ProberOptions, startProber } from './probers.js';

/** Asks in a thread of its own, so that nothing that the main thread does shows as a gap. A message from there ends it. */
const port = parentPort!;
const end = await startProber(workerData as ProberOptions, {
  gap: (gap) => port.postMessage({ gap }),
  fault: (fault) => port.postMessage({ fault }),
});
port.once('message', () => {
  end();
  port.close();
});
