import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets, writeU32 } from './parameters.js';

/**
 * ASP Up and its acknowledgement (RFC 4666 §3.5.1, §3.5.2), class 3 types 1 and 4.
 *
 * ```
 *   [ASP Identifier 8] [INFO String 4+n]
 * ```
 */
export interface AspUpMessage {
  readonly kind: 'ASPUP' | 'ASPUP_ACK';
  readonly aspIdentifier?: number | undefined;
  readonly info?: Uint8Array | undefined;
}

export const ASP_UP_PARAMETERS = [TAG.aspIdentifier, TAG.infoString] as const;

/** @throws M3uaDecodeError */
export function decodeAspUp(kind: AspUpMessage['kind'], parameters: Parameters): AspUpMessage {
  return {
    kind,
    aspIdentifier: parameters.u32(TAG.aspIdentifier),
    info: parameters.octets(TAG.infoString, INFO_STRING_MAX),
  };
}

export function encodeAspUp(writer: ByteWriter, message: AspUpMessage): void {
  writeU32(writer, TAG.aspIdentifier, message.aspIdentifier);
  writeOctets(writer, TAG.infoString, message.info);
}
