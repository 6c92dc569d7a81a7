import { connect, createServer, type Socket } from 'node:net';
import { Pacer } from './pacer.js';
import { RateMeter } from './rates.js';
import { HEADER_BYTES, type MessageHead, readHead, SequenceTracker, writeHead } from './sequence.js';
import {
  type ListenerOptions,
  newStream,
  SEND_BACKLOG_MS,
  SEND_TICK_MS,
  type SenderOptions,
  STREAMS_MAX,
  socketFault,
} from './stream-options.js';
import { resetRecord } from './udp.js';
import { type RunningWorkload, stampOf, type WorkloadSink } from './workload.js';

/** Waits before connecting again, ms. */
const RECONNECT_MS = 100;

/** Without an acknowledgement for this long while some are due, the connection counts as dead, ms. */
const DEAD_MS = 20_000;

/** Bytes that may wait in the socket before sending pauses. */
const WRITE_BUFFER_BYTES = 1 << 20;

/** Cuts a byte stream into messages of ours. @returns false when the bytes are none: the stream cannot be followed further. */
function messageSplitter(
  message: (head: MessageHead, bytes: Uint8Array) => void,
): (chunk: Uint8Array) => boolean {
  let rest: Uint8Array = new Uint8Array(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const head = readHead(bytes, at);
      if (head === null) return false;
      if (bytes.length - at < head.length) break;
      message(head, bytes.subarray(at, at + head.length));
      at += head.length;
    }
    rest = bytes.slice(at);
    return true;
  };
}

/** What the sender knows of the connection that it has. */
interface Connection {
  readonly socket: Socket;
  readonly stream: number;
  readonly tracker: SequenceTracker;
  sent: number;
  lastAckMs: number;
}

/** A break that lasts: since when, and what was sent before it and never acknowledged. */
interface Break {
  readonly sinceMs: number;
  readonly reason: string;
  readonly lost: number;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
}

class TcpSender {
  readonly totals = { sent: 0, acknowledged: 0, lost: 0, breaks: 0, longestSilenceMs: 0, roundTripMsMax: 0 };
  private readonly options: SenderOptions;
  private readonly sink: WorkloadSink;
  private readonly message: Uint8Array;
  private pacer: Pacer;
  private current: Connection | null = null;
  private pending: Socket | null = null;
  private retry: NodeJS.Timeout | null = null;
  private broken: Break | null = null;
  private stopped = false;

  constructor(options: SenderOptions, sink: WorkloadSink) {
    this.options = options;
    this.sink = sink;
    this.message = new Uint8Array(options.messageBytes);
    this.pacer = this.newPacer();
  }

  get openBreakMs(): number {
    return this.broken === null ? 0 : Date.now() - this.broken.sinceMs;
  }

  open(): void {
    this.retry = null;
    const { peer } = this.options;
    const socket = connect({ host: peer.host, port: peer.port, noDelay: true });
    this.pending = socket;
    let connection: Connection | null = null;
    let reason = 'closed by the peer';
    const split = messageSplitter((head) => {
      if (connection !== null && head.stream === connection.stream) this.acknowledge(connection, head);
    });
    socket.on('connect', () => {
      connection = this.begin(socket);
    });
    socket.on('data', (chunk) => {
      if (split(chunk)) return;
      reason = 'the peer sent bytes that are no acknowledgements: is it a workload tcp --listen?';
      socket.destroy();
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      reason = socketFault('connection to', peer, cause);
    });
    socket.on('close', () => this.lose(connection, reason));
  }

  /** Sends what is due, as far as the socket takes it. */
  send(): void {
    const connection = this.current;
    if (connection === null) return;
    const { socket, stream } = connection;
    const waiting = connection.sent > connection.tracker.counts().received;
    if (waiting && Date.now() - connection.lastAckMs > DEAD_MS) {
      socket.destroy(new Error(`no acknowledgement for ${DEAD_MS / 1000} s`));
      return;
    }
    const { amount } = this.pacer.take(performance.now(), 1);
    const { messageBytes } = this.options;
    for (let i = 0; i < amount && socket.writableLength < WRITE_BUFFER_BYTES; i++) {
      const head = { length: messageBytes, stream, sequence: connection.sent, sentMs: Date.now() };
      writeHead(this.message, head);
      socket.write(this.message.slice());
      connection.sent++;
      this.totals.sent++;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.retry !== null) clearTimeout(this.retry);
    const socket = this.current?.socket ?? this.pending;
    if (socket === null || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      // What was sent but not acknowledged yet is not waited for: the peer may be gone.
      socket.destroySoon();
      setTimeout(() => socket.destroy(), 500).unref();
    });
  }

  private newPacer(): Pacer {
    return new Pacer(this.options.messagesPerSecond, performance.now(), SEND_BACKLOG_MS);
  }

  /** A connection is there: ends the break, begins a new numbering. */
  private begin(socket: Socket): Connection {
    const now = Date.now();
    if (this.broken !== null) {
      const { sinceMs, ...rest } = this.broken;
      const stamps = { startedAt: stampOf(sinceMs), endedAt: stampOf(now), durationMs: now - sinceMs };
      this.broken = null;
      this.sink.record({ event: 'break', ...stamps, ...rest });
    }
    const tracker = new SequenceTracker(this.options.silenceMs);
    this.current = { socket, stream: newStream(), tracker, sent: 0, lastAckMs: now };
    this.pending = null;
    this.pacer = this.newPacer();
    return this.current;
  }

  private acknowledge(connection: Connection, head: MessageHead): void {
    const now = Date.now();
    const { totals } = this;
    connection.lastAckMs = now;
    totals.acknowledged++;
    totals.roundTripMsMax = Math.max(totals.roundTripMsMax, now - head.sentMs);
    const record = connection.tracker.arrive(head.sequence, now);
    totals.longestSilenceMs = Math.max(totals.longestSilenceMs, connection.tracker.counts().longestSilenceMs);
    if (record !== null) this.sink.record(record);
  }

  /** The connection, or the attempt at one, is over: notes the break and tries again. */
  private lose(connection: Connection | null, reason: string): void {
    if (this.stopped) return;
    this.current = null;
    this.pending = null;
    if (connection !== null) {
      const received = connection.tracker.counts().received;
      const lost = connection.sent - received;
      this.totals.lost += lost;
      this.totals.breaks++;
      const [firstSequence, lastSequence] = lost > 0 ? [received, connection.sent - 1] : [null, null];
      this.broken ??= { sinceMs: connection.lastAckMs, reason, lost, firstSequence, lastSequence };
    }
    this.broken ??= { sinceMs: Date.now(), reason, lost: 0, firstSequence: null, lastSequence: null };
    this.retry = setTimeout(() => this.open(), RECONNECT_MS);
  }
}

/**
 * Sends numbered messages over TCP; the listener acknowledges each. After a break it connects again, begins a new numbering, and records
 * how long the break was and what was never acknowledged.
 */
export function startTcpSender(options: SenderOptions, sink: WorkloadSink): RunningWorkload {
  const { messagesPerSecond, messageBytes } = options;
  const sender = new TcpSender(options, sink);
  const began = performance.now();
  const sent = new RateMeter(() => sender.totals.sent, began);
  const acknowledged = new RateMeter(() => sender.totals.acknowledged, began);
  sender.open();
  const timer = setInterval(() => sender.send(), SEND_TICK_MS);
  return {
    ready: Promise.resolve(),
    asked: { messagesPerSecond, messageBytes },
    progress: () => ({
      sentPerSecond: sent.sinceLast(performance.now()),
      acknowledgedPerSecond: acknowledged.sinceLast(performance.now()),
    }),
    totals: () => ({ ...sender.totals, openBreakMs: sender.openBreakMs }),
    stop: async () => {
      clearInterval(timer);
      await sender.stop();
    },
  };
}

/** Accepts senders, checks their numbers, and acknowledges each message by its head. */
export function startTcpListener(options: ListenerOptions, sink: WorkloadSink): RunningWorkload {
  const { local } = options;
  const sockets = new Set<Socket>();
  const totals = { received: 0, lost: 0, connections: 0, strange: 0, longestSilenceMs: 0 };
  const meter = new RateMeter(() => totals.received, performance.now());
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    totals.connections++;
    if (totals.connections > 1)
      sink.record(resetRecord(`connection ${totals.connections} began a new numbering`));
    const tracker = new SequenceTracker(options.silenceMs);
    const split = messageSplitter((head, bytes) => {
      totals.received++;
      const record = tracker.arrive(head.sequence, Date.now());
      totals.longestSilenceMs = Math.max(totals.longestSilenceMs, tracker.counts().longestSilenceMs);
      if (record !== null) {
        totals.lost += record.lost;
        sink.record(record);
      }
      const answer = bytes.slice(0, HEADER_BYTES);
      writeHead(answer, { ...head, length: HEADER_BYTES });
      socket.write(answer);
    });
    socket.on('data', (chunk) => {
      if (split(chunk)) return;
      totals.strange++;
      socket.destroy();
    });
    // The sender records why it broke; here the connection just ends.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.maxConnections = STREAMS_MAX;
  server.on('error', (cause) => sink.fault(socketFault('listening on', local, cause)));
  const ready = new Promise<void>((resolve) => server.once('listening', () => resolve()));
  server.listen(local.port, local.host);
  return {
    ready,
    asked: { port: local.port },
    progress: () => ({ receivedPerSecond: meter.sinceLast(performance.now()) }),
    totals: () => ({ ...totals }),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
