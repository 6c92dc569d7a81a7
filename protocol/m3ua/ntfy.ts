import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets, writeU32, writeU32List } from './parameters.js';

/**
 * Notify (RFC 4666 §3.8.2), class 0 type 1.
 *
 * ```
 *   Status 8 [ASP Identifier 8] [Routing Context 4+4n] [INFO String 4+n]
 *
 *   Status:
 *   +-------------------------------+-------------------------------+
 *   |          Status Type          |      Status Information       |
 *   +-------------------------------+-------------------------------+
 * ```
 */
export interface NtfyMessage {
  readonly kind: 'NTFY';
  /** Status Type and Information, packed as in `STATUS`. */
  readonly status: number;
  readonly aspIdentifier?: number | undefined;
  readonly routingContexts?: readonly number[] | undefined;
  readonly info?: Uint8Array | undefined;
}

export const NTFY_PARAMETERS = [TAG.status, TAG.aspIdentifier, TAG.routingContext, TAG.infoString] as const;

/** @throws M3uaDecodeError */
export function decodeNtfy(parameters: Parameters): NtfyMessage {
  return {
    kind: 'NTFY',
    status: parameters.requireU32(TAG.status),
    aspIdentifier: parameters.u32(TAG.aspIdentifier),
    routingContexts: parameters.u32List(TAG.routingContext),
    info: parameters.octets(TAG.infoString, INFO_STRING_MAX),
  };
}

export function encodeNtfy(writer: ByteWriter, message: NtfyMessage): void {
  writeU32(writer, TAG.status, message.status);
  writeU32(writer, TAG.aspIdentifier, message.aspIdentifier);
  writeU32List(writer, TAG.routingContext, message.routingContexts);
  writeOctets(writer, TAG.infoString, message.info);
}
