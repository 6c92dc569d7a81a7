// A worker of the binding's tests. workerData: { role, ... }; `stop` is an Int32Array on shared memory.
import { parentPort, workerData } from 'node:worker_threads';
import { Echo, hostOptions, nativeBinding, TX_STRIDE } from './support.mjs';

const native = nativeBinding();

/** Echoes until `stop` is set and the wake handle is used. */
function serve({ stop, options }) {
  const host = native.open(hostOptions({ listen: true, reusePort: true, ...options }));
  parentPort.postMessage({ local: host.local, wakeHandle: host.wakeHandle });
  const echo = new Echo(host);
  let polls = 0;
  while (Atomics.load(stop, 0) === 0) {
    echo.take(host.poll(native.nowNs() + 10e9));
    polls++;
  }
  if (!workerData.leaveOpen) host.close();
  parentPort.postMessage({ echoed: echo.echoed, up: echo.up, polls });
}

/** Sends `total` messages over `associations` associations and checks the answers: order, number, nothing twice. */
function load({ remote, total, associations, options }) {
  const host = native.open(hostOptions(options));
  const ids = Array.from({ length: associations }, () => host.connect(remote));
  const sent = new Map(ids.map((id) => [id, 0]));
  const next = new Map(ids.map((id) => [id, 0]));
  const blocked = new Set(ids);
  let wrong = 0;
  let answered = 0;
  let ended = 0;
  const end = native.nowNs() + 20e9;
  const view = new DataView(host.rxBytes.buffer);
  const out = new DataView(host.txBytes.buffer);
  while (answered < total * associations && ended === 0 && native.nowNs() < end) {
    const count = host.poll(native.nowNs() + 20e6);
    for (let i = 0; i < count; i++) {
      const kind = host.rxRecords[i * 8];
      const id = host.rxRecords[i * 8 + 1];
      if (kind === 1 || kind === 10) blocked.delete(id);
      else if (kind === 0) {
        const number = view.getUint32(host.rxRecords[i * 8 + 4]);
        if (number !== next.get(id)) wrong++;
        next.set(id, number + 1);
        answered++;
      } else if (kind === 2 || kind === 5 || kind === 6) ended++;
    }
    for (const id of ids) {
      const from = sent.get(id);
      const want = Math.min(64, total - from, 500 - (from - next.get(id)));
      if (blocked.has(id) || want <= 0) continue;
      for (let i = 0; i < want; i++) {
        out.setUint32(i * 120, from + i);
        host.txRecords.set([id, 1, 3, i * 120, 120, 0], i * TX_STRIDE);
      }
      const taken = host.send(0, want);
      if (taken < want) blocked.add(id);
      sent.set(id, from + Math.max(taken, 0));
    }
  }
  if (!workerData.leaveOpen) host.close();
  parentPort.postMessage({ answered, wrong, ended });
}

if (workerData.role === 'serve') serve(workerData);
else load(workerData);
