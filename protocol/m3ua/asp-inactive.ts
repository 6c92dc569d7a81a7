import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets, writeU32List } from './parameters.js';

/**
 * ASP Inactive and its acknowledgement (RFC 4666 §3.7.3, §3.7.4), class 4 types 2 and 4.
 *
 * ```
 *   [Routing Context 4+4n] [INFO String 4+n]
 * ```
 */
export interface AspInactiveMessage {
  readonly kind: 'ASPIA' | 'ASPIA_ACK';
  readonly routingContexts?: readonly number[] | undefined;
  readonly info?: Uint8Array | undefined;
}

export const ASP_INACTIVE_PARAMETERS = [TAG.routingContext, TAG.infoString] as const;

/** @throws M3uaDecodeError */
export function decodeAspInactive(
  kind: AspInactiveMessage['kind'],
  parameters: Parameters,
): AspInactiveMessage {
  return {
    kind,
    routingContexts: parameters.u32List(TAG.routingContext),
    info: parameters.octets(TAG.infoString, INFO_STRING_MAX),
  };
}

export function encodeAspInactive(writer: ByteWriter, message: AspInactiveMessage): void {
  writeU32List(writer, TAG.routingContext, message.routingContexts);
  writeOctets(writer, TAG.infoString, message.info);
}
