/** Numbers of RFC 4666. Names follow the RFC, in the case that TypeScript wants. */

/** SCTP payload protocol identifier of M3UA (§1.4.8). */
export const M3UA_PPID = 3;
/** The only version there is (§3.1.1). */
export const M3UA_VERSION = 1;

/** Message classes (§3.1.2). Class 9 (RKM) and everything else is answered with Unsupported Message Class. */
export const MESSAGE_CLASS = { mgmt: 0, transfer: 1, ssnm: 2, aspsm: 3, asptm: 4, rkm: 9 } as const;

/** Parameter tags (§3.2): the common ones below 0x0200, those of M3UA alone above. */
export const TAG = {
  infoString: 0x0004,
  routingContext: 0x0006,
  diagnosticInformation: 0x0007,
  heartbeatData: 0x0009,
  trafficModeType: 0x000b,
  errorCode: 0x000c,
  status: 0x000d,
  aspIdentifier: 0x0011,
  affectedPointCode: 0x0012,
  correlationId: 0x0013,
  networkAppearance: 0x0200,
  userCause: 0x0204,
  congestionIndications: 0x0205,
  concernedDestination: 0x0206,
  protocolData: 0x0210,
} as const;

/** Error codes (§3.8.1). */
export const ERROR_CODE = {
  invalidVersion: 0x01,
  unsupportedMessageClass: 0x03,
  unsupportedMessageType: 0x04,
  unsupportedTrafficModeType: 0x05,
  unexpectedMessage: 0x06,
  protocolError: 0x07,
  invalidStreamIdentifier: 0x09,
  refusedManagementBlocking: 0x0d,
  aspIdentifierRequired: 0x0e,
  invalidAspIdentifier: 0x0f,
  invalidParameterValue: 0x11,
  parameterFieldError: 0x12,
  unexpectedParameter: 0x13,
  destinationStatusUnknown: 0x14,
  invalidNetworkAppearance: 0x15,
  missingParameter: 0x16,
  invalidRoutingContext: 0x19,
  noConfiguredAsForAsp: 0x1a,
} as const;

/** Traffic Mode Type values (§3.7.1). */
export const TRAFFIC_MODE = { override: 1, loadshare: 2, broadcast: 3 } as const;
export type TrafficMode = keyof typeof TRAFFIC_MODE;

/** Status Type and Status Information of NTFY (§3.8.2), packed as `type << 16 | information`. */
export const STATUS = {
  asInactive: 0x0001_0002,
  asActive: 0x0001_0003,
  asPending: 0x0001_0004,
  insufficientAspResources: 0x0002_0001,
  alternateAspActive: 0x0002_0002,
  aspFailure: 0x0002_0003,
} as const;

const STATUS_NAMES = new Map<number, string>([
  [STATUS.asInactive, 'AS-INACTIVE'],
  [STATUS.asActive, 'AS-ACTIVE'],
  [STATUS.asPending, 'AS-PENDING'],
  [STATUS.insufficientAspResources, 'Insufficient ASP Resources Active in AS'],
  [STATUS.alternateAspActive, 'Alternate ASP Active'],
  [STATUS.aspFailure, 'ASP Failure'],
]);

const ERROR_NAMES = new Map<number, string>([
  [ERROR_CODE.invalidVersion, 'Invalid Version'],
  [ERROR_CODE.unsupportedMessageClass, 'Unsupported Message Class'],
  [ERROR_CODE.unsupportedMessageType, 'Unsupported Message Type'],
  [ERROR_CODE.unsupportedTrafficModeType, 'Unsupported Traffic Mode Type'],
  [ERROR_CODE.unexpectedMessage, 'Unexpected Message'],
  [ERROR_CODE.protocolError, 'Protocol Error'],
  [ERROR_CODE.invalidStreamIdentifier, 'Invalid Stream Identifier'],
  [ERROR_CODE.refusedManagementBlocking, 'Refused - Management Blocking'],
  [ERROR_CODE.aspIdentifierRequired, 'ASP Identifier Required'],
  [ERROR_CODE.invalidAspIdentifier, 'Invalid ASP Identifier'],
  [ERROR_CODE.invalidParameterValue, 'Invalid Parameter Value'],
  [ERROR_CODE.parameterFieldError, 'Parameter Field Error'],
  [ERROR_CODE.unexpectedParameter, 'Unexpected Parameter'],
  [ERROR_CODE.destinationStatusUnknown, 'Destination Status Unknown'],
  [ERROR_CODE.invalidNetworkAppearance, 'Invalid Network Appearance'],
  [ERROR_CODE.missingParameter, 'Missing Parameter'],
  [ERROR_CODE.invalidRoutingContext, 'Invalid Routing Context'],
  [ERROR_CODE.noConfiguredAsForAsp, 'No Configured AS for ASP'],
]);

/** Name of an NTFY status as packed in {@link STATUS}; a number in words when the RFC has none. */
export function statusName(status: number): string {
  return STATUS_NAMES.get(status) ?? `type ${status >>> 16} information ${status & 0xffff}`;
}

/** Name of an error code; `Reserved` when the RFC has none. */
export function errorName(code: number): string {
  return ERROR_NAMES.get(code) ?? 'Reserved';
}

/** The mode of a Traffic Mode Type value, or undefined when the RFC has none. */
export function trafficModeOf(value: number): TrafficMode | undefined {
  if (value === TRAFFIC_MODE.override) return 'override';
  if (value === TRAFFIC_MODE.loadshare) return 'loadshare';
  return value === TRAFFIC_MODE.broadcast ? 'broadcast' : undefined;
}
