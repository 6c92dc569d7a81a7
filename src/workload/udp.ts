import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { Pacer } from './pacer.js';
import { RateMeter } from './rates.js';
import { readHead, SequenceTracker, writeHead } from './sequence.js';
import {
  type ListenerOptions,
  newStream,
  SEND_BACKLOG_MS,
  SEND_TICK_MS,
  type SenderOptions,
  STREAMS_MAX,
  socketFault,
} from './stream-options.js';
import { type RunningWorkload, stampOf, type WorkloadRecord, type WorkloadSink } from './workload.js';

const socketFor = (host: string): Socket => createSocket(isIPv6(host) ? 'udp6' : 'udp4');

/** Closes a socket once; resolves when it is closed. */
function closing(socket: Socket): () => Promise<void> {
  let closed: Promise<void> | null = null;
  return () => {
    closed ??= new Promise((resolve) => socket.close(() => resolve()));
    return closed;
  };
}

/**
 * Sends numbered datagrams and follows the echoes that the listener returns: gaps are those of the whole way there and back.
 */
export function startUdpSender(options: SenderOptions, sink: WorkloadSink): RunningWorkload {
  const { peer, messagesPerSecond, messageBytes } = options;
  const socket = socketFor(peer.host);
  const stop = closing(socket);
  const stream = newStream();
  const message = new Uint8Array(messageBytes);
  const tracker = new SequenceTracker(options.silenceMs);
  const began = performance.now();
  const pacer = new Pacer(messagesPerSecond, began, SEND_BACKLOG_MS);
  let sequence = 0;
  let refused = 0;
  let roundTripMsMax = 0;
  const sent = new RateMeter(() => sequence, began);
  const echoed = new RateMeter(() => tracker.counts().received, began);

  socket.on('error', (cause) => sink.fault(socketFault('sending to', peer, cause)));
  socket.on('message', (bytes) => {
    const head = readHead(bytes);
    if (head === null || head.stream !== stream) return;
    const now = Date.now();
    roundTripMsMax = Math.max(roundTripMsMax, now - head.sentMs);
    const record = tracker.arrive(head.sequence, now);
    if (record !== null) sink.record(record);
  });
  const timer = setInterval(() => {
    const { amount } = pacer.take(performance.now(), 1);
    for (let i = 0; i < amount; i++) {
      writeHead(message, { length: messageBytes, stream, sequence: sequence++, sentMs: Date.now() });
      // The bytes are handed over before the call returns only if they are copied: the buffer is used again at once.
      socket.send(message.slice(), peer.port, peer.host, (cause) => {
        if (cause) refused++;
      });
    }
  }, SEND_TICK_MS);
  return {
    ready: Promise.resolve(),
    asked: { messagesPerSecond, messageBytes },
    progress: () => ({
      sentPerSecond: sent.sinceLast(performance.now()),
      echoedPerSecond: echoed.sinceLast(performance.now()),
    }),
    totals: () => {
      const { received, lost, late, longestSilenceMs } = tracker.counts();
      return { sent: sequence, echoed: received, lost, late, refused, longestSilenceMs, roundTripMsMax };
    },
    stop: async () => {
      clearInterval(timer);
      await stop();
    },
  };
}

/** Follows the numbers of datagrams that arrive, records gaps, and returns each datagram to its sender. */
export function startUdpListener(options: ListenerOptions, sink: WorkloadSink): RunningWorkload {
  const { local } = options;
  const socket = socketFor(local.host);
  const stop = closing(socket);
  const trackers = new Map<number, SequenceTracker>();
  let received = 0;
  let strange = 0;
  const meter = new RateMeter(() => received, performance.now());

  const trackerOf = (stream: number): SequenceTracker | null => {
    const known = trackers.get(stream);
    if (known !== undefined) return known;
    if (trackers.size >= STREAMS_MAX) return null;
    const tracker = new SequenceTracker(options.silenceMs);
    trackers.set(stream, tracker);
    if (trackers.size > 1) sink.record(resetRecord(`a further sender began, ${trackers.size} in all`));
    return tracker;
  };
  socket.on('error', (cause) => sink.fault(socketFault('listening on', local, cause)));
  socket.on('message', (bytes, from) => {
    const head = readHead(bytes);
    if (head === null || head.length !== bytes.length) {
      strange++;
      return;
    }
    received++;
    const record = trackerOf(head.stream)?.arrive(head.sequence, Date.now()) ?? null;
    if (record !== null) sink.record(record);
    socket.send(bytes, from.port, from.address);
  });
  const ready = new Promise<void>((resolve) => socket.once('listening', () => resolve()));
  socket.bind(local.port, local.host);
  return {
    ready,
    asked: { port: local.port },
    progress: () => ({ receivedPerSecond: meter.sinceLast(performance.now()) }),
    totals: () => {
      const counts = [...trackers.values()].map((tracker) => tracker.counts());
      const sum = (pick: 'lost' | 'late'): number => counts.reduce((total, one) => total + one[pick], 0);
      return {
        received,
        lost: sum('lost'),
        late: sum('late'),
        strange,
        streams: trackers.size,
        longestSilenceMs: Math.max(0, ...counts.map((one) => one.longestSilenceMs)),
      };
    },
    stop,
  };
}

/** A new numbering began. */
export function resetRecord(reason: string): WorkloadRecord {
  const now = stampOf(Date.now());
  return {
    event: 'reset',
    startedAt: now,
    endedAt: now,
    durationMs: 0,
    lost: 0,
    firstSequence: null,
    lastSequence: null,
    reason,
  };
}
