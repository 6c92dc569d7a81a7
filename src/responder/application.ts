import { OPERATION_BIT } from '../../protocol/cap/operation-bits.js';
import { digitsAt, patchU32 } from '../../protocol/cap/patch.js';
import {
  beginsCall,
  COMPONENT_BIT,
  CONTEXT,
  REQUEST,
  Request,
  readRequest,
} from '../../protocol/cap/read-request.js';
import { createDataFields, type DataFields, peekDataMessage } from '../../protocol/m3ua/peek.js';
import { TC } from '../../protocol/tcap/constants.js';
import type { AnswerForm, AnswerTemplate } from './answers.js';
import { ANSWER, type Billing, hashAddress, P_ABORT } from './billing.js';
import { endsCall } from './call-events.js';
import { stageIdentity } from './identity.js';
import { type AddressingView, type Requester, RequesterCache } from './requesters.js';
import type { ApplicationStatistics } from './statistics.js';

/** What became of a message. */
export const HANDLED = {
  /** Nothing to send. */
  silent: 0,
  /** {@link BillingApplication.writeAnswer} gives the answer. */
  answered: 1,
  /** No well-formed DATA message: the M3UA endpoint judges it. */
  notData: 2,
  /** The record batch is full; drain it and offer the message again. */
  busy: 3,
} as const;

export type Handled = (typeof HANDLED)[keyof typeof HANDLED];

/** Messages that were no request to answer, by name; totals since the start. */
export interface DiscardCounters {
  /** Service indicator other than SCCP. */
  notSccp: number;
  /** SCCP or TCAP so broken that nobody can be answered. */
  undecodable: number;
  /** UDTS and the like: an answer of ours came back. */
  returned: number;
  segmented: number;
  unidirectional: number;
  /** End and Abort from requesters. */
  dialoguesEnded: number;
  /** Identity longer than a record keeps; refused with P-Abort. */
  identityTooLong: number;
  /** Answered with P-Abort resourceLimitation because the service queue was full. */
  overloaded: number;
}

/** Invoke problems (Q.773 table 28) and general problems (table 27). */
const PROBLEM = { unrecognizedOperation: 1, mistypedParameter: 2, badlyStructuredComponent: 2 } as const;

const SI_SCCP = 3;

export interface BillingApplicationOptions {
  readonly billing: Billing;
  readonly statistics: ApplicationStatistics;
  /** Addressing signatures for which answers are kept encoded. */
  readonly requestersMax: number;
}

/**
 * The billing application of one node as the network sees it: one M3UA DATA message in, at most one out.
 *
 * ```
 *   DATA -> peek -> readRequest -> Billing decides -> template of the requester, patched: DTID, own OTID, SLS
 * ```
 * Total: any octets are answered, counted or left to M3UA; nothing is thrown for them and, in steady state, nothing is allocated.
 */
export class BillingApplication {
  readonly billing: Billing;
  readonly statistics: ApplicationStatistics;
  readonly discarded: DiscardCounters = {
    notSccp: 0,
    undecodable: 0,
    returned: 0,
    segmented: 0,
    unidirectional: 0,
    dialoguesEnded: 0,
    identityTooLong: 0,
    overloaded: 0,
  };
  readonly #requesters: RequesterCache;
  readonly #data: DataFields = createDataFields();
  readonly #request = new Request();
  readonly #view: Mutable<AddressingView> = {
    networkAppearance: -1,
    routingContext: -1,
    opc: 0,
    dpc: 0,
    ni: 0,
    mp: 0,
    otidSize: 4,
    hasDialogue: false,
    bytes: new Uint8Array(0),
    calledOffset: 0,
    calledLength: 0,
    callingOffset: 0,
    callingLength: 0,
    // Larger than a small integer, so that V8 keeps the field a double and does not allocate for hashes.
    requester: 0xffff_ffff,
  };
  readonly #form: Mutable<AnswerForm> = { answer: ANSWER.none, cause: 0, detail: 0 };
  #requester: Requester | null = null;
  #template: AnswerTemplate | null = null;

  constructor(options: BillingApplicationOptions) {
    this.billing = options.billing;
    this.statistics = options.statistics;
    this.#requesters = new RequesterCache(options.requestersMax);
  }

  /** SLS of the message at hand; its answer carries the same. */
  get sls(): number {
    return this.#data.sls;
  }

  /** The decision at hand repeats an earlier one. */
  get repeated(): boolean {
    return this.billing.repeated;
  }

  /**
   * Takes one M3UA message of `length` octets at `offset`.
   * @returns a value of {@link HANDLED}
   */
  handle(bytes: Uint8Array, offset: number, length: number, nowNs: number): Handled {
    if (this.billing.records.full) return HANDLED.busy;
    if (peekDataMessage(bytes, offset, length, this.#data) < 0) return HANDLED.notData;
    if (!this.#read(bytes)) return HANDLED.silent;
    this.#form.detail = 0;
    this.billing.repeated = false;
    this.#decide(nowNs);
    return this.#prepare();
  }

  /** Refuses a request for lack of room, without looking further: P-Abort resourceLimitation, nothing charged. */
  refuse(bytes: Uint8Array, offset: number, length: number): Handled {
    if (peekDataMessage(bytes, offset, length, this.#data) < 0) return HANDLED.notData;
    if (!this.#read(bytes)) return HANDLED.silent;
    this.discarded.overloaded += 1;
    this.billing.repeated = false;
    this.#decided(
      this.#request.envelope.otidSize > 0 ? ANSWER.abort : ANSWER.none,
      P_ABORT.resourceLimitation,
    );
    return this.#prepare();
  }

  /** Octets that {@link writeAnswer} writes. */
  get answerLength(): number {
    return this.#template!.message.bytes.length;
  }

  /** Writes the answer, an M3UA message, at `at`. @returns its octets */
  writeAnswer(destination: Uint8Array, at: number): number {
    const { message, dtidAt, otidAt } = this.#template!;
    const { bytes } = message;
    // A loop beats TypedArray.set below some 200 octets.
    for (let i = 0; i < bytes.length; i++) destination[at + i] = bytes[i]!;
    destination[at + message.slsAt] = this.#data.sls;
    const { otid, otidSize } = this.#request.envelope;
    if (otidSize === 4) patchU32(destination, at + dtidAt, otid);
    else patchSized(destination, at + dtidAt, otid, otidSize);
    if (otidAt >= 0) patchU32(destination, at + otidAt, this.billing.ownTransaction);
    return bytes.length;
  }

  #read(bytes: Uint8Array): boolean {
    const data = this.#data;
    if (data.si !== SI_SCCP) {
      this.discarded.notSccp += 1;
      return false;
    }
    const status = readRequest(bytes, data.userOffset, data.userOffset + data.userLength, this.#request);
    if (status === REQUEST.sccpFault) this.discarded.undecodable += 1;
    else if (status === REQUEST.returned) this.discarded.returned += 1;
    else if (status === REQUEST.segment) this.discarded.segmented += 1;
    else return this.#findRequester();
    return false;
  }

  #decide(nowNs: number): void {
    const request = this.#request;
    const { envelope } = request;
    switch (request.status) {
      case REQUEST.ok:
        this.#decideWellFormed(nowNs);
        return;
      case REQUEST.argumentFault:
        this.#form.detail = request.invokeId;
        this.#refuseInDialogue(ANSWER.reject, PROBLEM.mistypedParameter, nowNs);
        return;
      case REQUEST.componentFault:
        this.#refuseInDialogue(ANSWER.rejectGeneral, PROBLEM.badlyStructuredComponent, nowNs);
        return;
      default:
        this.discarded.undecodable += 1;
        this.#decided(
          envelope.otidSize > 0 ? ANSWER.abort : ANSWER.none,
          P_ABORT.badlyFormattedTransactionPortion,
        );
    }
  }

  #decideWellFormed(nowNs: number): void {
    const request = this.#request;
    switch (request.envelope.tcapType) {
      case TC.begin:
        this.#decideBegin(nowNs);
        return;
      case TC.continue:
        this.#decideContinue(nowNs);
        return;
      case TC.unidirectional:
        this.discarded.unidirectional += 1;
        this.#decided(ANSWER.none, 0);
        return;
      default:
        // End and Abort: whatever they report is taken, nothing is answered.
        this.discarded.dialoguesEnded += 1;
        if (request.durationTenths >= 0) this.#settle(request.durationTenths, nowNs);
        else this.#release(nowNs);
        this.#decided(ANSWER.none, 0);
    }
  }

  #decideBegin(nowNs: number): void {
    const request = this.#request;
    if (request.context !== CONTEXT.capV2 && request.context !== CONTEXT.absent) {
      this.#decided(ANSWER.refuseContext, 0);
      return;
    }
    if (!beginsCall(request)) {
      if (request.operation < 0) {
        this.#decided(ANSWER.abort, P_ABORT.incorrectTransactionPortion);
        return;
      }
      this.#form.detail = request.invokeId;
      this.#decided(ANSWER.reject, PROBLEM.unrecognizedOperation);
      return;
    }
    if (!this.#stageIdentity()) {
      this.discarded.identityTooLong += 1;
      this.#decided(ANSWER.abort, P_ABORT.resourceLimitation);
      return;
    }
    const { initialDp, envelope } = request;
    this.billing.initialDp(initialDp.serviceKey, this.#subscriber, envelope.otid, nowNs);
  }

  /** The subscriber by calling number or, when that is absent or not ours, by IMSI; -1 when neither is. */
  get #subscriber(): number {
    const { initialDp, envelope } = this.#request;
    const { ledger } = this.billing;
    const { bytes } = envelope;
    const { callingDigits, imsiDigits } = initialDp;
    if (callingDigits > 0) {
      const found = ledger.findMsisdn(digitsAt(bytes, initialDp.callingOffset, callingDigits));
      if (found >= 0) return found;
    }
    return imsiDigits > 0 ? ledger.findImsi(digitsAt(bytes, initialDp.imsiOffset, imsiDigits)) : -1;
  }

  #stageIdentity(): boolean {
    const { envelope, initialDp } = this.#request;
    const { records } = this.billing;
    patchSized(this.#otid, 0, envelope.otid, envelope.otidSize);
    return stageIdentity(
      records.words,
      records.octets,
      records.staged,
      envelope.bytes,
      envelope.callingOffset,
      envelope.callingLength,
      this.#otid,
      envelope.otidSize,
      initialDp.callReferenceOffset,
      initialDp.callReferenceLength,
      initialDp.mscAddressOffset,
      initialDp.mscAddressLength,
    );
  }

  readonly #otid = new Uint8Array(4);

  #decideContinue(nowNs: number): void {
    const request = this.#request;
    const { operations, components } = request;
    if ((operations & OPERATION_BIT.applyChargingReport) !== 0) {
      this.#settle(request.durationTenths, nowNs);
    } else if ((components & (COMPONENT_BIT.returnError | COMPONENT_BIT.reject)) !== 0) {
      // The requester refused our instructions: no call was charged.
      this.#settle(0, nowNs);
    } else if (endsCall(request.eventTypeBCSM)) {
      this.#settle(0, nowNs);
    } else if ((operations & ~OPERATION_BIT.eventReportBCSM) !== 0) {
      this.#form.detail = request.invokeId;
      this.#refuseInDialogue(ANSWER.reject, PROBLEM.unrecognizedOperation, nowNs);
    } else {
      this.billing.touch(this.#dtid, this.#view.requester, nowNs);
    }
  }

  /** Own transaction id that the message names; -1, which is nobody's, when it cannot be one of ours. */
  get #dtid(): number {
    const { dtid, dtidSize } = this.#request.envelope;
    return dtidSize === 4 ? dtid : -1;
  }

  #settle(durationTenths: number, nowNs: number): void {
    this.billing.applyChargingReport(this.#dtid, this.#view.requester, durationTenths * 100, nowNs);
  }

  #release(nowNs: number): void {
    this.billing.aborted(this.#dtid, this.#view.requester, nowNs);
  }

  /** Refuses a component; a dialogue that is open ends with it. */
  #refuseInDialogue(answer: number, cause: number, nowNs: number): void {
    const { tcapType, otidSize } = this.#request.envelope;
    if (tcapType !== TC.begin) {
      // An unknown dialogue is the larger fault: touch has decided on P-Abort.
      const open = this.billing.touch(this.#dtid, this.#view.requester, nowNs);
      if (!open && otidSize > 0) return;
      this.#release(nowNs);
    }
    this.#decided(otidSize > 0 ? answer : ANSWER.none, cause);
  }

  #decided(answer: number, cause: number): void {
    this.billing.answer = answer;
    this.billing.cause = cause;
  }

  /** Counts the decision and finds its template. */
  #prepare(): Handled {
    const { billing, statistics } = this;
    const { answer } = billing;
    if (answer === ANSWER.none) return HANDLED.silent;
    if (billing.repeated) {
      statistics.retransmissionDetected += 1;
      statistics.duplicateAnswered += 1;
    } else if (answer <= ANSWER.endCall && answer !== ANSWER.endRelease) statistics.succeeded += 1;
    else statistics.failed += 1;
    this.#form.answer = answer;
    this.#form.cause = billing.cause;
    if (answer === ANSWER.continueCall) this.#form.detail = this.#grantTenths;
    this.#template = this.#requester!.template(this.#form);
    return HANDLED.answered;
  }

  /** maxCallPeriodDuration of the request's tariff, tenths of a second. */
  get #grantTenths(): number {
    const { tariffs } = this.billing;
    return tariffs.at(tariffs.find(this.#request.initialDp.serviceKey)).grantMs / 100;
  }

  /** @returns false when its addresses are such that nothing can be sent there */
  #findRequester(): boolean {
    const requester = this.#requesters.find(this.#fillView());
    this.#requester = requester;
    if (!requester.answerable) this.discarded.undecodable += 1;
    return requester.answerable;
  }

  #fillView(): AddressingView {
    const view = this.#view;
    const data = this.#data;
    const { envelope } = this.#request;
    view.networkAppearance = data.networkAppearance;
    view.routingContext = data.routingContext;
    view.opc = data.opc;
    view.dpc = data.dpc;
    view.ni = data.ni;
    view.mp = data.mp;
    view.otidSize = envelope.otidSize;
    view.hasDialogue = envelope.dialogueLength > 0;
    view.bytes = envelope.bytes;
    view.calledOffset = envelope.calledOffset;
    view.calledLength = envelope.calledLength;
    view.callingOffset = envelope.callingOffset;
    view.callingLength = envelope.callingLength;
    view.requester = hashAddress(envelope.bytes, envelope.callingOffset, envelope.callingLength);
    return view;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function patchSized(bytes: Uint8Array, at: number, value: number, size: number): void {
  for (let i = 0; i < size; i++) bytes[at + i] = value >>> (8 * (size - 1 - i));
}
