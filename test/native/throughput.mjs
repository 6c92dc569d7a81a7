// What the binding alone carries: an echo pair in two processes, a core each, one association, 150-byte messages.
//   node test/native/throughput.mjs [seconds] [payload bytes] [messages in flight] [auto|off]
import { fork } from 'node:child_process';
import { Echo, hostOptions, nativeBinding, TX_STRIDE, tunables } from './support.mjs';

const role = process.env.THROUGHPUT_ROLE;
const native = nativeBinding();

function pin(cpu) {
  try {
    native.pinThread(cpu);
  } catch {
    process.stderr.write(`not pinned to CPU ${cpu}\n`);
  }
}

function serve() {
  pin(1);
  const bundling = process.env.THROUGHPUT_BUNDLING;
  const host = native.open(
    hostOptions({ listen: true, local: { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 0 }, tunables: tunables({ bundling }) }),
  );
  process.send({ local: host.local });
  const echo = new Echo(host);
  const cpuBefore = native.threadCpuNs();
  while (echo.ended === 0) echo.take(host.poll(native.nowNs() + 1e9));
  const cpuNs = native.threadCpuNs() - cpuBefore;
  host.close();
  process.send({ echoed: echo.echoed, cpuNs }, () => process.exit(0));
}

/** Keeps `inFlight` messages under way for `seconds` and returns the pairs a second. */
function load(remote, bundling, seconds, payload, inFlight) {
  pin(0);
  const host = native.open(hostOptions({ tunables: tunables({ bundling }) }));
  const association = host.connect(remote);
  const message = new Uint8Array(payload).fill(0x55);
  const burst = 512;
  for (let i = 0; i < burst; i++) {
    host.txBytes.set(message, i * payload);
    host.txRecords.set([association, 1 + (i % 16), 3, i * payload, payload, 0], i * TX_STRIDE);
  }
  let up = false;
  let credit = inFlight;
  let answers = 0;
  let blocked = false;
  let calls = 0;
  const began = native.nowNs();
  let start = 0;
  let cpu = 0;
  for (;;) {
    const now = native.nowNs();
    if (start === 0 && answers > 0 && now - began > 0.3e9) {
      start = now;
      cpu = native.threadCpuNs();
      answers = 0;
      calls = 0;
    }
    if (start !== 0 && now - start > seconds * 1e9) break;
    if (!up && now - began > 5e9) throw new Error('no association');
    const count = host.poll(now + 50e6);
    calls++;
    for (let i = 0; i < count; i++) {
      const kind = host.rxRecords[i * 8];
      if (kind === 0) {
        answers++;
        credit++;
      } else if (kind === 1) up = true;
      else if (kind === 10) blocked = false;
    }
    while (up && !blocked && credit > 0) {
      const wanted = Math.min(credit, burst);
      const taken = host.send(0, wanted);
      if (taken < 0) throw new Error('the association is gone');
      credit -= taken;
      if (taken < wanted) blocked = true;
    }
  }
  const elapsed = (native.nowNs() - start) / 1e9;
  const cpuNs = native.threadCpuNs() - cpu;
  const statistics = host.statistics(association);
  const counters = host.counters();
  host.abort(association);
  host.close();
  return {
    pairsPerSecond: Math.round(answers / elapsed),
    clientUsPerPair: cpuNs / 1000 / answers,
    clientCpu: cpuNs / 1e9 / elapsed,
    answersPerPoll: answers / calls,
    retransmissions: statistics.retransmissions,
    srttMs: statistics.srttMs,
    cwndBytes: statistics.cwndBytes,
    rtoMaxSeenMs: statistics.rtoMaxSeenMs,
    ...counters,
  };
}

async function compare() {
  const [seconds, payload, inFlight] = [process.argv[2] ?? 3, process.argv[3] ?? 150, process.argv[4] ?? 1000].map(Number);
  for (const bundling of process.argv[5] ? [process.argv[5]] : ['auto', 'off']) {
    const child = fork(process.argv[1], [], { env: { ...process.env, THROUGHPUT_ROLE: 'serve', THROUGHPUT_BUNDLING: bundling } });
    const { local } = await new Promise((resolve) => child.once('message', resolve));
    const done = new Promise((resolve) => child.once('message', resolve));
    const result = load(local, bundling, seconds, payload, inFlight);
    const { echoed, cpuNs } = await done;
    process.stdout.write(`${JSON.stringify({ bundling, payload, inFlight, ...result, serverUsPerPair: cpuNs / 1000 / echoed })}\n`);
  }
}

if (role === 'serve') serve();
else await compare();
