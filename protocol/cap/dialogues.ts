import type { ObjectIdentifier } from '../ber/object-identifier.js';
import type { Aare } from '../tcap/dialogue.js';
import { type Invoke, invoke } from '../tcap/invoke.js';
import type { TcapMessage } from '../tcap/message.js';
import { type TransactionId, transactionId } from '../tcap/transaction-id.js';
import { isdnAddress } from './address-string.js';
import { type ApplyChargingArg, applyChargingNode } from './apply-charging.js';
import { applyChargingReportNode } from './apply-charging-report.js';
import { cause } from './cause.js';
import { APPLICATION_CONTEXT, BCSM_EVENT, CAP_OPERATION, MONITOR_MODE } from './constants.js';
import { eventReportBcsmNode } from './event-report-bcsm.js';
import { type InitialDpArg, initialDpNode } from './initial-dp.js';
import { e164 } from './isup-number.js';
import type { LegId } from './leg.js';
import { releaseCallNode } from './release-call.js';
import { type BcsmEvent, requestReportBcsmEventNode } from './request-report-bcsm-event.js';

/*
 * Whole messages of the two dialogues, between gsmSSF (generator) and gsmSCF (responder).
 *
 *   probe   Begin InitialDP                                 ->
 *                                                          <-  End Continue | ReleaseCall
 *
 *   call    Begin InitialDP                                 ->
 *                                                          <-  Continue RequestReportBCSMEvent, ApplyCharging, Continue
 *           Continue ApplyChargingReport, EventReportBCSM   ->
 *                                                          <-  End Continue | ReleaseCall | nothing
 *
 * A transaction id given as a number takes four octets. A DTID must repeat the peer's OTID octet by octet: give its size when it is another.
 */

/** A transaction id: a number for four octets. */
export type Id = number | TransactionId;

/** What a subscriber's call looks like to a prepaid service. */
export interface CallFacts {
  readonly serviceKey: number;
  /** E.164 digits with country code. */
  readonly callingNumber: string;
  readonly calledNumber: string;
  readonly imsi: string;
  readonly mscNumber: string;
  readonly vlrNumber: string;
  /** 1 to 8 octets. */
  readonly callReference: Uint8Array;
}

/** How a request ends well-formed. `nothing` ends a dialogue without an operation. */
export type Verdict = 'continue' | 'nothing' | { readonly releaseCause: number };

/** PLMN 240 01, location area 1, cell 1, and the speech bearer: what stays the same in every call. */
const CELL_GLOBAL_ID = Uint8Array.of(0x42, 0xf0, 0x10, 0x00, 0x01, 0x00, 0x01);
const SPEECH = Uint8Array.of(0x80, 0x90, 0xa3);
const TELEPHONY = Uint8Array.of(0x83, 0x01, 0x11);
const ORDINARY_SUBSCRIBER = 10;
/** Screening indicator: network provided. */
const NETWORK_PROVIDED = 3;

const CALLING_LEG: LegId = { side: 'sending', leg: 1 };
const CALLED_LEG: LegId = { side: 'sending', leg: 2 };

/** The argument of an originating call's InitialDP. Time of day is not part of it: `timeAndTimezone` can be added. */
export function originatingCall(facts: CallFacts): InitialDpArg {
  return {
    serviceKey: facts.serviceKey,
    calledPartyNumber: e164(facts.calledNumber),
    callingPartyNumber: e164(facts.callingNumber, NETWORK_PROVIDED),
    callingPartysCategory: ORDINARY_SUBSCRIBER,
    locationNumber: e164(facts.vlrNumber, NETWORK_PROVIDED),
    bearerCapability: SPEECH,
    eventTypeBCSM: BCSM_EVENT.collectedInfo,
    imsi: facts.imsi,
    locationInformation: {
      ageMinutes: 0,
      vlrNumber: isdnAddress(facts.vlrNumber),
      cellGlobalId: CELL_GLOBAL_ID,
    },
    extBasicServiceCode: TELEPHONY,
    callReferenceNumber: facts.callReference,
    mscAddress: isdnAddress(facts.mscNumber),
  };
}

/** Begin with AARQ and InitialDP: first message of probe and call. */
export function requestMessage(
  otid: Id,
  arg: InitialDpArg,
  applicationContext: ObjectIdentifier = APPLICATION_CONTEXT.capV2,
): TcapMessage {
  return {
    type: 'begin',
    otid: idOf(otid),
    dialogue: { pdu: 'aarq', applicationContext, userInformation: null },
    components: [invoke(1, CAP_OPERATION.initialDP, initialDpNode(arg))],
  };
}

/** End with AARE: the answer to a probe, or a refusal of a call's first message. */
export function answerMessage(
  dtid: Id,
  verdict: Verdict,
  applicationContext: ObjectIdentifier = APPLICATION_CONTEXT.capV2,
): TcapMessage {
  return {
    type: 'end',
    dtid: idOf(dtid),
    dialogue: accepted(applicationContext),
    components: verdictComponents(verdict),
  };
}

/** Continue with AARE, armed events, a charging period and Continue: the answer to a call's first message. */
export function instructionsMessage(
  otid: Id,
  dtid: Id,
  charging: ApplyChargingArg,
  applicationContext: ObjectIdentifier = APPLICATION_CONTEXT.capV2,
): TcapMessage {
  const bcsmEvents: readonly BcsmEvent[] = [
    { eventTypeBCSM: BCSM_EVENT.oAnswer, monitorMode: MONITOR_MODE.notifyAndContinue, legId: CALLED_LEG },
    { eventTypeBCSM: BCSM_EVENT.oDisconnect, monitorMode: MONITOR_MODE.interrupted, legId: CALLING_LEG },
    { eventTypeBCSM: BCSM_EVENT.oDisconnect, monitorMode: MONITOR_MODE.interrupted, legId: CALLED_LEG },
  ];
  return {
    type: 'continue',
    otid: idOf(otid),
    dtid: idOf(dtid),
    dialogue: accepted(applicationContext),
    components: [
      invoke(1, CAP_OPERATION.requestReportBCSMEvent, requestReportBcsmEventNode({ bcsmEvents })),
      invoke(2, CAP_OPERATION.applyCharging, applyChargingNode(charging)),
      invoke(3, CAP_OPERATION.continue),
    ],
  };
}

/**
 * Continue with ApplyChargingReport and EventReportBCSM(oDisconnect): the end of a call as the generator reports it.
 * @param durationTenths how long the call took, tenths of a second
 */
export function reportMessage(otid: Id, dtid: Id, durationTenths: number): TcapMessage {
  const report = applyChargingReportNode({
    partyToCharge: { side: 'receiving', leg: 1 },
    time: { ifNoTariffSwitchTenths: durationTenths },
    callActive: false,
  });
  const event = eventReportBcsmNode({
    eventTypeBCSM: BCSM_EVENT.oDisconnect,
    cause: cause(16),
    legId: { side: 'receiving', leg: 1 },
    messageType: 0,
  });
  return {
    type: 'continue',
    otid: idOf(otid),
    dtid: idOf(dtid),
    dialogue: null,
    components: [
      invoke(2, CAP_OPERATION.applyChargingReport, report),
      invoke(3, CAP_OPERATION.eventReportBCSM, event),
    ],
  };
}

/** End of a call's dialogue: the answer to its report. */
export function callEndMessage(dtid: Id, verdict: Verdict): TcapMessage {
  return {
    type: 'end',
    dtid: idOf(dtid),
    dialogue: null,
    components: verdictComponents(verdict, 4),
  };
}

/** Abort by TCAP itself, for a message that no transaction can take. `pAbortCause` as in `P_ABORT_CAUSES`. */
export function pAbortMessage(dtid: Id, pAbortCause: number): TcapMessage {
  return { type: 'abort', dtid: idOf(dtid), pAbortCause };
}

/** Abort that refuses a dialogue because its application context is not supported. */
export function contextRefusedMessage(dtid: Id, applicationContext: ObjectIdentifier): TcapMessage {
  return {
    type: 'abort',
    dtid: idOf(dtid),
    dialogue: {
      pdu: 'aare',
      applicationContext,
      result: 'rejectPermanent',
      diagnosticSource: 'user',
      diagnostic: 2,
      userInformation: null,
    },
  };
}

/** End with a Reject of an invoke: `problem` indexes `PROBLEMS.invoke`. */
export function rejectMessage(dtid: Id, invokeId: number, problem: number): TcapMessage {
  return {
    type: 'end',
    dtid: idOf(dtid),
    dialogue: null,
    components: [{ kind: 'reject', invokeId, problemKind: 'invoke', problem }],
  };
}

/** End with a ReturnError for an invoke: `error` as in `CAP_ERRORS`. */
export function errorMessage(
  dtid: Id,
  invokeId: number,
  error: number,
  applicationContext: ObjectIdentifier = APPLICATION_CONTEXT.capV2,
): TcapMessage {
  return {
    type: 'end',
    dtid: idOf(dtid),
    dialogue: accepted(applicationContext),
    components: [{ kind: 'returnError', invokeId, error, parameter: null }],
  };
}

function idOf(id: Id): TransactionId {
  return typeof id === 'number' ? transactionId(id) : id;
}

function accepted(applicationContext: ObjectIdentifier): Aare {
  return {
    pdu: 'aare',
    applicationContext,
    result: 'accepted',
    diagnosticSource: 'user',
    diagnostic: 0,
    userInformation: null,
  };
}

function verdictComponents(verdict: Verdict, invokeId = 1): readonly Invoke[] {
  if (verdict === 'nothing') return [];
  if (verdict === 'continue') return [invoke(invokeId, CAP_OPERATION.continue)];
  return [invoke(invokeId, CAP_OPERATION.releaseCall, releaseCallNode(cause(verdict.releaseCause)))];
}
