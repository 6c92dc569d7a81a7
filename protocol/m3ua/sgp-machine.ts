import type { AffectedPointCode } from './affected-point-code.js';
import {
  ApplicationServer,
  type AsMember,
  type AsOptions,
  type AsSettings,
  type PendingPolicy,
  type TransferResult,
} from './application-server.js';
import type { DestinationState } from './audit.js';
import type { DestinationStateMessage } from './destination-state.js';
import type { DupuMessage } from './dupu.js';
import { Outlet, type OutputQueue } from './outputs.js';
import type { SconMessage } from './scon.js';
import { type SgpContext, SgpEndpoint } from './sgp-endpoint.js';

/** T(r) of RFC 4666 §4.3.2 where the user gives none. */
export const T_R_NS_DEFAULT = 2_000_000_000;

/** Association of the events of an AS, which belong to none. */
export const NO_ASSOCIATION = 0;

export interface SgpOptions extends AsSettings {
  readonly applicationServers: readonly AsOptions[];
  /** T(r): how long an AS without active ASP stays pending; 0 makes it inactive at once. */
  readonly tRNs: number;
  readonly pending: PendingPolicy;
  /** False for an IPSP: no NTFY is sent. */
  readonly notifies: boolean;
  readonly requireAspIdentifier: boolean;
  /** Null accepts any. */
  readonly networkAppearance: number | null;
  /** 0 sends no BEAT. */
  readonly beatIntervalNs: number;
  /** Outgoing streams of every association, stream 0 included. */
  readonly streams: number;
  /** See `Scope.singleStream`. */
  readonly singleStream: boolean;
  /** What DAUD is answered with. */
  readonly destinationState: (affected: AffectedPointCode) => DestinationState;
}

/**
 * A signalling gateway process: one or several AS, told apart by Routing Context, and the ASPs that serve them, one on each
 * association. Endpoints feed it; all outputs go to one queue.
 */
export class SgpMachine implements SgpContext {
  readonly options: SgpOptions;
  readonly servers: readonly ApplicationServer[];
  readonly #queue: OutputQueue;
  readonly #endpoints = new Map<number, SgpEndpoint>();

  constructor(queue: OutputQueue, options: SgpOptions) {
    this.#queue = queue;
    this.options = options;
    const outlet = new Outlet(queue, NO_ASSOCIATION);
    this.servers = options.applicationServers.map((as) => new ApplicationServer(as, options, outlet));
  }

  /**
   * The endpoint of a new association; call its `communicationUp` next. `routingContexts` limits the AS that its ASP may serve;
   * without it the ASP may serve all of them.
   */
  open(association: number, routingContexts?: readonly number[]): SgpEndpoint {
    const served = this.servers.filter(
      ({ routingContext }) =>
        routingContexts === undefined ||
        (routingContext !== null && routingContexts.includes(routingContext)),
    );
    const endpoint = new SgpEndpoint(this, new Outlet(this.#queue, association), served);
    this.#endpoints.set(association, endpoint);
    return endpoint;
  }

  /** Forgets an association that is gone; its ASP counts as failed when it was up. */
  close(association: number, nowNs: number): void {
    this.#endpoints.get(association)?.communicationLost(nowNs);
    this.#endpoints.delete(association);
  }

  get endpoints(): Iterable<SgpEndpoint> {
    return this.#endpoints.values();
  }

  /** The next T(r) or BEAT of any association; Infinity when nothing is due. */
  get nextDeadlineNs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const as of this.servers) next = Math.min(next, as.nextDeadlineNs);
    for (const endpoint of this.#endpoints.values()) next = Math.min(next, endpoint.nextDeadlineNs);
    return next;
  }

  /** Does what is due, on every association. */
  tick(nowNs: number): void {
    for (const as of this.servers) as.tick(nowNs);
    for (const endpoint of this.#endpoints.values()) endpoint.tick(nowNs);
    this.settle();
  }

  /**
   * Sends encoded DATA to the ASP that the AS chooses for its SLS, whichever association that is on; `bytes` is kept until it is sent.
   * An AS that we do not have drops it.
   */
  transfer(routingContext: number | null, sls: number, bytes: Uint8Array): TransferResult {
    const as = this.servers.find((server) => server.routingContext === routingContext);
    return as === undefined ? 'dropped' : as.transfer(sls, bytes);
  }

  /** Tells every ASP that is up what happened to a destination (§4.5.1), for instance DUNA, DAVA or SCON. */
  announce(message: DestinationStateMessage | SconMessage | DupuMessage): void {
    for (const endpoint of this.#endpoints.values()) {
      if (endpoint.peerState !== 'ASP-DOWN') endpoint.outlet.send(message);
    }
  }

  identifierInUse(identifier: number, except: SgpEndpoint): boolean {
    for (const endpoint of this.#endpoints.values()) {
      if (endpoint !== except && endpoint.aspIdentifier === identifier) return true;
    }
    return false;
  }

  endpointOf(member: AsMember): SgpEndpoint | undefined {
    return this.#endpoints.get(member.outlet.association);
  }

  settle(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.refresh();
  }
}
