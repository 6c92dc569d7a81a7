import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { INFO_STRING_MAX, type Parameters, writeOctets, writeU32, writeU32List } from './parameters.js';

/**
 * ASP Active and its acknowledgement (RFC 4666 §3.7.1, §3.7.2), class 4 types 1 and 3.
 *
 * ```
 *   [Traffic Mode Type 8] [Routing Context 4+4n] [INFO String 4+n]
 * ```
 */
export interface AspActiveMessage {
  readonly kind: 'ASPAC' | 'ASPAC_ACK';
  /**
   * Raw value: a mode that the RFC does not have decodes, so that the AS can refuse it with its Routing Context
   * (Unsupported Traffic Mode Type).
   */
  readonly trafficMode?: number | undefined;
  readonly routingContexts?: readonly number[] | undefined;
  readonly info?: Uint8Array | undefined;
}

export const ASP_ACTIVE_PARAMETERS = [TAG.trafficModeType, TAG.routingContext, TAG.infoString] as const;

/** @throws M3uaDecodeError */
export function decodeAspActive(kind: AspActiveMessage['kind'], parameters: Parameters): AspActiveMessage {
  return {
    kind,
    trafficMode: parameters.u32(TAG.trafficModeType),
    routingContexts: parameters.u32List(TAG.routingContext),
    info: parameters.octets(TAG.infoString, INFO_STRING_MAX),
  };
}

export function encodeAspActive(writer: ByteWriter, message: AspActiveMessage): void {
  writeU32(writer, TAG.trafficModeType, message.trafficMode);
  writeU32List(writer, TAG.routingContext, message.routingContexts);
  writeOctets(writer, TAG.infoString, message.info);
}
