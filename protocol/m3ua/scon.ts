import type { ByteWriter } from '../bytes/writer.js';
import {
  type AffectedPointCode,
  decodeAffectedPointCodes,
  encodeAffectedPointCodes,
} from './affected-point-code.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets, writeU32, writeU32List } from './parameters.js';

/**
 * Signalling Congestion (RFC 4666 §3.4.4), class 2 type 4.
 *
 * ```
 *   [Network Appearance 8] [Routing Context 4+4n] Affected Point Code 4+4n
 *   [Concerned Destination 8: reserved 8 bits, point code 24 bits]
 *   [Congestion Indications 8: reserved 24 bits, level 8 bits] [INFO String 4+n]
 * ```
 */
export interface SconMessage {
  readonly kind: 'SCON';
  readonly networkAppearance?: number | undefined;
  readonly routingContexts?: readonly number[] | undefined;
  readonly affected: readonly AffectedPointCode[];
  /** Point code of the originator that the message is about; from ASP to SGP only. */
  readonly concernedDestination?: number | undefined;
  /** 0 (none) to 3 where the network has levels; absent where it has none. */
  readonly congestionLevel?: number | undefined;
  readonly info?: Uint8Array | undefined;
}

export const SCON_PARAMETERS = [
  TAG.networkAppearance,
  TAG.routingContext,
  TAG.affectedPointCode,
  TAG.concernedDestination,
  TAG.congestionIndications,
  TAG.infoString,
] as const;

/** @throws M3uaDecodeError */
export function decodeScon(parameters: Parameters): SconMessage {
  const concerned = parameters.u32(TAG.concernedDestination);
  const congestion = parameters.u32(TAG.congestionIndications);
  return {
    kind: 'SCON',
    networkAppearance: parameters.u32(TAG.networkAppearance),
    routingContexts: parameters.u32List(TAG.routingContext),
    affected: decodeAffectedPointCodes(parameters),
    concernedDestination: concerned === undefined ? undefined : concerned & 0xff_ffff,
    congestionLevel: congestion === undefined ? undefined : congestion & 0xff,
    info: parameters.octets(TAG.infoString, INFO_STRING_MAX),
  };
}

export function encodeScon(writer: ByteWriter, message: SconMessage): void {
  writeU32(writer, TAG.networkAppearance, message.networkAppearance);
  writeU32List(writer, TAG.routingContext, message.routingContexts);
  encodeAffectedPointCodes(writer, message.affected);
  writeU32(writer, TAG.concernedDestination, message.concernedDestination);
  writeU32(writer, TAG.congestionIndications, message.congestionLevel);
  writeOctets(writer, TAG.infoString, message.info);
}
