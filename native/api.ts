/**
 * The shapes that cross between JavaScript and the SCTP binding. Everything is batch-shaped: one call moves many
 * messages, and nothing is allocated per message on either side.
 *
 * Times are nanoseconds since the process epoch (CLOCK_MONOTONIC when the binding was first loaded), as doubles: exact
 * to the nanosecond for 104 days of uptime.
 */

/** What SCTP packets travel on. `memory` connects hosts of one process, for tests. */
export type Carrier = 'kernel' | 'udp' | 'raw' | 'memory';

/** One side of an association. Several addresses only with the `kernel` carrier (multi-homing). */
export interface SctpEndpoint {
  readonly addresses: readonly string[];
  readonly sctpPort: number;
  /** UDP encapsulation port (RFC 6951); 0 lets the system choose one; ignored by `raw` and `kernel`. */
  readonly udpPort: number;
}

/** SCTP options, set on every socket of the host, those of accepted associations included (RFC 6458 §8). */
export interface SctpTunables {
  readonly rtoInitialMs: number;
  readonly rtoMinMs: number;
  readonly rtoMaxMs: number;
  readonly sackDelayMs: number;
  /** A SACK at the latest after this many packets. */
  readonly sackFrequency: number;
  /** 0 turns HEARTBEATs off. */
  readonly heartbeatIntervalMs: number;
  readonly pathMaxRetransmissions: number;
  readonly associationMaxRetransmissions: number;
  readonly initMaxAttempts: number;
  readonly outboundStreams: number;
  readonly inboundStreamsMax: number;
  readonly sendBufferBytes: number;
  readonly receiveBufferBytes: number;
  /**
   * `off`: one packet a message (SCTP_NODELAY); only messages that had to wait for the congestion window share packets. `auto`: messages
   * that leave in one flush share packets; nothing waits for later messages.
   */
  readonly bundling: 'off' | 'auto';
}

export interface SctpHostOptions {
  readonly carrier: Carrier;
  readonly local: SctpEndpoint;
  /** Accept associations on `local`. */
  readonly listen: boolean;
  /**
   * Several hosts of this process listen on the same endpoint; each owns the associations whose packets reach it. They must
   * have the same tunables. Not with `raw`: every raw socket gets every packet, so one host listens.
   */
  readonly reusePort: boolean;
  readonly tunables: SctpTunables;
  /** Room of one receive batch. */
  readonly receiveBatchMessages: number;
  readonly receiveBatchBytes: number;
  /** Room of one send batch. */
  readonly sendBatchMessages: number;
  readonly sendBatchBytes: number;
  /** Most associations at a time; a further one is refused and counted. */
  readonly associationsMax: number;
}

/** Words of one record of a receive batch ({@link SctpHost.rxRecords}). */
export const RX = {
  stride: 8,
  kind: 0,
  association: 1,
  stream: 2,
  ppid: 3,
  offset: 4,
  length: 5,
  /** Notifications: a cause or state, see {@link RX_KIND}. */
  code: 6,
  /** `up`: 1 when the peer opened the association; `message`: 1 when unordered. */
  flag: 7,
} as const;

/** Value of a receive record's `kind`. */
export const RX_KIND = {
  message: 0,
  /** COMM_UP; `flag` 1 when the peer opened it, `code` the number of outgoing streams that both sides agreed on. */
  up: 1,
  /** COMM_LOST: no acknowledgement within the retransmission limits. The association is gone, as after 4, 5 and 6. */
  lost: 2,
  /** The peer restarted (RFC 9260 §5.2); messages in flight may be lost. `code`: outgoing streams, agreed on anew. */
  restart: 3,
  /** Orderly SHUTDOWN finished, whoever began it. */
  shutdownComplete: 4,
  /** The peer sent ABORT; `code` is the error cause, 0 when it gave none. */
  aborted: 5,
  /** The association could not be set up. */
  cantStart: 6,
  /** A path changed; `code` 0 unreachable, 1 reachable, 2 confirmed, 3 made primary. */
  pathChange: 7,
  /** A message could not be delivered; `code` is its token (0 when untracked). */
  sendFailed: 8,
  /** The peer began an orderly SHUTDOWN; nothing more may be sent. */
  peerShutdown: 9,
  /** There is room again in the send buffer of an association that had refused messages. */
  writable: 10,
} as const;

/** Words of one record of a send batch ({@link SctpHost.txRecords}). */
export const TX = {
  stride: 6,
  association: 0,
  stream: 1,
  ppid: 2,
  offset: 3,
  length: 4,
  /** Key under which transmissions are logged, see {@link TransmissionLog}; 0 is not logged. */
  token: 5,
} as const;

/** Places of {@link SctpHost.times}. */
export const HOST_TIME = {
  /** Until when {@link SctpHost.poll} and {@link SctpHost.sleep} wait that are called without an argument. */
  deadline: 0,
  /** When the last poll was called: what reached this host before is in its batch, unless the batch was too small. */
  polled: 1,
  /** When the last poll or sleep returned. */
  now: 2,
  /** When the last {@link SctpHost.send} was called. */
  sent: 3,
  /** Of no concern to the host, as the next: up to when everything that reached it has been given on. */
  heardUpTo: 4,
  /** When its owner sends by schedule next. */
  offerDue: 5,
} as const;

/**
 * Where the binding writes when a message really left, first and again. JavaScript owns the arrays (capacity a power of two);
 * a message with token t has slot `t & (capacity - 1)`, and the binding writes only while `tokens[slot] === t`,
 * so that a late retransmission never lands on the slot's next owner. The binding may write from its timer thread.
 */
export interface TransmissionLog {
  readonly tokens: Uint32Array;
  readonly firstNs: Float64Array;
  /** The most recent transmission; equals `firstNs` until there is a second. */
  readonly lastNs: Float64Array;
  /** The transmission before the most recent one; 0 until there is a second. */
  readonly previousNs: Float64Array;
  /** Number of transmissions, saturating at 65 535. */
  readonly count: Uint16Array;
}

/** Counters since the association came up, and its state now. `null` where the engine does not tell. */
export interface AssociationStatistics {
  readonly association: number;
  readonly remote: SctpEndpoint;
  readonly state: 'connecting' | 'established' | 'shuttingDown' | 'closed';
  /** DATA chunks sent again. */
  readonly retransmissions: number;
  /** DATA chunks received again (duplicate TSNs): hints at retransmissions by the peer. */
  readonly duplicateTsns: number | null;
  readonly srttMs: number;
  readonly rtoMs: number;
  /** Largest RTO seen in force: the longest spacing between two transmissions of one chunk, or the current RTO when that is larger. */
  readonly rtoMaxSeenMs: number;
  readonly cwndBytes: number;
  /** DATA chunks sent and not yet acknowledged. */
  readonly outstandingChunks: number;
  /** Messages accepted from JavaScript and not yet transmitted. */
  readonly queuedMessages: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
}

/**
 * One owner of SCTP sockets, used by one thread: a carrier socket, the associations on it, a poller and a wake handle.
 * Every method throws `BindingError` (a code such as `EADDRINUSE`, the endpoint, the remedy) for a fault of the caller or the system, and a
 * plain `Error` when used after {@link close}.
 */
export interface SctpHost {
  /** The endpoint really bound, with the ports that the system chose. */
  readonly local: SctpEndpoint;
  /** Handle for {@link Binding.wake}, valid in every thread until {@link close}. */
  readonly wakeHandle: number;
  readonly rxBytes: Uint8Array;
  readonly rxRecords: Int32Array;
  /**
   * Receive time of record i, taken below JavaScript: when the packet that made the message deliverable reached this host (the
   * last of its fragments, or the missing message before it in its stream, whichever came later). Messages that wait because
   * a batch was full keep it. `udp` and `raw` use the kernel's stamp of the packet.
   */
  readonly rxTimesNs: Float64Array;
  readonly txBytes: Uint8Array;
  readonly txRecords: Int32Array;
  /** Times that cross in memory, by {@link HOST_TIME}: as an argument or result each would be an object on JavaScript's heap. */
  readonly times: Float64Array;

  /** Starts an association and returns its id (1...2^31-1, never reused by this host); `up` or `cantStart` follows in a batch. */
  connect(remote: SctpEndpoint): number;
  /**
   * Blocks until records are there, {@link Binding.wake} was called, or `deadlineNs` has passed, and returns the number of records
   * (0 for a wake-up or the deadline). A deadline in the past polls once. Before it blocks it hands everything queued to the network. Left out, the
   * deadline is taken from {@link times}.
   */
  poll(deadlineNs?: number): number;
  /** Whether everything that had reached this host before the last {@link poll} was called is in its batch: a poll reads a limited number of packets. */
  drained(): boolean;
  /**
   * Hands everything queued to the network, then sleeps until `deadlineNs` and looks at nothing: packets that come meanwhile wait in the
   * socket, stamped, and a {@link Binding.wake} waits too, for the next {@link poll}. So a loop that has something else to do soon is woken once, not
   * for every packet. Returns false, without having slept, where somebody has to listen: a message waits for room in SCTP's window, records
   * are left from the last batch, the engine stamps a message only when it is read (`kernel`), or the deadline is more than 100 ms away. So it does
   * when the deadline has passed. Left out, the deadline is taken from {@link times}.
   */
  sleep(deadlineNs?: number): boolean;
  /**
   * Offers `count` records of the send batch from record `first` on to the association of record `first`; all must be
   * of that association. Returns how many were taken: fewer when its send buffer is full or it is not `up` yet (`writable`
   * follows, also after `up`), -1 when the association is gone or shutting down.
   */
  send(first: number, count: number): number;
  /** Hands what the engine has queued to the network; {@link poll} does so too. */
  flush(): void;
  /** Orderly end (SHUTDOWN); `shutdownComplete` follows. */
  shutdown(association: number): void;
  /** Ends at once (ABORT); the peer sees `aborted`. */
  abort(association: number): void;
  statistics(association: number): AssociationStatistics | null;
  /** Replaces the log. The `kernel` carrier does not tell when messages leave and writes nothing. */
  logTransmissions(log: TransmissionLog): void;
  /** Counters of the host as a whole: what was refused or dropped, by name. */
  counters(): HostCounters;
  /** Aborts what is still up and frees everything. Safe to call twice. */
  close(): void;
}

export interface HostCounters {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Packets that the carrier socket refused (buffer full, unreachable). */
  readonly packetsSendFailed: number;
  /** Packets too short or otherwise unusable, dropped before SCTP saw them. */
  readonly packetsDiscarded: number;
  /** Packets lost in the socket's receive buffer (SO_RXQ_OVFL). */
  readonly packetsOverflowed: number;
  readonly associationsRefused: number;
  /** Messages longer than a whole receive batch, dropped. */
  readonly messagesDiscarded: number;
}

/** What the binding can do on this host. */
export interface BindingCapabilities {
  readonly usrsctp: boolean;
  readonly kernelCompiled: boolean;
  /** The running kernel opens an SCTP socket. */
  readonly kernelAvailable: boolean;
  /** This process may open a raw socket (CAP_NET_RAW). */
  readonly rawAvailable: boolean;
}

export interface Binding {
  /** Nanoseconds since the process epoch. */
  nowNs(): number;
  /** Wall clock (Unix time, ms with fraction) of the process epoch. */
  readonly epochUnixMs: number;
  capabilities(): BindingCapabilities;
  open(options: SctpHostOptions): SctpHost;
  /** Ends a {@link SctpHost.poll} of any thread, or the next one when none is running. */
  wake(wakeHandle: number): void;
  /** Sets this thread's timer slack (PR_SET_TIMERSLACK). */
  setTimerSlackNs(slackNs: number): void;
  /**
   * Asks the kernel for time slices of this length for this thread, ns, 100 us to 100 ms, and returns the length in force; 0 where the kernel has no
   * slices of a thread's own (Linux before 6.12, real-time policies). With a short slice a thread that wakes need not wait until a longer one has
   * used up its own; its share of the CPU stays what it was.
   */
  setTimeSliceNs(sliceNs: number): number;
  /** Pins this thread to a CPU; throws `BindingError` when the CPU does not exist or may not be used. */
  pinThread(cpu: number): void;
  /** CPU time that this thread has used so far. */
  threadCpuNs(): number;
}
