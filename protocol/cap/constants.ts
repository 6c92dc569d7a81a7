import type { ObjectIdentifier } from '../ber/object-identifier.js';

/** Operation codes (TS 29.078 §5.3, CAP-operationcodes). */
export const CAP_OPERATION = {
  initialDP: 0,
  connect: 20,
  releaseCall: 22,
  requestReportBCSMEvent: 23,
  eventReportBCSM: 24,
  continue: 31,
  furnishChargingInformation: 34,
  applyCharging: 35,
  applyChargingReport: 36,
  callInformationReport: 44,
  callInformationRequest: 45,
  sendChargingInformation: 46,
} as const;

/** Error codes (TS 29.078 §5.5, CAP-errorcodes). */
export const CAP_ERRORS: Readonly<Record<number, string>> = {
  0: 'canceled',
  1: 'cancelFailed',
  3: 'eTCFailed',
  4: 'improperCallerResponse',
  6: 'missingCustomerRecord',
  7: 'missingParameter',
  8: 'parameterOutOfRange',
  10: 'requestedInfoError',
  11: 'systemFailure',
  12: 'taskRefused',
  13: 'unavailableResource',
  14: 'unexpectedComponentSequence',
  15: 'unexpectedDataValue',
  16: 'unexpectedParameter',
  17: 'unknownLegID',
};

/** Application contexts between gsmSSF and gsmSCF. The codec speaks v2; the others are named for `decode`. */
export const APPLICATION_CONTEXT = {
  capV1: [0, 4, 0, 0, 1, 0, 50, 0],
  capV2: [0, 4, 0, 0, 1, 0, 50, 1],
  capV3: [0, 4, 0, 0, 1, 21, 3, 4],
  capV4: [0, 4, 0, 0, 1, 23, 3, 4],
} as const satisfies Record<string, ObjectIdentifier>;

/** EventTypeBCSM (TS 29.078 §5.1). */
export const BCSM_EVENT = {
  collectedInfo: 2,
  analyzedInformation: 3,
  routeSelectFailure: 4,
  oCalledPartyBusy: 5,
  oNoAnswer: 6,
  oAnswer: 7,
  oDisconnect: 9,
  oAbandon: 10,
  termAttemptAuthorized: 12,
  tBusy: 13,
  tNoAnswer: 14,
  tAnswer: 15,
  tDisconnect: 17,
  tAbandon: 18,
} as const;

/** MonitorMode (TS 29.078 §5.1). */
export const MONITOR_MODE = { interrupted: 0, notifyAndContinue: 1, transparent: 2 } as const;

/** Highest EventTypeBCSM that any release defines. */
export const BCSM_EVENT_MAX = 127;

/** Places in an encoded argument that templates patch, see `template.ts`. */
export const CAP_MARK = {
  serviceKey: 'serviceKey',
  calledPartyNumber: 'calledPartyNumber',
  callingPartyNumber: 'callingPartyNumber',
  imsi: 'imsi',
  callReferenceNumber: 'callReferenceNumber',
  mscAddress: 'mscAddress',
} as const;
