import { APPLICATION_CONTEXT } from '../../protocol/cap/constants.js';
import {
  answerMessage,
  callEndMessage,
  contextRefusedMessage,
  instructionsMessage,
  pAbortMessage,
  rejectMessage,
} from '../../protocol/cap/dialogues.js';
import { encodeUserData } from '../../protocol/cap/template.js';
import { type DataTemplate, encodeDataTemplate } from '../../protocol/m3ua/template.js';
import type { TcapMessage } from '../../protocol/tcap/message.js';
import type { TransactionId } from '../../protocol/tcap/transaction-id.js';
import { ANSWER } from './billing.js';

/** Where a request came from and how it looked: what its answer has to fit. */
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

/** What tells answers of one addressing apart. */
export interface AnswerForm {
  /** A value of {@link ANSWER} other than `none`. */
  readonly answer: number;
  /** Release cause, P-Abort cause or problem, as the answer has it; 0 to 255. */
  readonly cause: number;
  /** `reject`: invoke id. `continueCall`: maxCallPeriodDuration in tenths of a second. */
  readonly detail: number;
}

/** SI of SCCP (Q.704 §14.2.1). */
const SI_SCCP = 3;

/** Encodes the answer by the full codec, addresses and point codes turned round; transaction ids and SLS are 0. */
export function encodeAnswer(to: Addressing, form: AnswerForm): AnswerTemplate {
  const { bytes, places } = encodeUserData(
    { called: to.calling, calling: to.called, protocolClass: 0, returnOnError: false },
    fitted(tcapAnswer(form), to),
  );
  const message = encodeDataTemplate({
    networkAppearance: to.networkAppearance < 0 ? undefined : to.networkAppearance,
    routingContext: to.routingContext < 0 ? undefined : to.routingContext,
    protocolData: { opc: to.dpc, dpc: to.opc, si: SI_SCCP, ni: to.ni, mp: to.mp, sls: 0, userData: bytes },
  });
  return {
    message,
    dtidAt: places.dtid === null ? -1 : message.userDataAt + places.dtid.offset,
    otidAt: places.otid === null ? -1 : message.userDataAt + places.otid.offset,
  };
}

function tcapAnswer({ answer, cause, detail }: AnswerForm): TcapMessage {
  switch (answer) {
    case ANSWER.endContinue:
      return answerMessage(0, 'continue');
    case ANSWER.endRelease:
      return answerMessage(0, { releaseCause: cause });
    case ANSWER.continueCall:
      return instructionsMessage(0, 0, {
        maxCallPeriodTenths: detail,
        partyToCharge: { side: 'sending', leg: 1 },
      });
    case ANSWER.endCall:
      return callEndMessage(0, 'nothing');
    case ANSWER.abort:
      return pAbortMessage(0, cause);
    case ANSWER.reject:
      return { ...answerMessage(0, 'nothing'), ...componentsOf(rejectMessage(0, detail, cause)) };
    case ANSWER.rejectGeneral:
      return {
        ...answerMessage(0, 'nothing'),
        components: [{ kind: 'reject', invokeId: null, problemKind: 'general', problem: cause }],
      } as TcapMessage;
    case ANSWER.refuseContext:
      return contextRefusedMessage(0, APPLICATION_CONTEXT.capV2);
    default:
      throw new Error(`responder: answer ${answer} has no message`);
  }
}

function componentsOf(message: TcapMessage) {
  return 'components' in message ? { components: message.components } : {};
}

/**
 * The message with a DTID as long as the request's OTID was, and without dialogue portion where the request had none
 * (Q.774 §3.2.1.4: the responder never introduces one).
 */
function fitted(message: TcapMessage, to: Addressing): TcapMessage {
  const dtid = { value: 0, size: to.otidSize as TransactionId['size'] };
  if ('dialogue' in message && !to.hasDialogue) return { ...message, dtid, dialogue: null } as TcapMessage;
  return { ...message, dtid } as TcapMessage;
}
