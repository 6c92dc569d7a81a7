// Plain JavaScript for the threads and processes of the binding's tests: Node 20 starts no worker from TypeScript.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const RX_STRIDE = 8;
export const TX_STRIDE = 6;

/** The compiled binding, without index.ts round it. */
export function nativeBinding() {
  const path = process.env.BUSYHOUR_NATIVE || join(root, 'native', 'build', 'busyhour.node');
  return createRequire(import.meta.url)(path);
}

/** Tunables for loopback, as the architecture names them. */
export function tunables(over = {}) {
  return {
    rtoInitialMs: 200,
    rtoMinMs: 50,
    rtoMaxMs: 200,
    sackDelayMs: 10,
    sackFrequency: 2,
    heartbeatIntervalMs: 5000,
    pathMaxRetransmissions: 1000,
    associationMaxRetransmissions: 1000,
    initMaxAttempts: 5,
    outboundStreams: 32,
    inboundStreamsMax: 32,
    sendBufferBytes: 4 << 20,
    receiveBufferBytes: 4 << 20,
    bundling: 'auto',
    ...over,
  };
}

/** Host options for 127.0.0.1; `over` replaces any of them. */
export function hostOptions(over = {}) {
  return {
    carrier: 'udp',
    local: { addresses: ['127.0.0.1'], sctpPort: 0, udpPort: 0 },
    listen: false,
    reusePort: false,
    tunables: tunables(),
    receiveBatchMessages: 4096,
    receiveBatchBytes: 1 << 20,
    sendBatchMessages: 4096,
    sendBatchBytes: 1 << 20,
    associationsMax: 64,
    ...over,
  };
}

/** Sends every message of the last receive batch back on its stream; what a full buffer refuses waits in `backlog`. */
export class Echo {
  constructor(host) {
    this.host = host;
    this.backlog = new Map();
    this.echoed = 0;
    this.up = 0;
    this.ended = 0;
  }

  /** Handles `count` records. */
  take(count) {
    const { rxRecords, rxBytes, txRecords, txBytes } = this.host;
    let used = 0;
    let queued = 0;
    let association = 0;
    const send = () => {
      if (queued > 0) this.offer(association, queued);
      queued = 0;
      used = 0;
    };
    for (let i = 0; i < count; i++) {
      const at = i * RX_STRIDE;
      const kind = rxRecords[at];
      const from = rxRecords[at + 1];
      if (kind === 0) {
        if (from !== association) send();
        association = from;
        const length = rxRecords[at + 5];
        const offset = rxRecords[at + 4];
        if (this.backlog.has(from)) {
          this.backlog.get(from).push({ stream: rxRecords[at + 2], bytes: rxBytes.slice(offset, offset + length) });
          continue;
        }
        txBytes.set(rxBytes.subarray(offset, offset + length), used);
        const to = queued * TX_STRIDE;
        txRecords[to] = from;
        txRecords[to + 1] = rxRecords[at + 2];
        txRecords[to + 2] = rxRecords[at + 3];
        txRecords[to + 3] = used;
        txRecords[to + 4] = length;
        txRecords[to + 5] = 0;
        used += length;
        queued++;
      } else if (kind === 1) {
        this.up++;
      } else if (kind === 10) {
        send();
        this.drain(from);
      } else if (kind === 2 || kind === 4 || kind === 5) {
        this.ended++;
        this.backlog.delete(from);
      }
    }
    send();
  }

  offer(association, count) {
    const taken = this.host.send(0, count);
    if (taken < 0) return;
    this.echoed += taken;
    if (taken === count) return;
    const rest = [];
    for (let i = taken; i < count; i++) {
      const at = i * TX_STRIDE;
      const { txRecords, txBytes } = this.host;
      const offset = txRecords[at + 3];
      rest.push({ stream: txRecords[at + 1], bytes: txBytes.slice(offset, offset + txRecords[at + 4]) });
    }
    this.backlog.set(association, rest);
  }

  drain(association) {
    const waiting = this.backlog.get(association);
    if (waiting === undefined) return;
    this.backlog.delete(association);
    const { txRecords, txBytes } = this.host;
    while (waiting.length > 0) {
      let used = 0;
      let count = 0;
      for (const { stream, bytes } of waiting) {
        if (used + bytes.length > txBytes.length || count === 1024) break;
        txBytes.set(bytes, used);
        txRecords.set([association, stream, 3, used, bytes.length, 0], count * TX_STRIDE);
        used += bytes.length;
        count++;
      }
      const taken = this.host.send(0, count);
      if (taken < 0) return;
      this.echoed += taken;
      waiting.splice(0, taken);
      if (taken < count) {
        this.backlog.set(association, waiting);
        return;
      }
    }
  }
}
