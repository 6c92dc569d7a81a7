import type { ByteWriter } from '../bytes/writer.js';
import {
  type AffectedPointCode,
  decodeAffectedPointCodes,
  encodeAffectedPointCodes,
} from './affected-point-code.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets, writeU32, writeU32List } from './parameters.js';

/** DUNA, DAVA, DAUD and DRST differ in their type only (RFC 4666 §3.4.1-§3.4.3, §3.4.6). */
type DestinationStateKind = 'DUNA' | 'DAVA' | 'DAUD' | 'DRST';

/**
 * Destination Unavailable, Available, State Audit, Restricted; class 2 types 1, 2, 3, 6.
 *
 * ```
 *   [Network Appearance 8] [Routing Context 4+4n] Affected Point Code 4+4n [INFO String 4+n]
 * ```
 */
export interface DestinationStateMessage {
  readonly kind: DestinationStateKind;
  readonly networkAppearance?: number | undefined;
  readonly routingContexts?: readonly number[] | undefined;
  readonly affected: readonly AffectedPointCode[];
  readonly info?: Uint8Array | undefined;
}

export const DESTINATION_STATE_PARAMETERS = [
  TAG.networkAppearance,
  TAG.routingContext,
  TAG.affectedPointCode,
  TAG.infoString,
] as const;

/** @throws M3uaDecodeError */
export function decodeDestinationState(
  kind: DestinationStateKind,
  parameters: Parameters,
): DestinationStateMessage {
  return {
    kind,
    networkAppearance: parameters.u32(TAG.networkAppearance),
    routingContexts: parameters.u32List(TAG.routingContext),
    affected: decodeAffectedPointCodes(parameters),
    info: parameters.octets(TAG.infoString, INFO_STRING_MAX),
  };
}

export function encodeDestinationState(writer: ByteWriter, message: DestinationStateMessage): void {
  writeU32(writer, TAG.networkAppearance, message.networkAppearance);
  writeU32List(writer, TAG.routingContext, message.routingContexts);
  encodeAffectedPointCodes(writer, message.affected);
  writeOctets(writer, TAG.infoString, message.info);
}
