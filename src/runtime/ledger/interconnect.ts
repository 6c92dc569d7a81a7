import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { type Message, type NodeId, peerOf } from '../../cluster/types.js';
import { formatHostPort, type HostPort } from '../../config/cluster-config.js';
import { RuntimeFault } from '../faults.js';
import { whyNotListening } from '../listen-reasons.js';
import { encodeFrame, FRAME_OCTETS_MAX, FrameError, FrameReader } from './wire.js';

export type ClusterMessage = Message<Uint8Array, Uint8Array>;

export interface InterconnectParts {
  readonly cluster: string;
  readonly node: NodeId;
  /** What the records mean; nodes that differ in it cannot share a log. */
  readonly ledger: string;
  readonly listen: HostPort;
  readonly peer: HostPort;
  /** Whether a witness decides who serves without the other. */
  readonly witness: boolean;
  readonly nowNs: () => number;
  readonly onMessage: (message: ClusterMessage) => void;
  /** The connection to the peer is there (again). */
  readonly onConnected: () => void;
  /** The peer's host has refused every connection for so long as {@link REFUSED_NS_MIN} says: the process is not there. */
  readonly onPeerRefused: (instance: string) => void;
  /** The peer's process as it introduced itself last, empty before. */
  readonly peerInstance: () => string;
  readonly onTrouble: (message: string) => void;
  /** A command of `busyhour cluster`; what it returns is the reply. */
  readonly onCommand: (command: string, holdMs: number) => unknown;
}

/**
 * For how long a peer's host has to refuse before its process counts as dead. Without a witness that is the whole proof, and refusals that a firewall or a
 * forger produces are to be outlasted; a takeover is to be done within 500 ms. With one it only says when to ask, and the register decides.
 */
const REFUSED_NS_MIN = { alone: 260e6, witness: 100e6 } as const;
const RETRY_MS = 20;
/** A connection that stood for so long is opened anew at once: whether that is refused is what a takeover waits for. */
const STOOD_NS_MIN = 1e9;
/** Wait after the peer turned us away: a wrong name does not mend itself. */
const TURNED_AWAY_MS = 1_000;
/**
 * After so much silence the connection is opened anew: after a cut TCP waits twice as long at every attempt, we do not. A frozen peer finds one
 * more connection when it wakes, nothing else.
 */
const SILENT_NS_MAX = 1e9;
const SILENCE_CHECK_MS = 200;
const INTRODUCTION_MS = 2_000;
const STRANGERS_MAX = 16;
/** What waits for a peer that reads nothing; beyond it messages are dropped, and sent again by the protocol. */
const BACKLOG_OCTETS_MAX = 64 * 1024 * 1024;

type Introduction =
  | { readonly kind: 'node'; readonly cluster: string; readonly node: NodeId; readonly ledger: string }
  | { readonly kind: 'control'; readonly command: string; readonly holdMs?: number };

/**
 * The link between the two nodes. Each node speaks on the connection that it opened and listens on the one that it accepted, so that neither has to
 * agree with the other on which one counts.
 */
export class Interconnect {
  /** Messages dropped because the peer read nothing. */
  dropped = 0;
  readonly #parts: InterconnectParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #strangers = 0;
  #outgoing: Socket | null = null;
  #connected = false;
  #refusedSinceNs = Number.POSITIVE_INFINITY;
  /** The process that the refusals are about: the one that was there when the connection ended. */
  #lostInstance = '';
  #retry: NodeJS.Timeout | null = null;
  #retryMs = RETRY_MS;
  #closed = false;
  #heardNs = 0;
  #dialledNs = 0;
  #silenceCheck: NodeJS.Timeout | null = null;
  /** The connection that the peer speaks on. */
  #incoming: Socket | null = null;
  #lastTrouble = '';

  constructor(parts: InterconnectParts) {
    this.#parts = parts;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Whether the connection to the peer stands. */
  get connected(): boolean {
    return this.#connected;
  }

  /** @throws RuntimeFault when the address cannot be listened on */
  async start(): Promise<void> {
    const { host, port } = this.#parts.listen;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const reason = whyNotListening(cause);
        const place = formatHostPort(this.#parts.listen);
        reject(
          new RuntimeFault(
            'system',
            `interconnect ${place}: ${reason}; choose another address with --interconnect`,
          ),
        );
      });
      this.#server.listen(port, host, () => resolve());
    });
    this.#dial();
    this.#silenceCheck = setInterval(() => this.#redialWhenSilent(), SILENCE_CHECK_MS);
  }

  send(message: ClusterMessage): void {
    const socket = this.#outgoing;
    if (socket === null || !this.#connected) return;
    if (socket.writableLength > BACKLOG_OCTETS_MAX) {
      this.dropped += 1;
      return;
    }
    socket.write(encodeFrame(message));
  }

  close(): void {
    this.#closed = true;
    if (this.#silenceCheck !== null) clearInterval(this.#silenceCheck);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#outgoing?.destroy();
  }

  #dial(): void {
    if (this.#closed) return;
    const { peer, cluster, node, ledger, nowNs, onConnected } = this.#parts;
    const socket = createConnection({ host: peer.host, port: peer.port, noDelay: true });
    this.#outgoing = socket;
    this.#dialledNs = nowNs();
    this.#retryMs = RETRY_MS;
    const reader = new FrameReader();
    socket.once('connect', () => {
      this.#refusedSinceNs = Number.POSITIVE_INFINITY;
      this.#connected = true;
      socket.write(encodeFrame({ kind: 'node', cluster, node, ledger } satisfies Introduction));
      onConnected();
    });
    socket.on('data', (piece) =>
      this.#guarded(socket, () => {
        for (const value of reader.push(piece)) this.#turnedAway(value);
      }),
    );
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ECONNREFUSED') {
        // A reset of a connection that stood says nothing; whether the next one is refused does.
        this.#refusedSinceNs = Number.POSITIVE_INFINITY;
      } else this.#refused(nowNs());
    });
    socket.once('close', () => {
      if (this.#connected) {
        this.#lostInstance = this.#parts.peerInstance();
        if (nowNs() - this.#dialledNs >= STOOD_NS_MIN && this.#retryMs === RETRY_MS) this.#retryMs = 0;
      }
      this.#connected = false;
      if (this.#closed) return;
      this.#retry = setTimeout(() => this.#dial(), this.#retryMs);
    });
  }

  /** The next attempt comes when the refusals will have lasted long enough, not at some time after it. */
  #refused(nowNs: number): void {
    this.#refusedSinceNs = Math.min(this.#refusedSinceNs, nowNs);
    const leftNs = this.#refusedSinceNs + this.#refusedNsMin - nowNs;
    if (leftNs <= 0) this.#parts.onPeerRefused(this.#lostInstance);
    else this.#retryMs = Math.min(RETRY_MS, Math.ceil(leftNs / 1e6));
  }

  get #refusedNsMin(): number {
    return this.#parts.witness ? REFUSED_NS_MIN.witness : REFUSED_NS_MIN.alone;
  }

  #redialWhenSilent(): void {
    const since = Math.max(this.#heardNs, this.#dialledNs);
    if (this.#parts.nowNs() - since > SILENT_NS_MAX) this.#outgoing?.destroy();
  }

  #turnedAway(value: unknown): void {
    const { refused } = value as { readonly refused?: unknown };
    if (typeof refused !== 'string') return;
    this.#retryMs = TURNED_AWAY_MS;
    this.#trouble(`interconnect: ${formatHostPort(this.#parts.peer)} turned this node away: ${refused}`);
  }

  #accept(socket: Socket): void {
    if (this.#strangers >= STRANGERS_MAX) {
      socket.destroy();
      return;
    }
    this.#strangers += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    let stranger = true;
    const introduced = (): void => {
      if (stranger) this.#strangers -= 1;
      stranger = false;
      clearTimeout(patience);
    };
    const patience = setTimeout(() => socket.destroy(), INTRODUCTION_MS);
    const reader = new FrameReader();
    socket.on('data', (piece) =>
      this.#guarded(socket, () => {
        for (const value of reader.push(piece)) {
          if (stranger) {
            introduced();
            if (this.#introduce(socket, value as Introduction)) reader.octetsMax = FRAME_OCTETS_MAX.peer;
            else return;
          } else {
            this.#heardNs = this.#parts.nowNs();
            this.#parts.onMessage(value as ClusterMessage);
          }
        }
      }),
    );
    socket.on('error', () => undefined);
    socket.once('close', () => {
      introduced();
      this.#sockets.delete(socket);
    });
  }

  /** @returns whether it is our peer */
  #introduce(socket: Socket, said: Introduction): boolean {
    if (said?.kind === 'control') {
      socket.end(encodeFrame(this.#parts.onCommand(String(said.command), Number(said.holdMs ?? 0))));
      return false;
    }
    const fault = this.#faultOf(said);
    if (fault === null) {
      this.#incoming?.destroy();
      this.#incoming = socket;
      return true;
    }
    this.#trouble(`interconnect: ${socket.remoteAddress} was refused: ${fault}`);
    socket.end(encodeFrame({ refused: fault }));
    return false;
  }

  #faultOf(said: Introduction): string | null {
    const { cluster, node, ledger } = this.#parts;
    if (said?.kind !== 'node') return 'it did not say who it is';
    if (said.cluster !== cluster) {
      return `a node of cluster ${JSON.stringify(said.cluster)} called; this is ${JSON.stringify(cluster)}`;
    }
    if (said.node !== peerOf(node)) {
      return `the other side is node ${said.node} as well; give one of them --node ${peerOf(node)}`;
    }
    if (said.ledger !== ledger) {
      return `its ledger has ${said.ledger}; this one has ${ledger}: start both nodes with the same ones`;
    }
    return null;
  }

  #guarded(socket: Socket, work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (!(cause instanceof FrameError)) throw cause;
      this.#trouble(`interconnect: ${socket.remoteAddress} sent ${cause.message}; the connection was closed`);
      socket.destroy();
    }
  }

  /** The same trouble again and again is told once. */
  #trouble(message: string): void {
    if (message === this.#lastTrouble) return;
    this.#lastTrouble = message;
    this.#parts.onTrouble(message);
  }
}
