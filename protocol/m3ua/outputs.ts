import type { DataMessage } from './data.js';
import type { DestinationStateMessage } from './destination-state.js';
import type { DupuMessage } from './dupu.js';
import type { ErrMessage } from './err.js';
import type { M3uaDecodeError } from './fault.js';
import { encodeM3ua, type M3uaKind, type M3uaMessage } from './message.js';
import type { NtfyMessage } from './ntfy.js';
import type { SconMessage } from './scon.js';
import { MANAGEMENT_STREAM } from './streams.js';

/** States of an ASP (RFC 4666 §4.3.1). */
export type AspState = 'ASP-DOWN' | 'ASP-INACTIVE' | 'ASP-ACTIVE';
/** States of an AS (RFC 4666 §4.3.2). */
export type AsState = 'AS-DOWN' | 'AS-INACTIVE' | 'AS-ACTIVE' | 'AS-PENDING';

/** What an endpoint tells its user. */
export type M3uaEvent =
  /** Our own ASP changed its state. */
  | { readonly kind: 'aspState'; readonly state: AspState }
  /** The ASP at the other end changed its state. */
  | { readonly kind: 'peerState'; readonly state: AspState; readonly aspIdentifier: number | undefined }
  /** An AS that we serve changed its state; `routingContext` is null for one without. */
  | { readonly kind: 'asState'; readonly routingContext: number | null; readonly state: AsState }
  /** Another ASP took over in override mode; our goal is now ASP-INACTIVE until it is set again. */
  | { readonly kind: 'overridden' }
  /** The peer refused a request for good; nothing is repeated until the goal is set again. */
  | { readonly kind: 'refused'; readonly request: AspRequest; readonly errorCode: number }
  /** T(ack) ran out for the `attempts`th time; the request was sent again. */
  | { readonly kind: 'ackMissing'; readonly request: AspRequest; readonly attempts: number }
  | { readonly kind: 'notify'; readonly message: NtfyMessage }
  | { readonly kind: 'error'; readonly message: ErrMessage }
  | { readonly kind: 'network'; readonly message: DestinationStateMessage | SconMessage | DupuMessage }
  /** DATA that came the long way; see `M3uaEndpoint.admitsData`. Holds views of the received octets. */
  | { readonly kind: 'data'; readonly stream: number; readonly message: DataMessage }
  /** A message was dropped without an answer. */
  | { readonly kind: 'discarded'; readonly message: M3uaKind; readonly reason: string }
  /** A message did not decode; it was answered with the error's code unless it was an ERR itself. */
  | { readonly kind: 'malformed'; readonly error: M3uaDecodeError }
  /** The peer did not answer a BEAT in time; the association is no good any more. */
  | { readonly kind: 'beatLost' };

/** Requests that wait for an acknowledgement under T(ack). */
export type AspRequest = 'ASPUP' | 'ASPAC' | 'ASPIA' | 'ASPDN';

export type M3uaOutput =
  | {
      readonly kind: 'send';
      readonly association: number;
      readonly stream: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'event'; readonly association: number; readonly event: M3uaEvent };

/**
 * Where endpoints leave what is to be sent and told, in order. One queue serves all endpoints of a loop: put one input in, then
 * {@link take} until undefined. Bounded by what a single input can cause.
 */
export class OutputQueue {
  #waiting: M3uaOutput[] = [];
  #next = 0;

  get length(): number {
    return this.#waiting.length - this.#next;
  }

  push(output: M3uaOutput): void {
    this.#waiting.push(output);
  }

  /** The oldest output, or undefined when there is none. */
  take(): M3uaOutput | undefined {
    const output = this.#waiting[this.#next];
    if (output === undefined) {
      if (this.#next !== 0) {
        this.#waiting = [];
        this.#next = 0;
      }
      return undefined;
    }
    this.#next += 1;
    return output;
  }
}

/** The outputs of one association. */
export class Outlet {
  readonly association: number;
  readonly #queue: OutputQueue;

  constructor(queue: OutputQueue, association: number) {
    this.#queue = queue;
    this.association = association;
  }

  /** Sends a message of any class but DATA, on stream 0 (§1.4.7). */
  send(message: Exclude<M3uaMessage, DataMessage>): void {
    this.sendBytes(MANAGEMENT_STREAM, encodeM3ua(message));
  }

  sendBytes(stream: number, bytes: Uint8Array): void {
    this.#queue.push({ kind: 'send', association: this.association, stream, bytes });
  }

  tell(event: M3uaEvent): void {
    this.#queue.push({ kind: 'event', association: this.association, event });
  }
}
