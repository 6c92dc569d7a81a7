import type { AffectedPointCode } from './affected-point-code.js';
import {
  ASP_STATE,
  ASP_TRANSITIONS,
  type AspAction,
  type AspGoal,
  type AspInput,
  type AspMachineState,
  PURSUIT,
  REPETITION,
  TAKES_DATA,
  WAITING,
} from './asp-table.js';
import { BeatSupervision } from './beat-supervision.js';
import { ERROR_CODE, STATUS, TRAFFIC_MODE, type TrafficMode } from './codes.js';
import type { ActingEndpoint } from './endpoint.js';
import type { ErrMessage } from './err.js';
import { admit, dataInScope, refuseData, refuseMessage, type Scope } from './inbound.js';
import type { M3uaMessage } from './message.js';
import type { NtfyMessage } from './ntfy.js';
import { type AspRequest, type AspState, Outlet, type OutputQueue } from './outputs.js';
import type { DataFields } from './peek.js';

/** T(ack) of RFC 4666 §4.3.4.1. */
export const T_ACK_NS_DEFAULT = 2_000_000_000;

export interface AspOptions {
  /** Sent with ASPUP; undefined when the SGP knows us otherwise. */
  readonly aspIdentifier?: number | undefined;
  /** AS that this ASP serves; empty when the SGP knows it by configuration. */
  readonly routingContexts: readonly number[];
  /** Undefined lets the SGP's configuration decide. */
  readonly trafficMode?: TrafficMode | undefined;
  /** Null accepts any. */
  readonly networkAppearance: number | null;
  readonly tAckNs: number;
  /** 0 sends no BEAT. */
  readonly beatIntervalNs: number;
  /** See {@link Scope.singleStream}. */
  readonly singleStream: boolean;
}

/** Codes after which the same request would be refused again. */
const FINAL_CODES: ReadonlySet<number> = new Set([
  ERROR_CODE.invalidVersion,
  ERROR_CODE.unsupportedMessageClass,
  ERROR_CODE.unsupportedMessageType,
  ERROR_CODE.unsupportedTrafficModeType,
  ERROR_CODE.refusedManagementBlocking,
  ERROR_CODE.aspIdentifierRequired,
  ERROR_CODE.invalidAspIdentifier,
  ERROR_CODE.invalidParameterValue,
  ERROR_CODE.missingParameter,
  ERROR_CODE.invalidRoutingContext,
  ERROR_CODE.noConfiguredAsForAsp,
]);

/**
 * The ASP side of one association: brings our ASP to the goal that the user set and keeps it there (RFC 4666 §4.3).
 * The tables are in `asp-table.ts`.
 */
export class AspMachine implements ActingEndpoint {
  readonly association: number;
  mayTransferData = false;
  #state: AspMachineState = 'NO-ASSOCIATION';
  #goal: AspGoal;
  /** A request was refused for good: nothing is asked for until the user sets the goal again. */
  #refused = false;
  /** ERR Unexpected Message came while waiting: the peer's idea of our state differs, so begin again with ASPUP at T(ack). */
  #begunAnew = false;
  #attempts = 0;
  #tAckDeadlineNs = Number.POSITIVE_INFINITY;
  readonly #acknowledged = new Set<number>();
  readonly #options: AspOptions;
  readonly #scope: Scope;
  readonly #outlet: Outlet;
  readonly #beats: BeatSupervision;

  /** `goal` is what is pursued as soon as the association is up. */
  constructor(queue: OutputQueue, association: number, options: AspOptions, goal: AspGoal = 'active') {
    this.association = association;
    this.#options = options;
    this.#goal = goal;
    this.#scope = { ...options, routingContexts: new Set(options.routingContexts) };
    this.#outlet = new Outlet(queue, association);
    this.#beats = new BeatSupervision(this.#outlet, options.beatIntervalNs);
  }

  get aspState(): AspState {
    return ASP_STATE[this.#state];
  }

  /** The state with the request that waits, for logs and tests. */
  get state(): AspMachineState {
    return this.#state;
  }

  get nextDeadlineNs(): number {
    return Math.min(this.#tAckDeadlineNs, this.#beats.nextDeadlineNs);
  }

  communicationUp(nowNs: number): void {
    this.#refused = false;
    this.#input('communicationUp', nowNs);
  }

  communicationLost(nowNs: number): void {
    this.#input('communicationLost', nowNs);
  }

  restart(nowNs: number): void {
    this.#refused = false;
    this.#input('restart', nowNs);
  }

  activate(nowNs: number): void {
    this.#setGoal('active', nowNs);
  }

  deactivate(nowNs: number): void {
    this.#setGoal('inactive', nowNs);
  }

  down(nowNs: number): void {
    this.#setGoal('down', nowNs);
  }

  /** Asks the SGP for the state of destinations (§4.5.3); false, and nothing is sent, unless the ASP is up. */
  audit(affected: readonly AffectedPointCode[]): boolean {
    if (this.aspState === 'ASP-DOWN') return false;
    this.#outlet.send({ kind: 'DAUD', routingContexts: this.#options.routingContexts, affected });
    return true;
  }

  admitsData(stream: number, fields: DataFields): boolean {
    return TAKES_DATA.has(this.#state) && dataInScope(this.#scope, stream, fields);
  }

  receive(stream: number, bytes: Uint8Array, offset: number, length: number, nowNs: number): void {
    if (this.#state === 'NO-ASSOCIATION') return;
    const message = admit(this.#outlet, stream, bytes, offset, length);
    if (message !== null) this.handle(message, stream, nowNs);
  }

  /** A decoded message; an IPSP gives its halves what belongs to them. */
  handle(message: M3uaMessage, stream: number, nowNs: number): void {
    switch (message.kind) {
      case 'ASPUP_ACK':
      case 'ASPIA_ACK':
      case 'ASPDN_ACK':
        this.#acknowledge(message.kind, nowNs);
        break;
      case 'ASPAC_ACK':
        this.#activeAcknowledged(message.routingContexts, nowNs);
        break;
      case 'NTFY':
        this.#notified(message, nowNs);
        break;
      case 'ERR':
        this.#error(message, nowNs);
        break;
      case 'BEAT':
        // RFC 4666 §4.3.4.6: the data comes back unchanged.
        if (this.aspState === 'ASP-DOWN') refuseMessage(this.#outlet, ERROR_CODE.unexpectedMessage, message);
        else this.#outlet.send({ kind: 'BEAT_ACK', heartbeatData: message.heartbeatData });
        break;
      case 'BEAT_ACK':
        this.#beats.acknowledged(message.heartbeatData);
        break;
      case 'DATA':
        if (!TAKES_DATA.has(this.#state)) this.#discard(message);
        else if (!refuseData(this.#outlet, this.#scope, stream, message)) {
          this.#outlet.tell({ kind: 'data', stream, message });
        }
        break;
      case 'DUNA':
      case 'DAVA':
      case 'DRST':
      case 'SCON':
      case 'DUPU':
        if (this.aspState === 'ASP-DOWN') this.#discard(message);
        else this.#outlet.tell({ kind: 'network', message });
        break;
      case 'DAUD':
      case 'ASPUP':
      case 'ASPDN':
      case 'ASPAC':
      case 'ASPIA':
        refuseMessage(this.#outlet, ERROR_CODE.unexpectedMessage, message);
        break;
    }
  }

  tick(nowNs: number): void {
    if (nowNs >= this.#tAckDeadlineNs) {
      this.#tAckDeadlineNs = Number.POSITIVE_INFINITY;
      this.#input('T(ack)', nowNs);
    }
    this.#beats.tick(nowNs);
  }

  #setGoal(goal: AspGoal, nowNs: number): void {
    this.#goal = goal;
    this.#refused = false;
    this.#input('goal', nowNs);
  }

  #acknowledge(kind: 'ASPUP_ACK' | 'ASPAC_ACK' | 'ASPIA_ACK' | 'ASPDN_ACK', nowNs: number): void {
    if (this.#input(kind, nowNs)) return;
    this.#outlet.tell({ kind: 'discarded', message: kind, reason: `without meaning in ${this.#state}` });
  }

  #activeAcknowledged(routingContexts: readonly number[] | undefined, nowNs: number): void {
    const wanted = this.#options.routingContexts;
    if (this.#state === 'ASPAC-SENT' && wanted.length > 0 && routingContexts !== undefined) {
      const foreign = routingContexts.filter((context) => !this.#scope.routingContexts.has(context));
      if (foreign.length > 0) {
        const errorCode = ERROR_CODE.invalidRoutingContext;
        this.#outlet.send({ kind: 'ERR', errorCode, routingContexts: foreign });
      }
      for (const context of routingContexts) {
        if (this.#scope.routingContexts.has(context)) this.#acknowledged.add(context);
      }
      // RFC 4666 §4.3.4.3: the SGP may acknowledge the Routing Contexts one by one.
      if (this.#acknowledged.size < wanted.length) return;
    }
    this.#acknowledge('ASPAC_ACK', nowNs);
  }

  #notified(message: NtfyMessage, nowNs: number): void {
    this.#outlet.tell({ kind: 'notify', message });
    // RFC 4666 §4.3.4.3: in override mode the ASP that is told of another one is inactive from now on.
    if (message.status === STATUS.alternateAspActive && this.#input('overridden', nowNs)) {
      this.#outlet.tell({ kind: 'overridden' });
    }
  }

  #error(message: ErrMessage, nowNs: number): void {
    this.#outlet.tell({ kind: 'error', message });
    const request = waitingFor(this.#state);
    if (request === null) return;
    if (message.errorCode === ERROR_CODE.unexpectedMessage) this.#begunAnew = request === 'ASPAC';
    if (!FINAL_CODES.has(message.errorCode)) return;
    this.#refused = true;
    this.#input('refused', nowNs);
    this.#outlet.tell({ kind: 'refused', request, errorCode: message.errorCode });
  }

  #discard(message: M3uaMessage): void {
    this.#outlet.tell({ kind: 'discarded', message: message.kind, reason: `received in ${this.#state}` });
  }

  /** Looks the input up in the table and acts; false when it has no meaning in this state. */
  #input(input: AspInput, nowNs: number): boolean {
    const cell = ASP_TRANSITIONS[this.#state][input];
    if (cell === undefined) return false;
    const settled = cell.next !== this.#state;
    this.#enter(cell.next, nowNs);
    if (settled) {
      this.#tAckDeadlineNs = Number.POSITIVE_INFINITY;
      this.#attempts = 0;
      this.#begunAnew = false;
    }
    for (const action of cell.actions) this.#act(action, nowNs);
    return true;
  }

  #act(action: AspAction, nowNs: number): void {
    switch (action) {
      case 'unexpected':
        this.#outlet.send({ kind: 'ERR', errorCode: ERROR_CODE.unexpectedMessage });
        break;
      case 'reset':
        this.#acknowledged.clear();
        break;
      case 'yield':
        this.#goal = 'inactive';
        break;
      case 'pursue': {
        const request = this.#refused ? null : (PURSUIT[this.#state]?.[this.#goal] ?? null);
        if (request !== null) this.#ask(request, nowNs);
        break;
      }
      case 'repeat': {
        const repeated = REPETITION[this.#state]?.[this.#goal];
        if (repeated === undefined) break;
        const request = waitingFor(this.#state) ?? repeated;
        this.#attempts += 1;
        this.#outlet.tell({ kind: 'ackMissing', request, attempts: this.#attempts });
        this.#ask(this.#begunAnew ? 'ASPUP' : repeated, nowNs);
        break;
      }
    }
  }

  /** Sends a request and waits for its acknowledgement under T(ack). */
  #ask(request: AspRequest, nowNs: number): void {
    const { aspIdentifier, trafficMode, routingContexts } = this.#options;
    switch (request) {
      case 'ASPUP':
        this.#acknowledged.clear();
        this.#outlet.send({ kind: 'ASPUP', aspIdentifier });
        break;
      case 'ASPAC': {
        const left = routingContexts.filter((context) => !this.#acknowledged.has(context));
        const mode = trafficMode === undefined ? undefined : TRAFFIC_MODE[trafficMode];
        this.#outlet.send({ kind: 'ASPAC', trafficMode: mode, routingContexts: left });
        break;
      }
      case 'ASPIA':
        this.#outlet.send({ kind: 'ASPIA', routingContexts });
        break;
      case 'ASPDN':
        this.#outlet.send({ kind: 'ASPDN' });
        break;
    }
    this.#begunAnew = false;
    this.#enter(WAITING[request], nowNs);
    this.#tAckDeadlineNs = nowNs + this.#options.tAckNs;
  }

  #enter(next: AspMachineState, nowNs: number): void {
    const before = this.aspState;
    this.#state = next;
    this.mayTransferData = next === 'ASP-ACTIVE' && this.#goal === 'active';
    const state = this.aspState;
    if (state === before) return;
    if (state === 'ASP-DOWN') this.#beats.stop();
    else this.#beats.start(nowNs);
    this.#outlet.tell({ kind: 'aspState', state });
  }
}

function waitingFor(state: AspMachineState): AspRequest | null {
  switch (state) {
    case 'ASPUP-SENT':
      return 'ASPUP';
    case 'ASPAC-SENT':
      return 'ASPAC';
    case 'ASPIA-SENT':
      return 'ASPIA';
    case 'ASPDN-SENT':
      return 'ASPDN';
    default:
      return null;
  }
}
