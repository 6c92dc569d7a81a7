import { CAP_OPERATION } from './constants.js';

/** One bit an operation, for the operations that a message invokes. */
export const OPERATION_BIT = {
  initialDP: 1 << 0,
  continue: 1 << 1,
  releaseCall: 1 << 2,
  connect: 1 << 3,
  requestReportBCSMEvent: 1 << 4,
  applyCharging: 1 << 5,
  applyChargingReport: 1 << 6,
  eventReportBCSM: 1 << 7,
  furnishChargingInformation: 1 << 8,
  sendChargingInformation: 1 << 9,
  callInformationRequest: 1 << 10,
  callInformationReport: 1 << 11,
  /** Any other operation. */
  other: 1 << 12,
} as const;

/** Bit of a local operation code. */
export function operationBit(code: number): number {
  switch (code) {
    case CAP_OPERATION.initialDP:
      return OPERATION_BIT.initialDP;
    case CAP_OPERATION.continue:
      return OPERATION_BIT.continue;
    case CAP_OPERATION.releaseCall:
      return OPERATION_BIT.releaseCall;
    case CAP_OPERATION.connect:
      return OPERATION_BIT.connect;
    case CAP_OPERATION.requestReportBCSMEvent:
      return OPERATION_BIT.requestReportBCSMEvent;
    case CAP_OPERATION.applyCharging:
      return OPERATION_BIT.applyCharging;
    case CAP_OPERATION.applyChargingReport:
      return OPERATION_BIT.applyChargingReport;
    case CAP_OPERATION.eventReportBCSM:
      return OPERATION_BIT.eventReportBCSM;
    case CAP_OPERATION.furnishChargingInformation:
      return OPERATION_BIT.furnishChargingInformation;
    case CAP_OPERATION.sendChargingInformation:
      return OPERATION_BIT.sendChargingInformation;
    case CAP_OPERATION.callInformationRequest:
      return OPERATION_BIT.callInformationRequest;
    case CAP_OPERATION.callInformationReport:
      return OPERATION_BIT.callInformationReport;
    default:
      return OPERATION_BIT.other;
  }
}
