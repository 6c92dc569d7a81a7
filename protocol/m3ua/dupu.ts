import type { ByteWriter } from '../bytes/writer.js';
import {
  type AffectedPointCode,
  decodeAffectedPointCodes,
  encodeAffectedPointCodes,
} from './affected-point-code.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets, writeU32, writeU32List } from './parameters.js';

/** Causes of User/Cause (RFC 4666 §3.4.5); 0 is unknown. */
export const UNAVAILABILITY_CAUSE = {
  unknown: 0,
  unequippedRemoteUser: 1,
  inaccessibleRemoteUser: 2,
} as const;

/**
 * Destination User Part Unavailable (RFC 4666 §3.4.5), class 2 type 5.
 *
 * ```
 *   [Network Appearance 8] [Routing Context 4+4n] Affected Point Code 8 User/Cause 8 [INFO String 4+n]
 *
 *   User/Cause:
 *   +-------------------------------+-------------------------------+
 *   |             Cause             |             User              |
 *   +-------------------------------+-------------------------------+
 * ```
 */
export interface DupuMessage {
  readonly kind: 'DUPU';
  readonly networkAppearance?: number | undefined;
  readonly routingContexts?: readonly number[] | undefined;
  readonly affected: readonly AffectedPointCode[];
  /** See {@link UNAVAILABILITY_CAUSE}. */
  readonly cause: number;
  /** MTP3 user as in the Service Indicator, 3 = SCCP. */
  readonly user: number;
  readonly info?: Uint8Array | undefined;
}

export const DUPU_PARAMETERS = [
  TAG.networkAppearance,
  TAG.routingContext,
  TAG.affectedPointCode,
  TAG.userCause,
  TAG.infoString,
] as const;

/** @throws M3uaDecodeError */
export function decodeDupu(parameters: Parameters): DupuMessage {
  const affected = decodeAffectedPointCodes(parameters);
  const userCause = parameters.requireU32(TAG.userCause);
  return {
    kind: 'DUPU',
    networkAppearance: parameters.u32(TAG.networkAppearance),
    routingContexts: parameters.u32List(TAG.routingContext),
    affected,
    cause: userCause >>> 16,
    user: userCause & 0xffff,
    info: parameters.octets(TAG.infoString, INFO_STRING_MAX),
  };
}

export function encodeDupu(writer: ByteWriter, message: DupuMessage): void {
  writeU32(writer, TAG.networkAppearance, message.networkAppearance);
  writeU32List(writer, TAG.routingContext, message.routingContexts);
  encodeAffectedPointCodes(writer, message.affected);
  writeU32(writer, TAG.userCause, ((message.cause << 16) | message.user) >>> 0);
  writeOctets(writer, TAG.infoString, message.info);
}
