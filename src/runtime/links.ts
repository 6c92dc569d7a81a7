import { M3UA_PPID } from '../../protocol/m3ua/codes.js';
import type { M3uaEndpoint } from '../../protocol/m3ua/endpoint.js';
import type { M3uaEvent, OutputQueue } from '../../protocol/m3ua/outputs.js';
import { RX, RX_KIND, type SctpEndpoint, type SctpHost, TX } from '../transport/sctp.js';

/** Wait before an association that was lost or refused is opened again. */
const REOPEN_NS = 250e6;
/** Management messages that one association keeps while SCTP refuses them; beyond it the oldest are dropped and counted. */
const MANAGEMENT_QUEUE_MAX = 64;

/** Why an association is no longer there, in the words of RFC 6458. */
export type LossCause = 'COMM_LOST' | 'ABORT' | 'SHUTDOWN' | 'CANT_START';

const LOSS: Readonly<Record<number, LossCause>> = {
  [RX_KIND.lost]: 'COMM_LOST',
  [RX_KIND.aborted]: 'ABORT',
  [RX_KIND.shutdownComplete]: 'SHUTDOWN',
  [RX_KIND.cantStart]: 'CANT_START',
};

/** M3UA over one association. A link that we opened outlives its association: it opens the next one by itself. */
export interface Link {
  association: number;
  /** Position among the peers that we open associations to; -1 when the peer opened it. */
  readonly peer: number;
  readonly remote: SctpEndpoint | null;
  endpoint: M3uaEndpoint;
  up: boolean;
  /** Outgoing streams that both sides agreed on, stream 0 included: a peer may take fewer than we offered. */
  streams: number;
  /** DATA may be sent now; the owner is told of every change. */
  carriesTraffic: boolean;
  /** When to open the next association; Infinity while there is one. */
  reopenNs: number;
  readonly waiting: { readonly stream: number; readonly bytes: Uint8Array }[];
}

/** What the owner of the links wants to know. */
export interface LinkListener {
  up(link: Link, nowNs: number): void;
  lost(link: Link, cause: LossCause, code: number, nowNs: number): void;
  restarted(link: Link, nowNs: number): void;
  trafficChanged(link: Link, nowNs: number): void;
  /** There is room again in the send buffer. */
  writable(link: Link, nowNs: number): void;
  event(link: Link, event: M3uaEvent, nowNs: number): void;
}

/** Makes the M3UA endpoint of a new association. */
export type CreateEndpoint = (association: number) => M3uaEndpoint;

/** What stands above the endpoints of an SGP: its application servers, which have a timer of their own. */
export interface EndpointGroup {
  readonly nextDeadlineNs: number;
  tick(nowNs: number): void;
  close(association: number, nowNs: number): void;
}

export interface LinkParts {
  readonly host: SctpHost;
  /** Where the endpoints leave what they send and tell. */
  readonly queue: OutputQueue;
  readonly create: CreateEndpoint;
  /** Null unless we are an SGP. */
  readonly group: EndpointGroup | null;
}

/**
 * The associations of one worker and the M3UA endpoints on them: feeds notifications and management messages to the endpoints, sends
 * what they ask for, and opens again what was lost. DATA does not pass through here, except what is not fit for the fast path.
 */
export class Links {
  readonly #host: SctpHost;
  readonly #queue: OutputQueue;
  readonly #create: CreateEndpoint;
  readonly #group: EndpointGroup | null;
  readonly #listener: LinkListener;
  readonly #byAssociation = new Map<number, Link>();
  /** Links whose peer we open associations to, whether one is there or not. */
  readonly #opened: Link[] = [];
  /** Closing down: nothing is opened again. */
  #closing = false;
  #deadlineNs = 0;
  #lastLink: Link | undefined;
  managementDropped = 0;

  constructor(parts: LinkParts, listener: LinkListener) {
    this.#host = parts.host;
    this.#queue = parts.queue;
    this.#create = parts.create;
    this.#group = parts.group;
    this.#listener = listener;
  }

  /** When {@link tick} has something to do next, ns. A loop looks here first: the time that it would pass is an object on the heap. */
  get deadlineNs(): number {
    return this.#deadlineNs;
  }

  /** Every link with an association. */
  [Symbol.iterator](): IterableIterator<Link> {
    return this.#byAssociation.values();
  }

  /** Opens an association to a peer, and opens it again whenever it is lost. */
  open(peer: number, remote: SctpEndpoint): void {
    const association = this.#host.connect(remote);
    const link = this.#newLink(association, peer, remote);
    this.#opened.push(link);
    this.#byAssociation.set(association, link);
  }

  /** The link of an association, undefined when it is gone. */
  find(association: number): Link | undefined {
    if (this.#lastLink?.association === association) return this.#lastLink;
    const link = this.#byAssociation.get(association);
    if (link !== undefined) this.#lastLink = link;
    return link;
  }

  /** Takes a notification, record `at / RX.stride` of the receive batch. */
  notification(records: Int32Array, at: number, nowNs: number): void {
    const kind = records[at + RX.kind]!;
    const association = records[at + RX.association]!;
    let link = this.find(association);
    if (kind === RX_KIND.up) {
      link ??= this.#accept(association);
      link.up = true;
      link.streams = Math.max(1, records[at + RX.code]!);
      this.#listener.up(link, nowNs);
      link.endpoint.communicationUp(nowNs);
      this.#settle(nowNs);
      return;
    }
    if (link === undefined) return;
    const cause = LOSS[kind];
    if (cause !== undefined) {
      this.#lost(link, cause, records[at + RX.code]!, nowNs);
    } else if (kind === RX_KIND.restart) {
      link.streams = Math.max(1, records[at + RX.code]!);
      link.endpoint.restart(nowNs);
      this.#listener.restarted(link, nowNs);
      this.#settle(nowNs);
    } else if (kind === RX_KIND.writable) {
      this.#sendWaiting(link);
      this.#listener.writable(link, nowNs);
    }
  }

  /** Takes a message that is not for the fast path. */
  message(
    link: Link,
    stream: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    nowNs: number,
  ): void {
    link.endpoint.receive(stream, bytes, offset, length, nowNs);
    this.#settle(nowNs);
  }

  /** Does what is due. Costs next to nothing when nothing is due. */
  tick(nowNs: number): void {
    if (nowNs < this.#deadlineNs) return;
    for (const link of this.#opened) {
      if (link.reopenNs <= nowNs) this.#reopen(link);
    }
    for (const link of this.#byAssociation.values()) {
      if (link.endpoint.nextDeadlineNs <= nowNs) link.endpoint.tick(nowNs);
    }
    if (this.#group !== null && this.#group.nextDeadlineNs <= nowNs) this.#group.tick(nowNs);
    this.#settle(nowNs);
  }

  /** Sends and tells what the endpoints have left in the queue, after an owner drove an endpoint itself. */
  settle(nowNs: number): void {
    this.#settle(nowNs);
  }

  /** From now on nothing that is lost is opened again. */
  stopReopening(): void {
    this.#closing = true;
    for (const link of this.#opened) link.reopenNs = Number.POSITIVE_INFINITY;
  }

  #newLink(association: number, peer: number, remote: SctpEndpoint | null): Link {
    return {
      association,
      peer,
      remote,
      endpoint: this.#create(association),
      up: false,
      streams: 1,
      carriesTraffic: false,
      reopenNs: Number.POSITIVE_INFINITY,
      waiting: [],
    };
  }

  #accept(association: number): Link {
    const link = this.#newLink(association, -1, null);
    this.#byAssociation.set(association, link);
    return link;
  }

  #lost(link: Link, cause: LossCause, code: number, nowNs: number): void {
    link.up = false;
    link.waiting.length = 0;
    link.endpoint.communicationLost(nowNs);
    this.#group?.close(link.association, nowNs);
    this.#settle(nowNs);
    this.#byAssociation.delete(link.association);
    this.#lastLink = undefined;
    this.#listener.lost(link, cause, code, nowNs);
    if (link.remote === null || this.#closing) return;
    link.reopenNs = nowNs + REOPEN_NS;
    this.#deadlineNs = Math.min(this.#deadlineNs, link.reopenNs);
  }

  #reopen(link: Link): void {
    if (link.remote === null) return;
    link.reopenNs = Number.POSITIVE_INFINITY;
    link.association = this.#host.connect(link.remote);
    link.endpoint = this.#create(link.association);
    this.#byAssociation.set(link.association, link);
  }

  #settle(nowNs: number): void {
    for (let output = this.#queue.take(); output !== undefined; output = this.#queue.take()) {
      const link = this.find(output.association);
      if (link === undefined) continue;
      if (output.kind === 'send') this.#send(link, output.stream, output.bytes);
      else this.#listener.event(link, output.event, nowNs);
    }
    let deadlineNs = this.#group?.nextDeadlineNs ?? Number.POSITIVE_INFINITY;
    for (const link of this.#byAssociation.values()) {
      deadlineNs = Math.min(deadlineNs, link.endpoint.nextDeadlineNs);
      const carries = link.up && link.endpoint.mayTransferData;
      if (carries === link.carriesTraffic) continue;
      link.carriesTraffic = carries;
      this.#listener.trafficChanged(link, nowNs);
    }
    for (const link of this.#opened) deadlineNs = Math.min(deadlineNs, link.reopenNs);
    this.#deadlineNs = deadlineNs;
  }

  #send(link: Link, stream: number, bytes: Uint8Array): void {
    if (link.waiting.length === 0 && this.#offer(link, stream, bytes)) return;
    if (link.waiting.length >= MANAGEMENT_QUEUE_MAX) {
      link.waiting.shift();
      this.managementDropped += 1;
    }
    link.waiting.push({ stream, bytes: bytes.slice() });
  }

  #sendWaiting(link: Link): void {
    for (let next = link.waiting[0]; next !== undefined; next = link.waiting[0]) {
      if (!this.#offer(link, next.stream, next.bytes)) return;
      link.waiting.shift();
    }
  }

  /** The send batch is empty between two calls of anyone who uses it, so record 0 is free. */
  #offer(link: Link, stream: number, bytes: Uint8Array): boolean {
    const { txBytes, txRecords } = this.#host;
    txBytes.set(bytes, 0);
    txRecords[TX.association] = link.association;
    txRecords[TX.stream] = stream;
    txRecords[TX.ppid] = M3UA_PPID;
    txRecords[TX.offset] = 0;
    txRecords[TX.length] = bytes.length;
    txRecords[TX.token] = 0;
    return this.#host.send(0, 1) !== 0;
  }
}
