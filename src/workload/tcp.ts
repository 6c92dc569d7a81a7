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

/**
 * Sends numbered messages over TCP; the listener acknowledges each. After a break it connects again, begins a new numbering, and records
 * how long the break was and what was never acknowledged.
 */
export function startTcpSender(options: SenderOptions, sink: WorkloadSink): RunningWorkload {
  const { peer, messagesPerSecond, messageBytes } = options;
  const message = new Uint8Array(messageBytes);
  const began = performance.now();
  let pacer = new Pacer(messagesPerSecond, began, SEND_BACKLOG_MS);
  let current: Connection | null = null;
  let pending: Socket | null = null;
  let retry: NodeJS.Timeout | null = null;
  let broken: {
    readonly sinceMs: number;
    readonly lost: number;
    readonly reason: string;
    readonly first: number;
    readonly last: number;
  } | null = null;
  const totals = { sent: 0, acknowledged: 0, lost: 0, breaks: 0, longestSilenceMs: 0, roundTripMsMax: 0 };
  let stopped = false;
  const sent = new RateMeter(() => totals.sent, began);
  const acknowledged = new RateMeter(() => totals.acknowledged, began);

  const endBreak = (nowMs: number): void => {
    if (broken === null) return;
    const { sinceMs, lost, reason, first, last } = broken;
    broken = null;
    sink.record({
      event: 'break',
      startedAt: stampOf(sinceMs),
      endedAt: stampOf(nowMs),
      durationMs: nowMs - sinceMs,
      lost,
      firstSequence: lost > 0 ? first : null,
      lastSequence: lost > 0 ? last : null,
      reason,
    });
  };

  const acknowledge = (connection: Connection, head: MessageHead): void => {
    const now = Date.now();
    connection.lastAckMs = now;
    totals.acknowledged++;
    totals.roundTripMsMax = Math.max(totals.roundTripMsMax, now - head.sentMs);
    const record = connection.tracker.arrive(head.sequence, now);
    totals.longestSilenceMs = Math.max(totals.longestSilenceMs, connection.tracker.counts().longestSilenceMs);
    if (record !== null) sink.record(record);
  };

  const lose = (connection: Connection | null, reason: string): void => {
    if (stopped) return;
    current = null;
    pending = null;
    if (connection !== null && broken === null) {
      const received = connection.tracker.counts().received;
      const lost = connection.sent - received;
      totals.lost += lost;
      totals.breaks++;
      broken = { sinceMs: connection.lastAckMs, lost, reason, first: received, last: connection.sent - 1 };
    }
    broken ??= { sinceMs: Date.now(), lost: 0, reason, first: 0, last: 0 };
    retry = setTimeout(open, RECONNECT_MS);
  };

  const open = (): void => {
    retry = null;
    const socket = connect({ host: peer.host, port: peer.port, noDelay: true });
    pending = socket;
    let connection: Connection | null = null;
    let reason = 'closed by the peer';
    socket.on('connect', () => {
      const now = Date.now();
      endBreak(now);
      connection = {
        socket,
        stream: newStream(),
        tracker: new SequenceTracker(options.silenceMs),
        sent: 0,
        lastAckMs: now,
      };
      current = connection;
      pending = null;
      pacer = new Pacer(messagesPerSecond, performance.now(), SEND_BACKLOG_MS);
    });
    const split = messageSplitter((head) => {
      if (connection !== null && head.stream === connection.stream) acknowledge(connection, head);
    });
    socket.on('data', (chunk) => {
      if (split(chunk)) return;
      reason = 'the peer sent bytes that are no acknowledgements: is it a workload tcp --listen?';
      socket.destroy();
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      reason = socketFault('connection to', peer, cause);
    });
    socket.on('close', () => lose(connection, reason));
  };

  const send = (): void => {
    const connection = current;
    if (connection === null) return;
    const { socket, stream } = connection;
    const now = Date.now();
    if (connection.sent > connection.tracker.counts().received && now - connection.lastAckMs > DEAD_MS) {
      socket.destroy(new Error(`no acknowledgement for ${DEAD_MS / 1000} s`));
      return;
    }
    const { amount } = pacer.take(performance.now(), 1);
    for (let i = 0; i < amount && socket.writableLength < WRITE_BUFFER_BYTES; i++) {
      writeHead(message, { length: messageBytes, stream, sequence: connection.sent, sentMs: Date.now() });
      socket.write(message.slice());
      connection.sent++;
      totals.sent++;
    }
  };
  open();
  const timer = setInterval(send, SEND_TICK_MS);
  return {
    ready: Promise.resolve(),
    asked: { messagesPerSecond, messageBytes },
    progress: () => ({
      sentPerSecond: sent.sinceLast(performance.now()),
      acknowledgedPerSecond: acknowledged.sinceLast(performance.now()),
    }),
    totals: () => ({ ...totals, openBreakMs: broken === null ? 0 : Date.now() - broken.sinceMs }),
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      if (retry !== null) clearTimeout(retry);
      const socket = current?.socket ?? pending;
      if (socket === null || socket.destroyed) return;
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        // What was sent but not acknowledged yet is not waited for: the peer may be gone.
        socket.destroySoon();
        setTimeout(() => socket.destroy(), 500).unref();
      });
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
