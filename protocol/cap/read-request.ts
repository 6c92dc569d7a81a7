import { sameObjectIdentifier } from '../ber/object-identifier.js';
import { BerReader } from '../ber/reader.js';
import { DecodeError } from '../bytes/errors.js';
import { SCCP_TYPE } from '../sccp/constants.js';
import { COMPONENT, TC } from '../tcap/constants.js';
import { readDialoguePortion } from '../tcap/dialogue.js';
import { decodeApplyChargingReport } from './apply-charging-report.js';
import { ComponentCursor, readComponentAt } from './component-cursor.js';
import { APPLICATION_CONTEXT } from './constants.js';
import { ENVELOPE, Envelope, readEnvelope } from './envelope.js';
import { integerAt, readHeader } from './header.js';
import { OPERATION_BIT, operationBit } from './operation-bits.js';
import { clearInitialDp, InitialDpFields, readInitialDpAt } from './read-initial-dp.js';
import { rewriteDefinite } from './rewrite.js';

/** How far a request could be read: what a responder may answer depends on it. */
export const REQUEST = {
  ok: 0,
  /** No SCCP message: nothing to answer. */
  sccpFault: 1,
  /** Bad transaction or dialogue portion: P-Abort when `envelope.otidSize` is not 0. */
  transactionFault: 2,
  /** Bad component: Reject (general problem). */
  componentFault: 3,
  /** Bad argument of the operation in `operation`, invoked with `invokeId`: Reject (mistyped parameter). */
  argumentFault: 4,
  /** UDTS, XUDTS or LUDTS: a message of ours came back. */
  returned: 5,
  /** One segment of a longer message: to be reassembled first. */
  segment: 6,
} as const;

/** Application context of the dialogue portion. */
export const CONTEXT = { absent: 0, capV1: 1, capV2: 2, capV3: 3, capV4: 4, other: 5 } as const;

/** Bit of each kind of component that is there. */
export const COMPONENT_BIT = { invoke: 1, returnResult: 2, returnError: 4, reject: 8 } as const;

/** A received request as plain numbers; one object serves for all. All offsets count in `envelope.bytes`. */
export class Request {
  /** A value of {@link REQUEST}. */
  status: number = REQUEST.sccpFault;
  /** Addresses, TCAP type and transaction ids. */
  readonly envelope = new Envelope();
  /** A value of {@link CONTEXT}. */
  context: number = CONTEXT.absent;
  /** Operations invoked, see `OPERATION_BIT`. */
  operations = 0;
  /** See {@link COMPONENT_BIT}. */
  components = 0;
  /** The first invoke, or with `argumentFault` the faulty one: its id (-128...127) and local operation code; -1 without any. */
  invokeId = 0;
  operation = -1;
  /** Parameters of the InitialDP; absent ones when there is none. */
  readonly initialDp = new InitialDpFields();
  /** ApplyChargingReport: charged time in tenths of a second, both sides of a tariff switch added; else -1. */
  durationTenths = -1;
  /** EventReportBCSM: its event type; else -1. */
  eventTypeBCSM = -1;
  readonly component = new ComponentCursor();
}

/**
 * Reads the user data of a DATA message (SI 3) between `offset` and `end`. Total: any octets give a value, none an error. Allocates only for
 * indefinite lengths, for a dialogue portion other than a plain CAP v2 AARQ, and for an unusual ApplyChargingReport.
 *
 * Accepts what the decoders of SCCP, TCAP, InitialDP, ApplyChargingReport and EventReportBCSM accept, and besides: addresses with any
 * contents, parameters of an InitialDP that it does not report with any contents, and what follows the event type of an EventReportBCSM.
 * @returns `out.status`
 */
export function readRequest(bytes: Uint8Array, offset: number, end: number, out: Request): number {
  const { envelope } = out;
  out.context = CONTEXT.absent;
  clearComponents(out);
  let status = readEnvelope(bytes, offset, end, envelope);
  if (status === ENVELOPE.indefinite) status = rewriteDefinite(envelope, offset, end);
  out.status = statusOf(status, envelope.sccpType);
  if (out.status !== REQUEST.ok) return out.status;
  if (envelope.dialogueLength > 0) {
    out.context = contextOf(envelope);
    if (out.context < 0) {
      out.context = CONTEXT.other;
      out.status = REQUEST.transactionFault;
      return out.status;
    }
  }
  let found = envelope.componentsLength === 0 ? REQUEST.ok : readComponents(out);
  if (found < 0 && rewriteDefinite(envelope, offset, end) === ENVELOPE.ok) found = readComponents(out);
  // What cannot be rewritten is malformed where the reader met it.
  if (found < 0) found = found === INDEFINITE_ARGUMENT ? REQUEST.argumentFault : REQUEST.componentFault;
  out.status = found;
  return out.status;
}

/** Beside {@link REQUEST}: an indefinite length in a component, or in the argument of the one in `invokeId`. */
const INDEFINITE = -2;
const INDEFINITE_ARGUMENT = -3;

function clearComponents(out: Request): void {
  out.operations = 0;
  out.components = 0;
  out.invokeId = 0;
  out.operation = -1;
  out.durationTenths = -1;
  out.eventTypeBCSM = -1;
  clearInitialDp(out.initialDp);
}

function statusOf(envelopeStatus: number, sccpType: number): number {
  if (envelopeStatus === ENVELOPE.sccpFault) return REQUEST.sccpFault;
  if (sccpType === SCCP_TYPE.udts || sccpType === SCCP_TYPE.xudts || sccpType === SCCP_TYPE.ludts) {
    return REQUEST.returned;
  }
  if (envelopeStatus === ENVELOPE.segment) return REQUEST.segment;
  return envelopeStatus === ENVELOPE.ok ? REQUEST.ok : REQUEST.transactionFault;
}

function readComponents(out: Request): number {
  const { envelope, component } = out;
  clearComponents(out);
  let at = envelope.componentsOffset;
  const last = at + envelope.componentsLength;
  do {
    const fault = readComponentAt(envelope.bytes, at, last, component);
    if (fault !== 0) return fault === -2 ? INDEFINITE : REQUEST.componentFault;
    if (component.kind === COMPONENT.invoke) {
      const status = readInvoke(out);
      if (status !== REQUEST.ok) return status;
    } else if (component.kind === COMPONENT.returnError) out.components |= COMPONENT_BIT.returnError;
    else if (component.kind === COMPONENT.reject) out.components |= COMPONENT_BIT.reject;
    else out.components |= COMPONENT_BIT.returnResult;
    at = component.next;
  } while (at < last);
  return REQUEST.ok;
}

function readInvoke(out: Request): number {
  const { component } = out;
  const bit = operationBit(component.code);
  const argument = readArgument(out, bit);
  if ((out.components & COMPONENT_BIT.invoke) === 0 || argument !== 0) {
    out.invokeId = component.invokeId;
    out.operation = component.code;
  }
  out.components |= COMPONENT_BIT.invoke;
  out.operations |= bit;
  if (argument === 0) return REQUEST.ok;
  return argument === -2 ? INDEFINITE_ARGUMENT : REQUEST.argumentFault;
}

/** @returns 0, -1 for a bad argument, -2 for an indefinite length */
function readArgument(out: Request, bit: number): number {
  const { component, envelope } = out;
  const { contentOffset, contentEnd } = component;
  switch (bit) {
    case OPERATION_BIT.initialDP:
      if (component.parameterTag !== 0x30) return -1;
      return readInitialDpAt(envelope.bytes, contentOffset, contentEnd, out.initialDp);
    case OPERATION_BIT.applyChargingReport:
      if (component.parameterTag !== 0x04) return -1;
      out.durationTenths = chargedTime(envelope.bytes, contentOffset, contentEnd);
      if (out.durationTenths < 0) {
        out.durationTenths = chargedTimeDecoded(envelope.bytes, component.parameterOffset, contentEnd);
      }
      return out.durationTenths < 0 ? -1 : 0;
    case OPERATION_BIT.eventReportBCSM:
      if (component.parameterTag !== 0x30) return -1;
      return readEventType(out);
    default:
      return 0;
  }
}

function readEventType(out: Request): number {
  const { bytes } = out.envelope;
  const { contentOffset, contentEnd } = out.component;
  if (contentOffset >= contentEnd || bytes[contentOffset] !== 0x80) return -1;
  const header = readHeader(bytes, contentOffset + 1, contentEnd);
  if (header < 0) return -1;
  const event = integerAt(bytes, contentOffset + 1 + (header & 7), header >>> 3);
  if (!(event >= 0 && event <= 127)) return -1;
  out.eventTypeBCSM = event;
  return 0;
}

/**
 * Charged time of the usual CallResult; -1 for any other, which the decoder then judges.
 *
 * ```
 *   a0 len  a0 03 81 01 leg  a1 len 80 len tenths  [82 01 active]
 * ```
 */
function chargedTime(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 12 || bytes[at] !== 0xa0 || bytes[at + 1] !== end - at - 2) return -1;
  const leg = at + 2;
  if (bytes[leg] !== 0xa0 || bytes[leg + 1] !== 3 || bytes[leg + 2] !== 0x81 || bytes[leg + 3] !== 1)
    return -1;
  const time = leg + 5;
  const size = bytes[time + 3]!;
  if (bytes[time] !== 0xa1 || bytes[time + 1] !== size + 2 || bytes[time + 2] !== 0x80) return -1;
  const after = time + 4 + size;
  if (size > 4 || after > end) return -1;
  const tenths = integerAt(bytes, time + 4, size);
  if (!(tenths >= 0 && tenths <= 864_000)) return -1;
  const active = end - after === 3 && bytes[after] === 0x82 && bytes[after + 1] === 1;
  return after === end || active ? tenths : -1;
}

function chargedTimeDecoded(bytes: Uint8Array, offset: number, end: number): number {
  try {
    const { time } = decodeApplyChargingReport(bytes.subarray(offset, end));
    if ('ifNoTariffSwitchTenths' in time) return time.ifNoTariffSwitchTenths;
    return time.sinceTariffSwitchTenths + (time.tariffSwitchIntervalTenths ?? 0);
  } catch (error) {
    if (error instanceof DecodeError) return -1;
    throw error;
  }
}

/** Contents of the dialogue portion of a plain CAP v2 request: EXTERNAL, dialogue-as-id, AARQ with version 1 and no user information. */
const CAP_V2_AARQ = Uint8Array.of(
  ...[0x28, 0x1c, 0x06, 0x07, 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01],
  ...[0xa0, 0x11, 0x60, 0x0f, 0x80, 0x02, 0x07, 0x80],
  ...[0xa1, 0x09, 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x00, 0x32, 0x01],
);

/** @returns a value of {@link CONTEXT}, or -1 when the dialogue portion does not decode */
function contextOf(envelope: Envelope): number {
  const { bytes, dialogueOffset, dialogueLength } = envelope;
  if (dialogueLength === CAP_V2_AARQ.length) {
    let index = 0;
    while (index < dialogueLength && bytes[dialogueOffset + index] === CAP_V2_AARQ[index]) index++;
    if (index === dialogueLength) return CONTEXT.capV2;
  }
  return contextDecoded(bytes, dialogueOffset, dialogueOffset + dialogueLength);
}

function contextDecoded(bytes: Uint8Array, offset: number, end: number): number {
  try {
    const pdu = readDialoguePortion(new BerReader(bytes, 'TCAP', offset, end));
    if (pdu.pdu !== 'aarq') return CONTEXT.other;
    const name = pdu.applicationContext;
    if (sameObjectIdentifier(name, APPLICATION_CONTEXT.capV2)) return CONTEXT.capV2;
    if (sameObjectIdentifier(name, APPLICATION_CONTEXT.capV1)) return CONTEXT.capV1;
    if (sameObjectIdentifier(name, APPLICATION_CONTEXT.capV3)) return CONTEXT.capV3;
    if (sameObjectIdentifier(name, APPLICATION_CONTEXT.capV4)) return CONTEXT.capV4;
    return CONTEXT.other;
  } catch (error) {
    if (error instanceof DecodeError) return -1;
    throw error;
  }
}

/** Whether the message begins a dialogue with an InitialDP, the only thing a new dialogue may ask for. */
export function beginsCall(request: Request): boolean {
  return request.envelope.tcapType === TC.begin && (request.operations & OPERATION_BIT.initialDP) !== 0;
}
