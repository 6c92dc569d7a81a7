import type { ByteWriter } from '../bytes/writer.js';
import {
  type AffectedPointCode,
  decodeOptionalAffectedPointCodes,
  encodeAffectedPointCodes,
} from './affected-point-code.js';
import { TAG } from './codes.js';
import { type Parameters, writeOctets, writeU32, writeU32List } from './parameters.js';

/**
 * Error (RFC 4666 §3.8.1), class 0 type 0.
 *
 * ```
 *   Error Code 8 [Routing Context 4+4n] [Network Appearance 8] [Affected Point Code 4+4n]
 *   [Diagnostic Information 4+n]
 * ```
 *
 * The parameters in brackets are there for the codes that are about them.
 */
export interface ErrMessage {
  readonly kind: 'ERR';
  readonly errorCode: number;
  readonly routingContexts?: readonly number[] | undefined;
  readonly networkAppearance?: number | undefined;
  readonly affected?: readonly AffectedPointCode[] | undefined;
  readonly diagnostic?: Uint8Array | undefined;
}

export const ERR_PARAMETERS = [
  TAG.errorCode,
  TAG.routingContext,
  TAG.networkAppearance,
  TAG.affectedPointCode,
  TAG.diagnosticInformation,
] as const;

/** @throws M3uaDecodeError */
export function decodeErr(parameters: Parameters): ErrMessage {
  return {
    kind: 'ERR',
    errorCode: parameters.requireU32(TAG.errorCode),
    routingContexts: parameters.u32List(TAG.routingContext),
    networkAppearance: parameters.u32(TAG.networkAppearance),
    affected: decodeOptionalAffectedPointCodes(parameters),
    diagnostic: parameters.octets(TAG.diagnosticInformation),
  };
}

export function encodeErr(writer: ByteWriter, message: ErrMessage): void {
  writeU32(writer, TAG.errorCode, message.errorCode);
  writeU32List(writer, TAG.routingContext, message.routingContexts);
  writeU32(writer, TAG.networkAppearance, message.networkAppearance);
  encodeAffectedPointCodes(writer, message.affected);
  writeOctets(writer, TAG.diagnosticInformation, message.diagnostic);
}
