// Ends a process in the middle of traffic: a responder in a worker, a load in the main thread, nothing closed.
import { Worker } from 'node:worker_threads';
import { hostOptions, nativeBinding } from './support.mjs';

const native = nativeBinding();
const stop = new Int32Array(new SharedArrayBuffer(4));
const local = { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 0 };
const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { role: 'serve', stop, options: { local } } });
worker.once('message', ({ local: remote, wakeHandle }) => {
  const host = native.open(hostOptions());
  const id = host.connect(remote);
  let answered = 0;
  let up = false;
  const end = native.nowNs() + 5e9;
  while (answered < 2000 && native.nowNs() < end) {
    const count = host.poll(native.nowNs() + 20e6);
    for (let i = 0; i < count; i++) {
      if (host.rxRecords[i * 8] === 0) answered++;
      if (host.rxRecords[i * 8] === 1) up = true;
    }
    for (let i = 0; i < 32; i++) host.txRecords.set([id, 1, 3, 0, 100, 0], i * 6);
    if (up) host.send(0, 32);
  }
  process.stdout.write(`answered ${answered > 0}\n`);
  Atomics.store(stop, 0, 1);
  native.wake(wakeHandle);
  process.exit(0);
});
