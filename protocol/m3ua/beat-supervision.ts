import type { Outlet } from './outputs.js';

/** Octets of the Heartbeat Data that we send: a counter, so that a late or foreign BEAT ACK is not taken for ours. */
const HEARTBEAT_DATA_SIZE = 8;

/**
 * Asks the peer for a sign of life every `intervalNs` (RFC 4666 §4.3.4.6); 0 switches it off. A BEAT that is not acknowledged
 * before the next one is due means that the peer is gone, and is told as `beatLost`, once.
 */
export class BeatSupervision {
  readonly #outlet: Outlet;
  readonly #intervalNs: number;
  #count = 0;
  #outstanding: Uint8Array | null = null;
  /** Infinity while stopped. */
  nextDeadlineNs = Number.POSITIVE_INFINITY;

  constructor(outlet: Outlet, intervalNs: number) {
    this.#outlet = outlet;
    this.#intervalNs = intervalNs;
  }

  /** Begins, after ASP UP; has no effect while running. */
  start(nowNs: number): void {
    if (this.#intervalNs <= 0 || this.nextDeadlineNs !== Number.POSITIVE_INFINITY) return;
    this.nextDeadlineNs = nowNs + this.#intervalNs;
  }

  stop(): void {
    this.#outstanding = null;
    this.nextDeadlineNs = Number.POSITIVE_INFINITY;
  }

  tick(nowNs: number): void {
    if (nowNs < this.nextDeadlineNs) return;
    if (this.#outstanding !== null) {
      this.stop();
      this.#outlet.tell({ kind: 'beatLost' });
      return;
    }
    this.#count += 1;
    const heartbeatData = new Uint8Array(HEARTBEAT_DATA_SIZE);
    for (let i = 0, rest = this.#count; i < HEARTBEAT_DATA_SIZE; i += 1, rest = Math.floor(rest / 256)) {
      heartbeatData[HEARTBEAT_DATA_SIZE - 1 - i] = rest % 256;
    }
    this.#outstanding = heartbeatData;
    this.#outlet.send({ kind: 'BEAT', heartbeatData });
    this.nextDeadlineNs = nowNs + this.#intervalNs;
  }

  /** A BEAT ACK came; one that echoes anything but the outstanding BEAT is ignored. */
  acknowledged(heartbeatData: Uint8Array | undefined): void {
    const sent = this.#outstanding;
    if (sent === null || heartbeatData === undefined || heartbeatData.length !== sent.length) return;
    if (sent.every((octet, i) => heartbeatData[i] === octet)) this.#outstanding = null;
  }
}
