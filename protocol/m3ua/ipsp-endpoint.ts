import { AspMachine, type AspOptions } from './asp-machine.js';
import type { ActingEndpoint } from './endpoint.js';
import { admit } from './inbound.js';
import { type AspState, Outlet, type OutputQueue } from './outputs.js';
import type { DataFields } from './peek.js';
import type { SgpEndpoint } from './sgp-endpoint.js';
import { SgpMachine } from './sgp-machine.js';

/**
 * How two IPSPs agree on their states (RFC 4666 §4.3.1).
 * `single`: one ASPUP / ASPAC exchange, begun by either side, makes both active. `double`: each side asks for itself, and gets traffic when its own
 * request was acknowledged.
 */
export type IpspExchange = 'single' | 'double';

export interface IpspOptions {
  readonly asp: AspOptions;
  readonly exchange: IpspExchange;
  /** In single exchange: this side sends ASPUP and ASPAC. In double exchange both sides do. */
  readonly begins: boolean;
}

/**
 * M3UA between two IPSPs: an ASP half that asks for our state and an SGP half that answers for the peer's, on one association.
 *
 * ```
 *   ASPUP ACK, ASPAC ACK, ASPIA ACK, ASPDN ACK, NTFY  ->  ASP half
 *   ASPUP, ASPAC, ASPIA, ASPDN, DAUD                  ->  SGP half
 *   the rest                                          ->  the half that is up
 * ```
 *
 * No NTFY is sent: nobody but the peer is concerned.
 */
export class IpspEndpoint implements ActingEndpoint {
  readonly association: number;
  readonly #exchange: IpspExchange;
  readonly #begins: boolean;
  readonly #asp: AspMachine;
  readonly #peer: SgpEndpoint;
  readonly #outlet: Outlet;
  #communicating = false;

  constructor(queue: OutputQueue, association: number, options: IpspOptions) {
    const { asp, exchange, begins } = options;
    this.association = association;
    this.#exchange = exchange;
    this.#begins = begins || exchange === 'double';
    this.#outlet = new Outlet(queue, association);
    this.#asp = new AspMachine(queue, association, asp, this.#begins ? 'active' : 'down');
    const contexts: readonly (number | null)[] =
      asp.routingContexts.length === 0 ? [null] : asp.routingContexts;
    const machine = new SgpMachine(queue, {
      applicationServers: contexts.map((routingContext) => ({
        routingContext,
        trafficMode: null,
        activeNeeded: 1,
      })),
      tRNs: 0,
      pending: { kind: 'drop' },
      notifies: false,
      requireAspIdentifier: false,
      networkAppearance: asp.networkAppearance,
      beatIntervalNs: this.#begins ? 0 : asp.beatIntervalNs,
      streams: 1,
      singleStream: asp.singleStream,
      destinationState: () => 'available',
    });
    this.#peer = machine.open(association);
  }

  /** Single exchange: both sides share one state. Double exchange: DATA goes to a peer that is active. */
  get mayTransferData(): boolean {
    return this.#peer.mayTransferData || (this.#exchange === 'single' && this.#asp.mayTransferData);
  }

  get nextDeadlineNs(): number {
    return Math.min(this.#asp.nextDeadlineNs, this.#peer.nextDeadlineNs);
  }

  /** State of our own side: in single exchange the one that was agreed, whoever began. */
  get aspState(): AspState {
    if (this.#exchange === 'double' || this.#asp.aspState !== 'ASP-DOWN') return this.#asp.aspState;
    return this.#peer.peerState;
  }

  /** State of the peer. */
  get peerState(): AspState {
    if (this.#exchange === 'double' || this.#peer.peerState !== 'ASP-DOWN') return this.#peer.peerState;
    return this.#asp.aspState;
  }

  communicationUp(nowNs: number): void {
    this.#communicating = true;
    this.#peer.communicationUp(nowNs);
    this.#asp.communicationUp(nowNs);
  }

  communicationLost(nowNs: number): void {
    this.#communicating = false;
    this.#peer.communicationLost(nowNs);
    this.#asp.communicationLost(nowNs);
  }

  restart(nowNs: number): void {
    this.#communicating = true;
    this.#peer.restart(nowNs);
    this.#asp.restart(nowNs);
  }

  /** In single exchange this is for the side that begins; the other one ends the association when it wants to stop. */
  activate(nowNs: number): void {
    this.#asp.activate(nowNs);
  }

  deactivate(nowNs: number): void {
    this.#asp.deactivate(nowNs);
  }

  down(nowNs: number): void {
    this.#asp.down(nowNs);
  }

  admitsData(stream: number, fields: DataFields): boolean {
    if (this.#asp.admitsData(stream, fields)) return true;
    return this.#exchange === 'single' && this.#peer.admitsData(stream, fields);
  }

  receive(stream: number, bytes: Uint8Array, offset: number, length: number, nowNs: number): void {
    if (!this.#communicating) return;
    const message = admit(this.#outlet, stream, bytes, offset, length);
    if (message === null) return;
    switch (message.kind) {
      case 'ASPUP':
      case 'ASPDN':
      case 'ASPAC':
      case 'ASPIA':
      case 'DAUD':
        this.#peer.handle(message, stream, nowNs);
        break;
      case 'BEAT_ACK':
        (this.#begins ? this.#asp : this.#peer).handle(message, stream, nowNs);
        break;
      case 'BEAT':
        (this.#asp.aspState === 'ASP-DOWN' ? this.#peer : this.#asp).handle(message, stream, nowNs);
        break;
      case 'DATA':
      case 'SCON':
        (this.#takesTraffic() ? this.#asp : this.#peer).handle(message, stream, nowNs);
        break;
      default:
        this.#asp.handle(message, stream, nowNs);
        break;
    }
  }

  /** True when traffic comes to us as an ASP, false when it comes to the half that answered the peer's request. */
  #takesTraffic(): boolean {
    return this.#exchange === 'double' || this.#begins || this.#peer.peerState === 'ASP-DOWN';
  }

  tick(nowNs: number): void {
    this.#asp.tick(nowNs);
    this.#peer.tick(nowNs);
  }
}
