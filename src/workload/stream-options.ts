/** An address and port of a TCP or UDP workload. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Options of the side that sends. */
export interface SenderOptions {
  readonly peer: HostPort;
  readonly messagesPerSecond: number;
  readonly messageBytes: number;
  /** A silence above this is recorded as a gap, ms. */
  readonly silenceMs: number;
}

/** Options of the side that listens and answers. */
export interface ListenerOptions {
  readonly local: HostPort;
  readonly silenceMs: number;
}

/** Sending is looked after this often, ms. */
export const SEND_TICK_MS = 1;

/** Messages that came due while the process could not run are left out beyond this, ms. */
export const SEND_BACKLOG_MS = 100;

/** Streams that a listener follows at a time; further ones are not followed. */
export const STREAMS_MAX = 64;

/** A stream number for one connection. */
export function newStream(): number {
  return Math.floor(Math.random() * 4294967296);
}

/** Sentence for a fault of a socket. */
export function socketFault(what: string, at: HostPort, cause: NodeJS.ErrnoException): string {
  const place = `${at.host}:${at.port}`;
  if (cause.code === 'EADDRINUSE') return `${what} ${place}: the port is in use`;
  if (cause.code === 'EADDRNOTAVAIL') return `${what} ${place}: no such address on this host`;
  if (cause.code === 'EACCES') return `${what} ${place}: not permitted`;
  return `${what} ${place}: ${cause.message}`;
}
