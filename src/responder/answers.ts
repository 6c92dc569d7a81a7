import { type Marks, nodeSize, writeNode } from '../../protocol/ber/node.js';
import { ByteWriter } from '../../protocol/bytes/writer.js';
import { applyChargingNode } from '../../protocol/cap/apply-charging.js';
import { cause } from '../../protocol/cap/cause.js';
import {
  APPLICATION_CONTEXT,
  BCSM_EVENT,
  CAP_OPERATION,
  MONITOR_MODE,
} from '../../protocol/cap/constants.js';
import { releaseCallNode } from '../../protocol/cap/release-call.js';
import { type BcsmEvent, requestReportBcsmEventNode } from '../../protocol/cap/request-report-bcsm-event.js';
import { type DataTemplate, encodeDataTemplate } from '../../protocol/m3ua/template.js';
import { encodeUdt } from '../../protocol/sccp/udt.js';
import type { Component } from '../../protocol/tcap/component.js';
import type { Aare } from '../../protocol/tcap/dialogue.js';
import { invoke } from '../../protocol/tcap/invoke.js';
import { TCAP_MARK, type TcapMessage, tcapNode } from '../../protocol/tcap/message.js';
import type { TransactionId } from '../../protocol/tcap/transaction-id.js';
import { ANSWER } from './billing.js';

/** Where an answer goes and what it looks like from outside: the request's addressing, turned round when the answer is built. */
export interface Addressing {
  /** -1 when the request had none. */
  readonly networkAppearance: number;
  readonly routingContext: number;
  /** Point codes of the request. */
  readonly opc: number;
  readonly dpc: number;
  readonly ni: number;
  readonly mp: number;
  /** Parameter fields of the request's SCCP addresses, without length octet. */
  readonly called: Uint8Array;
  readonly calling: Uint8Array;
  /** Octets of the request's OTID, 1 to 4. */
  readonly otidSize: number;
  /** The request had a dialogue portion, so the first answer has one. */
  readonly hasDialogue: boolean;
}

/** A whole M3UA DATA message with the places that vary per request; -1 where it has no such field. */
export interface AnswerTemplate {
  readonly message: DataTemplate;
  /** DTID contents, `otidSize` octets. */
  readonly dtidAt: number;
  /** Own transaction id, 4 octets. */
  readonly otidAt: number;
}

/** What the responder asks for and grants when a call begins. */
export interface CallTerms {
  /** Tells the terms of different tariffs apart, 0 to 65535. */
  readonly index: number;
  /** maxCallPeriodDuration, tenths of a second. */
  readonly grantTenths: number;
}

/** The four octets that an unpatched transaction id holds. */
const PLACEHOLDER = 0;

/** SI of SCCP (Q.704 §14.2.1). */
const SI_SCCP = 3;

/**
 * Encodes the answer to a request with this addressing, by the full codec.
 * @param answer a value of {@link ANSWER} other than `none`
 * @param reason release cause, P-Abort cause or invoke problem, as the answer has it
 */
export function encodeAnswer(
  to: Addressing,
  answer: number,
  reason: number,
  terms: CallTerms,
): AnswerTemplate {
  const node = tcapNode(tcapAnswer(to, answer, reason, terms));
  const marks: Marks = new Map();
  const writer = new ByteWriter(nodeSize(node));
  writeNode(node, writer, marks);
  const { bytes, offsets } = encodeUdt({
    protocolClass: 0,
    returnOnError: false,
    called: to.calling,
    calling: to.called,
    data: writer.finish(),
  });
  const message = encodeDataTemplate({
    networkAppearance: to.networkAppearance < 0 ? undefined : to.networkAppearance,
    routingContext: to.routingContext < 0 ? undefined : to.routingContext,
    protocolData: { opc: to.dpc, dpc: to.opc, si: SI_SCCP, ni: to.ni, mp: to.mp, sls: 0, userData: bytes },
  });
  const tcapAt = message.userDataAt + offsets.data;
  const dtid = marks.get(TCAP_MARK.dtid);
  const otid = marks.get(TCAP_MARK.otid);
  return {
    message,
    dtidAt: dtid === undefined ? -1 : tcapAt + dtid.offset,
    otidAt: otid === undefined ? -1 : tcapAt + otid.offset,
  };
}

function tcapAnswer(to: Addressing, answer: number, reason: number, terms: CallTerms): TcapMessage {
  const dtid = { value: PLACEHOLDER, size: to.otidSize as TransactionId['size'] };
  const dialogue = to.hasDialogue ? ACCEPTED : null;
  switch (answer) {
    case ANSWER.endContinue:
      return { type: 'end', dtid, dialogue, components: [invoke(1, CAP_OPERATION.continue)] };
    case ANSWER.endRelease:
      return {
        type: 'end',
        dtid,
        dialogue,
        components: [invoke(1, CAP_OPERATION.releaseCall, releaseCallNode(cause(reason)))],
      };
    case ANSWER.continueCall: {
      const otid = { value: PLACEHOLDER, size: 4 as const };
      return { type: 'continue', otid, dtid, dialogue, components: callComponents(terms) };
    }
    case ANSWER.endCall:
      return { type: 'end', dtid, dialogue: null, components: [] };
    case ANSWER.abort:
      return { type: 'abort', dtid, pAbortCause: reason };
    case ANSWER.reject:
      return {
        type: 'end',
        dtid,
        dialogue,
        components: [{ kind: 'reject', invokeId: 1, problemKind: 'invoke', problem: reason }],
      };
    default:
      throw new Error(`no message for answer ${answer}`);
  }
}

/** Armed for the answer and the end of the call; granted; and on it goes. */
function callComponents(terms: CallTerms): Component[] {
  const { oAnswer, oDisconnect } = BCSM_EVENT;
  const bcsmEvents: BcsmEvent[] = [
    { eventTypeBCSM: oAnswer, monitorMode: MONITOR_MODE.notifyAndContinue },
    { eventTypeBCSM: oDisconnect, monitorMode: MONITOR_MODE.interrupted, legId: { side: 'sending', leg: 1 } },
    { eventTypeBCSM: oDisconnect, monitorMode: MONITOR_MODE.interrupted, legId: { side: 'sending', leg: 2 } },
  ];
  const applyCharging = applyChargingNode({
    maxCallPeriodTenths: terms.grantTenths,
    partyToCharge: { side: 'sending', leg: 1 },
  });
  return [
    invoke(1, CAP_OPERATION.requestReportBCSMEvent, requestReportBcsmEventNode({ bcsmEvents })),
    invoke(2, CAP_OPERATION.applyCharging, applyCharging),
    invoke(3, CAP_OPERATION.continue),
  ];
}

const ACCEPTED: Aare = {
  pdu: 'aare',
  applicationContext: APPLICATION_CONTEXT.capV2,
  result: 'accepted',
  diagnosticSource: 'user',
  diagnostic: 0,
  userInformation: null,
};
