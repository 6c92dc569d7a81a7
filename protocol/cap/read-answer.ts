import { SCCP_TYPE } from '../sccp/constants.js';
import { COMPONENT, TC } from '../tcap/constants.js';
import { ComponentCursor, readComponentAt } from './component-cursor.js';
import { ENVELOPE, Envelope, readEnvelope } from './envelope.js';
import { OPERATION_BIT, operationBit } from './operation-bits.js';
import { rewriteDefinite } from './rewrite.js';

/** What a message means to a generator that waits for an answer. */
export const ANSWER = {
  /** Does not decode, or holds what no answer holds. `ownIdSize` tells whether it names a transaction all the same. */
  malformed: 0,
  /** The call may go on: Continue or Connect, with or without charging instructions. */
  continue: 1,
  /** ReleaseCall; `cause` is its release cause. */
  release: 2,
  /** Well-formed instructions without Continue, Connect or ReleaseCall: the call still waits. */
  instructions: 3,
  /** End or Continue without components. */
  empty: 4,
  /** ReturnError; `cause` is its local error code. */
  returnError: 5,
  /** Reject; `cause` is problem kind * 128 + problem. */
  reject: 6,
  /** UDTS, XUDTS or LUDTS: our message came back; `cause` is the return cause. */
  returned: 7,
  /** Abort by the peer's TCAP; `cause` is the P-Abort cause. */
  pAbort: 8,
  /** Abort by the peer's application, or a dialogue it refused. */
  uAbort: 9,
  /** Begin or Unidirectional: no answer at all. */
  unexpected: 10,
  /** One segment of a longer message: to be reassembled first. */
  segment: 11,
} as const;

/** A received message as plain numbers; one object serves for all. */
export class Answer {
  /** A value of {@link ANSWER}. */
  outcome: number = ANSWER.malformed;
  /** Id of our transaction: the DTID, or in a returned message the OTID that we had sent. Meaningless when `ownIdSize` is 0. */
  ownId = 0xffff_ffff;
  /** Octets of it, 1...4; 0 when the message names no transaction of ours. */
  ownIdSize = 0;
  /** Id of the peer's transaction (OTID of a Continue), to be sent back as DTID. */
  peerId = 0xffff_ffff;
  peerIdSize = 0;
  /** Operations invoked, see `OPERATION_BIT`. */
  operations = 0;
  /** See {@link ANSWER}; -1 where it gives none. */
  cause = -1;
  /** Where the parts of the message lie. */
  readonly envelope = new Envelope();
  readonly component = new ComponentCursor();
}

/**
 * Reads the user data of a DATA message (SI 3) between `offset` and `end`. Total: any octets give a value, none an error, and
 * nothing is allocated unless the peer uses indefinite lengths.
 *
 * Accepts what `decodeSccp`, `decodeTcap` and `decodeReleaseCall` accept, and besides: addresses, dialogue portions, arguments
 * other than that of ReleaseCall, and components of what is no answer anyway, with any contents.
 * @returns `out.outcome`
 */
export function readAnswer(bytes: Uint8Array, offset: number, end: number, out: Answer): number {
  const { envelope } = out;
  out.ownIdSize = 0;
  out.peerIdSize = 0;
  out.operations = 0;
  out.cause = -1;
  let status = readEnvelope(bytes, offset, end, envelope);
  if (status === ENVELOPE.indefinite) status = rewriteDefinite(envelope, offset, end);
  out.outcome = status === ENVELOPE.sccpFault ? ANSWER.malformed : classify(out, status, offset, end);
  return out.outcome;
}

function classify(out: Answer, status: number, offset: number, end: number): number {
  const { envelope } = out;
  const { sccpType } = envelope;
  if (sccpType === SCCP_TYPE.udts || sccpType === SCCP_TYPE.xudts || sccpType === SCCP_TYPE.ludts) {
    // What came back is our own message, perhaps cut: its OTID names the transaction, the rest does not matter.
    out.ownId = envelope.otid;
    out.ownIdSize = envelope.otidSize;
    out.cause = envelope.classOrCause;
    return ANSWER.returned;
  }
  if (status === ENVELOPE.segment) return ANSWER.segment;
  out.ownId = envelope.dtid;
  out.ownIdSize = envelope.dtidSize;
  if (envelope.tcapType === TC.continue) {
    out.peerId = envelope.otid;
    out.peerIdSize = envelope.otidSize;
  }
  if (status !== ENVELOPE.ok) return ANSWER.malformed;
  switch (envelope.tcapType) {
    case TC.end:
    case TC.continue:
      return readComponents(out, offset, end);
    case TC.abort:
      if (envelope.pAbortCause < 0) return ANSWER.uAbort;
      out.cause = envelope.pAbortCause;
      return ANSWER.pAbort;
    default:
      return ANSWER.unexpected;
  }
}

function readComponents(out: Answer, offset: number, end: number): number {
  const { envelope, component } = out;
  if (envelope.componentsLength === 0) return ANSWER.empty;
  let outcome: number = ANSWER.instructions;
  let at = envelope.componentsOffset;
  const last = at + envelope.componentsLength;
  do {
    const status = readComponentAt(envelope.bytes, at, last, component);
    if (status < 0) {
      if (status === -1 || rewriteDefinite(envelope, offset, end) !== ENVELOPE.ok) return ANSWER.malformed;
      out.operations = 0;
      return readComponents(out, 0, envelope.tcapOffset);
    }
    const found = componentOutcome(out);
    if (found === ANSWER.malformed) return ANSWER.malformed;
    if (rank(found) > rank(outcome)) {
      outcome = found;
      out.cause = causeOf(out, found);
    }
    at = component.next;
  } while (at < last);
  return outcome;
}

function componentOutcome(out: Answer): number {
  const { component } = out;
  switch (component.kind) {
    case COMPONENT.invoke: {
      const bit = operationBit(component.code);
      out.operations |= bit;
      if (bit === OPERATION_BIT.continue || bit === OPERATION_BIT.connect) return ANSWER.continue;
      if (bit !== OPERATION_BIT.releaseCall) return ANSWER.instructions;
      return releaseCause(out) < 0 ? ANSWER.malformed : ANSWER.release;
    }
    case COMPONENT.returnError:
      return ANSWER.returnError;
    case COMPONENT.reject:
      return ANSWER.reject;
    default:
      return ANSWER.instructions;
  }
}

/** The outcome that counts when components differ: a refusal outweighs an order, an order outweighs mere instructions. */
function rank(outcome: number): number {
  switch (outcome) {
    case ANSWER.reject:
      return 4;
    case ANSWER.returnError:
      return 3;
    case ANSWER.release:
      return 2;
    case ANSWER.continue:
      return 1;
    default:
      return 0;
  }
}

function causeOf(out: Answer, outcome: number): number {
  switch (outcome) {
    case ANSWER.reject:
      return out.component.problem;
    case ANSWER.returnError:
      return out.component.code;
    case ANSWER.release:
      return releaseCause(out);
    default:
      return -1;
  }
}

/** The rules of `decodeReleaseCall`: OCTET STRING of 2 to 32 octets; octet 1a is there when the first lacks the extension bit. */
function releaseCause(out: Answer): number {
  const { component, envelope } = out;
  const size = component.contentEnd - component.contentOffset;
  if (component.parameterTag !== 0x04 || size < 2 || size > 32) return -1;
  const at = component.contentOffset;
  if ((envelope.bytes[at]! & 0x80) !== 0) return envelope.bytes[at + 1]! & 0x7f;
  return size < 3 ? -1 : envelope.bytes[at + 2]! & 0x7f;
}
