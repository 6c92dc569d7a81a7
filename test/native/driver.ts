/** Drives hosts of the binding from one thread: polls them in turn and keeps what came. */
import {
  type Carrier,
  RX,
  RX_KIND,
  type SctpEndpoint,
  type SctpHost,
  type SctpHostOptions,
  type SctpTunables,
  TX,
} from '../../native/api.js';
import { loadBinding } from '../../native/index.js';

export const binding = loadBinding();

export type KindName = keyof typeof RX_KIND;

const kindNames = new Map<number, KindName>(
  (Object.entries(RX_KIND) as [KindName, number][]).map(([name, value]) => [value, name]),
);

export interface Received {
  readonly kind: KindName;
  readonly association: number;
  readonly stream: number;
  readonly ppid: number;
  readonly code: number;
  readonly flag: number;
  readonly timeNs: number;
  readonly bytes: Buffer;
}

export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly stream?: number;
  readonly ppid?: number;
  readonly token?: number;
}

export const tunables: SctpTunables = {
  rtoInitialMs: 200,
  rtoMinMs: 50,
  rtoMaxMs: 200,
  sackDelayMs: 10,
  sackFrequency: 2,
  heartbeatIntervalMs: 5000,
  pathMaxRetransmissions: 1000,
  associationMaxRetransmissions: 1000,
  initMaxAttempts: 5,
  outboundStreams: 16,
  inboundStreamsMax: 16,
  sendBufferBytes: 1 << 20,
  receiveBufferBytes: 1 << 20,
  bundling: 'auto',
};

type Over = Partial<Omit<SctpHostOptions, 'tunables' | 'local'>> & {
  readonly tunables?: Partial<SctpTunables>;
  readonly local?: Partial<SctpEndpoint>;
};

/** Complete options for 127.0.0.1 from those that a test cares about. */
export function options(carrier: Carrier, over: Over = {}): SctpHostOptions {
  return {
    carrier,
    listen: false,
    reusePort: false,
    receiveBatchMessages: 256,
    receiveBatchBytes: 1 << 18,
    sendBatchMessages: 512,
    sendBatchBytes: 1 << 18,
    associationsMax: 64,
    ...over,
    local: { addresses: ['127.0.0.1'], sctpPort: 0, udpPort: 0, ...over.local },
    tunables: { ...tunables, ...over.tunables },
  };
}

export class Driven {
  readonly host: SctpHost;
  readonly received: Received[] = [];

  constructor(hostOptions: SctpHostOptions) {
    this.host = binding.open(hostOptions);
  }

  /** One poll of at most `waitMs`; returns the number of records. */
  poll(waitMs = 0): number {
    const count = this.host.poll(binding.nowNs() + waitMs * 1e6);
    const { rxRecords, rxBytes, rxTimesNs } = this.host;
    for (let i = 0; i < count; i++) {
      const at = i * RX.stride;
      const offset = rxRecords[at + RX.offset]!;
      const kind = kindNames.get(rxRecords[at + RX.kind]!);
      if (kind === undefined) throw new Error(`record of unknown kind ${rxRecords[at + RX.kind]}`);
      this.received.push({
        kind,
        association: rxRecords[at + RX.association]!,
        stream: rxRecords[at + RX.stream]!,
        ppid: rxRecords[at + RX.ppid]!,
        code: rxRecords[at + RX.code]!,
        flag: rxRecords[at + RX.flag]!,
        timeNs: rxTimesNs[i]!,
        bytes: Buffer.from(rxBytes.subarray(offset, offset + rxRecords[at + RX.length]!)),
      });
    }
    return count;
  }

  /** Offers the messages in one call; returns how many were taken. */
  send(association: number, messages: readonly Outgoing[]): number {
    const { txBytes, txRecords } = this.host;
    let used = 0;
    messages.forEach((message, i) => {
      txBytes.set(message.bytes, used);
      const at = i * TX.stride;
      txRecords[at + TX.association] = association;
      txRecords[at + TX.stream] = message.stream ?? 1;
      txRecords[at + TX.ppid] = message.ppid ?? 3;
      txRecords[at + TX.offset] = used;
      txRecords[at + TX.length] = message.bytes.length;
      txRecords[at + TX.token] = message.token ?? 0;
      used += message.bytes.length;
    });
    return this.host.send(0, messages.length);
  }

  of(kind: KindName): Received[] {
    return this.received.filter((each) => each.kind === kind);
  }

  messages(): Received[] {
    return this.of('message');
  }

  connect(remote: SctpEndpoint): number {
    return this.host.connect(remote);
  }

  close(): void {
    this.host.close();
  }
}

/** Polls the hosts in turn until `done`, or fails after `timeoutMs` saying what had come by then. */
export function pump(hosts: readonly Driven[], done: () => boolean, timeoutMs = 5000): void {
  const end = binding.nowNs() + timeoutMs * 1e6;
  while (!done()) {
    let records = 0;
    for (const each of hosts) records += each.poll(0);
    if (records === 0) hosts[0]!.poll(1);
    if (binding.nowNs() > end) {
      const seen = hosts.map((each) =>
        each.received
          .map((record) => record.kind)
          .slice(-20)
          .join(','),
      );
      throw new Error(`not reached within ${timeoutMs} ms; last records: ${seen.join(' | ')}`);
    }
  }
}

/** Polls for `ms` whatever comes. */
export function pumpFor(hosts: readonly Driven[], ms: number): void {
  const end = binding.nowNs() + ms * 1e6;
  while (binding.nowNs() < end) {
    for (const each of hosts) each.poll(1);
  }
}

let nextPort = 20_000 + (process.pid % 20_000);

/** An SCTP port that no other test of this process uses. */
export function freshPort(): number {
  return nextPort++;
}

export interface Pair {
  readonly server: Driven;
  readonly client: Driven;
  /** The association as the client and as the server number it. */
  readonly atClient: number;
  readonly atServer: number;
}

/** A listening host and a client with one association between them. */
export function openPair(carrier: Carrier, server: Over = {}, client: Over = {}): Pair {
  const listening = new Driven(
    options(carrier, { listen: true, ...server, local: { sctpPort: freshPort(), ...server.local } }),
  );
  const connecting = new Driven(options(carrier, client));
  const atClient = connecting.connect(listening.host.local);
  pump([listening, connecting], () => listening.of('up').length > 0 && connecting.of('up').length > 0);
  return { server: listening, client: connecting, atClient, atServer: listening.of('up')[0]!.association };
}

/** Messages `0, 1, 2, ...`, each `bytes` long with its number in the first four. */
export function numbered(
  from: number,
  count: number,
  bytes: number,
  stream: (i: number) => number = () => 1,
): Outgoing[] {
  return Array.from({ length: count }, (_, i) => {
    const message = Buffer.alloc(bytes, (from + i) & 0xff);
    message.writeUInt32BE(from + i, 0);
    return { bytes: message, stream: stream(from + i) };
  });
}
