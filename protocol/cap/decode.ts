import { nodeBytes } from '../ber/node.js';
import { decodeSccp, type SccpMessage } from '../sccp/message.js';
import { decodeTcap, type TcapMessage } from '../tcap/message.js';
import { type ApplyChargingArg, decodeApplyCharging } from './apply-charging.js';
import { type ApplyChargingReportArg, decodeApplyChargingReport } from './apply-charging-report.js';
import { CAP_OPERATION } from './constants.js';
import { decodeEventReportBcsm, type EventReportBcsmArg } from './event-report-bcsm.js';
import { decodeInitialDp, type InitialDpArg } from './initial-dp.js';
import { decodeReleaseCall, type ReleaseCallArg } from './release-call.js';
import { decodeRequestReportBcsmEvent, type RequestReportBcsmEventArg } from './request-report-bcsm-event.js';

/** An operation that a message invokes, its argument decoded. */
export type CapInvoke =
  | { readonly operation: 'initialDP'; readonly argument: InitialDpArg }
  | { readonly operation: 'requestReportBCSMEvent'; readonly argument: RequestReportBcsmEventArg }
  | { readonly operation: 'applyCharging'; readonly argument: ApplyChargingArg }
  | { readonly operation: 'applyChargingReport'; readonly argument: ApplyChargingReportArg }
  | { readonly operation: 'eventReportBCSM'; readonly argument: EventReportBcsmArg }
  | { readonly operation: 'releaseCall'; readonly argument: ReleaseCallArg }
  | { readonly operation: 'continue' }
  /** An operation whose argument this codec does not know, or a global code. */
  | { readonly operation: 'other'; readonly code: number | null };

export interface DecodedUserData {
  readonly sccp: SccpMessage;
  /** Null for UDTS, XUDTS and LUDTS, whose data is ours and may be cut, and for a segment. */
  readonly tcap: TcapMessage | null;
  readonly invokes: readonly CapInvoke[];
}

/**
 * Decodes the user data of an M3UA DATA message (SI 3) in full, from SCCP down to the arguments of CAP operations: the judge that
 * the readers of the hot path are held against.
 * @throws DecodeError of the layer that refuses
 */
export function decodeUserData(bytes: Uint8Array, offset = 0, end = bytes.length): DecodedUserData {
  const sccp = decodeSccp(bytes, offset, end);
  const isService = sccp.type === 'udts' || sccp.type === 'xudts' || sccp.type === 'ludts';
  if (isService || isSegment(sccp)) return { sccp, tcap: null, invokes: [] };
  const tcap = decodeTcap(sccp.data);
  const components = 'components' in tcap ? tcap.components : [];
  const invokes = components.flatMap((component) =>
    component.kind === 'invoke'
      ? [
          decodeInvoke(
            component.operation,
            component.parameter === null ? new Uint8Array(0) : nodeBytes(component.parameter),
          ),
        ]
      : [],
  );
  return { sccp, tcap, invokes };
}

function isSegment(sccp: SccpMessage): boolean {
  if (!('segmentation' in sccp) || sccp.segmentation === null) return false;
  return !sccp.segmentation.first || sccp.segmentation.remaining > 0;
}

function decodeInvoke(code: number | readonly number[], bytes: Uint8Array): CapInvoke {
  switch (code) {
    case CAP_OPERATION.initialDP:
      return { operation: 'initialDP', argument: decodeInitialDp(bytes) };
    case CAP_OPERATION.requestReportBCSMEvent:
      return { operation: 'requestReportBCSMEvent', argument: decodeRequestReportBcsmEvent(bytes) };
    case CAP_OPERATION.applyCharging:
      return { operation: 'applyCharging', argument: decodeApplyCharging(bytes) };
    case CAP_OPERATION.applyChargingReport:
      return { operation: 'applyChargingReport', argument: decodeApplyChargingReport(bytes) };
    case CAP_OPERATION.eventReportBCSM:
      return { operation: 'eventReportBCSM', argument: decodeEventReportBcsm(bytes) };
    case CAP_OPERATION.releaseCall:
      return { operation: 'releaseCall', argument: decodeReleaseCall(bytes) };
    case CAP_OPERATION.continue:
      return { operation: 'continue' };
    default:
      return { operation: 'other', code: typeof code === 'number' ? code : null };
  }
}
