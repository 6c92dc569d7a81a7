import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets } from './parameters.js';

/**
 * ASP Down and its acknowledgement (RFC 4666 §3.5.3, §3.5.4), class 3 types 2 and 5.
 *
 * ```
 *   [INFO String 4+n]
 * ```
 */
export interface AspDownMessage {
  readonly kind: 'ASPDN' | 'ASPDN_ACK';
  readonly info?: Uint8Array | undefined;
}

export const ASP_DOWN_PARAMETERS = [TAG.infoString] as const;

/** @throws M3uaDecodeError */
export function decodeAspDown(kind: AspDownMessage['kind'], parameters: Parameters): AspDownMessage {
  return { kind, info: parameters.octets(TAG.infoString, INFO_STRING_MAX) };
}

export function encodeAspDown(writer: ByteWriter, message: AspDownMessage): void {
  writeOctets(writer, TAG.infoString, message.info);
}
