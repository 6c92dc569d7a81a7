import type { AspState } from './outputs.js';
import type { DataFields } from './peek.js';

/**
 * M3UA on one association, whatever role we play. Times are nanoseconds on the caller's clock, which never goes back.
 *
 * After every call take what the {@link OutputQueue} holds. Before the next wait look at `nextDeadlineNs`; an SGP has
 * one more deadline of its own (`SgpMachine.nextDeadlineNs`).
 */
export interface M3uaEndpoint {
  readonly association: number;
  /** DATA may be sent on this association now. */
  readonly mayTransferData: boolean;
  /** Infinity when nothing is due. */
  readonly nextDeadlineNs: number;

  /** SCTP COMM_UP, whoever opened the association. */
  communicationUp(nowNs: number): void;
  /** COMM_LOST, ABORT or SHUTDOWN. */
  communicationLost(nowNs: number): void;
  /** SCTP RESTART: the peer forgot everything, the association stands. */
  restart(nowNs: number): void;
  /**
   * True when DATA that `peekDataMessage` read may be taken at once, without {@link receive}. Otherwise give the message to
   * {@link receive}, which decides what it gets.
   */
  admitsData(stream: number, fields: DataFields): boolean;
  /** Any received message: `length` octets from `offset`. Events hold views of `bytes`. Never throws for what the peer sent. */
  receive(stream: number, bytes: Uint8Array, offset: number, length: number, nowNs: number): void;
  /** Does what is due. */
  tick(nowNs: number): void;
}

/** An endpoint that asks for its own state: an ASP, or an IPSP. */
export interface ActingEndpoint extends M3uaEndpoint {
  /** State of our own ASP as far as the peer has acknowledged it. */
  readonly aspState: AspState;
  /** Goal: ASP-ACTIVE. Clears an earlier refusal. */
  activate(nowNs: number): void;
  /** Goal: ASP-INACTIVE, asked for with ASPIA; no DATA is sent from now on. */
  deactivate(nowNs: number): void;
  /** Goal: ASP-DOWN, with ASPIA and ASPDN; when `aspState` says so the association may be shut down. */
  down(nowNs: number): void;
}
