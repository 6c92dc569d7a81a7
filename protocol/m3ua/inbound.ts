import { ERROR_CODE } from './codes.js';
import type { DataMessage } from './data.js';
import { M3uaDecodeError } from './fault.js';
import { decodeM3ua, errFor, type M3uaMessage } from './message.js';
import type { Outlet } from './outputs.js';
import type { DataFields } from './peek.js';
import { MANAGEMENT_STREAM } from './streams.js';

/** What a received message must say to be ours. */
export interface Scope {
  /** Routing Contexts served here; empty when the association has one AS that is known by configuration. */
  readonly routingContexts: ReadonlySet<number>;
  /** Null when none was agreed: then any is accepted (§3.3.1). */
  readonly networkAppearance: number | null;
  /** The association has a single stream each way, so that DATA has nowhere else to go but stream 0. */
  readonly singleStream: boolean;
}

/** Decodes a received message; null when it was refused, which has been answered and told. */
export function admit(
  outlet: Outlet,
  stream: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): M3uaMessage | null {
  let message: M3uaMessage;
  try {
    message = decodeM3ua(bytes, offset, offset + length);
  } catch (error) {
    if (!(error instanceof M3uaDecodeError)) throw error;
    const err = errFor(error, bytes, offset, offset + length);
    if (err !== null) outlet.send(err);
    outlet.tell({ kind: 'malformed', error });
    return null;
  }
  if (stream !== MANAGEMENT_STREAM && STREAM_0_ONLY.has(message.kind)) {
    refuseMessage(outlet, ERROR_CODE.invalidStreamIdentifier, message);
    return null;
  }
  return message;
}

/** RFC 4666 §1.4.7: of ASPSM only BEAT may take any stream. ERR is not listed, since it is never answered. */
const STREAM_0_ONLY: ReadonlySet<string> = new Set(['ASPUP', 'ASPUP_ACK', 'ASPDN', 'ASPDN_ACK']);

/** Answers `message` with an ERR that names the Routing Contexts it had (§3.8.1); never answers an ERR. */
export function refuseMessage(outlet: Outlet, errorCode: number, message: M3uaMessage): void {
  if (message.kind === 'ERR') return;
  outlet.send({ kind: 'ERR', errorCode, routingContexts: routingContextsOf(message) });
}

function routingContextsOf(message: M3uaMessage): readonly number[] | undefined {
  if (message.kind === 'DATA') {
    return message.routingContext === undefined ? undefined : [message.routingContext];
  }
  return 'routingContexts' in message ? message.routingContexts : undefined;
}

/** The same judgement as {@link refuseData} on what `peekDataMessage` read; true when the DATA is in order. */
export function dataInScope(scope: Scope, stream: number, fields: DataFields): boolean {
  if (stream === MANAGEMENT_STREAM && !scope.singleStream) return false;
  if (scope.networkAppearance !== null && fields.networkAppearance >= 0) {
    if (fields.networkAppearance !== scope.networkAppearance) return false;
  }
  if (fields.routingContext >= 0) return scope.routingContexts.has(fields.routingContext);
  return scope.routingContexts.size < 2;
}

/** Answers DATA that is not ours with the ERR it deserves; false when it is in order. */
export function refuseData(outlet: Outlet, scope: Scope, stream: number, message: DataMessage): boolean {
  // RFC 4666 §1.4.7: DATA must not be sent on stream 0.
  if (stream === MANAGEMENT_STREAM && !scope.singleStream) {
    refuseMessage(outlet, ERROR_CODE.invalidStreamIdentifier, message);
    return true;
  }
  const { networkAppearance, routingContext } = message;
  if (scope.networkAppearance !== null && networkAppearance !== undefined) {
    // RFC 4666 §3.8.1: the invalid Network Appearance goes back in the Error.
    if (networkAppearance !== scope.networkAppearance) {
      outlet.send({ kind: 'ERR', errorCode: ERROR_CODE.invalidNetworkAppearance, networkAppearance });
      return true;
    }
  }
  if (routingContext !== undefined && !scope.routingContexts.has(routingContext)) {
    // RFC 4666 §3.8.1: the invalid Routing Context goes back in the Error.
    refuseMessage(outlet, ERROR_CODE.invalidRoutingContext, message);
    return true;
  }
  if (routingContext === undefined && scope.routingContexts.size > 1) {
    // RFC 4666 §3.8.1: without a Routing Context it is not known which AS is meant.
    refuseMessage(outlet, ERROR_CODE.noConfiguredAsForAsp, message);
    return true;
  }
  return false;
}
