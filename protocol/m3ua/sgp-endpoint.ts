import type { ApplicationServer, AsMember } from './application-server.js';
import type { AspActiveMessage } from './asp-active.js';
import type { AspInactiveMessage } from './asp-inactive.js';
import type { AspUpMessage } from './asp-up.js';
import { auditReply } from './audit.js';
import { BeatSupervision } from './beat-supervision.js';
import { ERROR_CODE, trafficModeOf } from './codes.js';
import type { M3uaEndpoint } from './endpoint.js';
import { admit, dataInScope, refuseData, refuseMessage, type Scope } from './inbound.js';
import type { M3uaMessage } from './message.js';
import type { AspState, Outlet } from './outputs.js';
import type { DataFields } from './peek.js';
import type { SgpOptions } from './sgp-machine.js';
import { SGP_ACTIONS, type SgpAction } from './sgp-table.js';

/** What an endpoint needs of the SGP that it belongs to. */
export interface SgpContext {
  readonly options: SgpOptions;
  /** True when another ASP that is up has this identifier. */
  identifierInUse(identifier: number, except: SgpEndpoint): boolean;
  /** The endpoint of a member. */
  endpointOf(member: AsMember): SgpEndpoint | undefined;
  /** After every input: states of the AS may have changed what others may send. */
  settle(): void;
}

/** One ASP as the SGP sees it, on one association (RFC 4666 §4.3.1). The table is in `sgp-table.ts`. */
export class SgpEndpoint implements M3uaEndpoint, AsMember {
  readonly association: number;
  readonly outlet: Outlet;
  mayTransferData = false;
  aspIdentifier: number | undefined;
  /** ASPUP is refused while set (management blocking). */
  blocked = false;
  #state: AspState = 'ASP-DOWN';
  #communicating = false;
  readonly #context: SgpContext;
  /** AS that this ASP may serve, by configuration. */
  readonly #servers: readonly ApplicationServer[];
  readonly #scope: Scope;
  readonly #beats: BeatSupervision;

  constructor(context: SgpContext, outlet: Outlet, servers: readonly ApplicationServer[]) {
    this.association = outlet.association;
    this.outlet = outlet;
    this.#context = context;
    this.#servers = servers;
    this.#beats = new BeatSupervision(outlet, context.options.beatIntervalNs);
    const routingContexts = new Set<number>();
    for (const { routingContext } of servers)
      if (routingContext !== null) routingContexts.add(routingContext);
    const { networkAppearance, singleStream } = context.options;
    this.#scope = { routingContexts, networkAppearance, singleStream };
  }

  /** State of the ASP at the other end. */
  get peerState(): AspState {
    return this.#state;
  }

  get nextDeadlineNs(): number {
    return this.#beats.nextDeadlineNs;
  }

  communicationUp(nowNs: number): void {
    this.restart(nowNs);
  }

  communicationLost(nowNs: number): void {
    this.#communicating = false;
    this.#leave(true, nowNs);
    this.#context.settle();
  }

  restart(nowNs: number): void {
    this.#leave(true, nowNs);
    this.#communicating = true;
    this.#context.settle();
  }

  admitsData(stream: number, fields: DataFields): boolean {
    return this.#state === 'ASP-ACTIVE' && dataInScope(this.#scope, stream, fields);
  }

  receive(stream: number, bytes: Uint8Array, offset: number, length: number, nowNs: number): void {
    if (!this.#communicating) return;
    const message = admit(this.outlet, stream, bytes, offset, length);
    if (message !== null) this.handle(message, stream, nowNs);
  }

  /** A decoded message; an IPSP gives its halves what belongs to them. */
  handle(message: M3uaMessage, stream: number, nowNs: number): void {
    const actions = SGP_ACTIONS[this.#state][message.kind] ?? UNEXPECTED;
    for (const action of actions) this.#act(action, message, stream, nowNs);
    this.#context.settle();
  }

  tick(nowNs: number): void {
    this.#beats.tick(nowNs);
  }

  /** Another ASP took over an AS in override mode; the machine has told this one. */
  overridden(): void {
    this.#settleState();
  }

  /** Recomputes {@link mayTransferData} from the states of the AS. */
  refresh(): void {
    this.mayTransferData = this.#servers.some((as) => as.state === 'AS-ACTIVE' && as.isActive(this));
  }

  #act(action: SgpAction, message: M3uaMessage, stream: number, nowNs: number): void {
    switch (action) {
      case 'ackUp':
        this.#up(message as AspUpMessage, nowNs);
        break;
      case 'ackDown':
        this.outlet.send({ kind: 'ASPDN_ACK' });
        this.#leave(false, nowNs);
        break;
      case 'activate':
        this.#activate(message as AspActiveMessage, nowNs);
        break;
      case 'inactivate':
        this.#inactivate(message as AspInactiveMessage, nowNs);
        break;
      case 'unexpected':
        refuseMessage(this.outlet, ERROR_CODE.unexpectedMessage, message);
        break;
      case 'discard':
        this.outlet.tell({ kind: 'discarded', message: message.kind, reason: `received in ${this.#state}` });
        break;
      case 'echo':
        // RFC 4666 §4.3.4.6: the data comes back unchanged.
        if (message.kind === 'BEAT') {
          this.outlet.send({ kind: 'BEAT_ACK', heartbeatData: message.heartbeatData });
        }
        break;
      case 'beatAck':
        if (message.kind === 'BEAT_ACK') this.#beats.acknowledged(message.heartbeatData);
        break;
      case 'audit':
        if (message.kind === 'DAUD') {
          for (const reply of auditReply(message, this.#context.options.destinationState))
            this.outlet.send(reply);
        }
        break;
      case 'network':
        if (message.kind === 'SCON') this.outlet.tell({ kind: 'network', message });
        break;
      case 'error':
        if (message.kind === 'ERR') this.outlet.tell({ kind: 'error', message });
        break;
      case 'data':
        if (message.kind === 'DATA' && !refuseData(this.outlet, this.#scope, stream, message)) {
          this.outlet.tell({ kind: 'data', stream, message });
        }
        break;
    }
  }

  #up(message: AspUpMessage, nowNs: number): void {
    const identifier = message.aspIdentifier;
    const refusal = this.#refusal(identifier);
    if (refusal !== null) {
      refuseMessage(this.outlet, refusal, message);
      return;
    }
    this.aspIdentifier = identifier;
    this.outlet.send({ kind: 'ASPUP_ACK' });
    const before = this.#state;
    this.#enter('ASP-INACTIVE', nowNs);
    for (const as of this.#servers) {
      if (before === 'ASP-DOWN') as.memberUp(this, nowNs);
      else as.memberInactive(this, nowNs);
    }
  }

  /** The Error Code that an ASPUP gets (RFC 4666 §3.8.1): locked out, identifier wanted, identifier taken; null when it is welcome. */
  #refusal(identifier: number | undefined): number | null {
    if (this.blocked) return ERROR_CODE.refusedManagementBlocking;
    if (identifier === undefined) {
      return this.#context.options.requireAspIdentifier ? ERROR_CODE.aspIdentifierRequired : null;
    }
    return this.#context.identifierInUse(identifier, this) ? ERROR_CODE.invalidAspIdentifier : null;
  }

  #activate(message: AspActiveMessage, nowNs: number): void {
    const { trafficMode, routingContexts } = message;
    const mode = trafficMode === undefined ? undefined : trafficModeOf(trafficMode);
    const servers = this.#named(message);
    if (servers.length === 0) return;
    const fitting = servers.filter(
      (as) => (trafficMode === undefined || mode !== undefined) && as.accepts(mode),
    );
    if (fitting.length < servers.length) {
      // RFC 4666 §4.3.4.3: a mode that the AS does not work in.
      const refused = servers.filter((as) => !fitting.includes(as));
      const errorCode = ERROR_CODE.unsupportedTrafficModeType;
      this.outlet.send({ kind: 'ERR', errorCode, routingContexts: contextsOf(refused) });
    }
    if (fitting.length === 0) return;
    const acknowledged = routingContexts === undefined ? undefined : contextsOf(fitting);
    this.outlet.send({ kind: 'ASPAC_ACK', trafficMode, routingContexts: acknowledged });
    this.#enter('ASP-ACTIVE', nowNs);
    for (const as of fitting) {
      for (const aside of as.memberActive(this, mode, nowNs)) this.#context.endpointOf(aside)?.overridden();
    }
  }

  #inactivate(message: AspInactiveMessage, nowNs: number): void {
    const servers = this.#named(message);
    if (servers.length === 0) return;
    const { routingContexts } = message;
    const acknowledged = routingContexts === undefined ? undefined : contextsOf(servers);
    this.outlet.send({ kind: 'ASPIA_ACK', routingContexts: acknowledged });
    for (const as of servers) as.memberInactive(this, nowNs);
    this.#settleState();
  }

  /** The AS that a message is about; what it names wrongly is answered with an ERR. */
  #named(message: AspActiveMessage | AspInactiveMessage): readonly ApplicationServer[] {
    const wanted = message.routingContexts;
    if (wanted === undefined) {
      // RFC 4666 §3.8.1: no Routing Context, and configuration does not tell which AS is meant.
      if (this.#servers.length === 0) refuseMessage(this.outlet, ERROR_CODE.noConfiguredAsForAsp, message);
      return this.#servers;
    }
    const unknown = wanted.filter((context) => !this.#scope.routingContexts.has(context));
    if (unknown.length > 0) {
      const errorCode = ERROR_CODE.invalidRoutingContext;
      this.outlet.send({ kind: 'ERR', errorCode, routingContexts: unknown });
    }
    return this.#servers.filter((as) => as.routingContext !== null && wanted.includes(as.routingContext));
  }

  #leave(failed: boolean, nowNs: number): void {
    if (this.#state === 'ASP-DOWN') return;
    this.#enter('ASP-DOWN', nowNs);
    for (const as of this.#servers) as.memberDown(this, failed, nowNs);
    this.aspIdentifier = undefined;
  }

  /** ASP-ACTIVE holds while the ASP is active in at least one AS. */
  #settleState(): void {
    if (this.#state !== 'ASP-ACTIVE' || this.#servers.some((as) => as.isActive(this))) return;
    this.#tell('ASP-INACTIVE');
  }

  #enter(state: AspState, nowNs: number): void {
    if (state === 'ASP-DOWN') this.#beats.stop();
    else this.#beats.start(nowNs);
    this.#tell(state);
  }

  #tell(state: AspState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.outlet.tell({ kind: 'peerState', state, aspIdentifier: this.aspIdentifier });
  }
}

const UNEXPECTED: readonly SgpAction[] = ['unexpected'];

function contextsOf(servers: readonly ApplicationServer[]): number[] {
  return servers.flatMap(({ routingContext }) => (routingContext === null ? [] : [routingContext]));
}
