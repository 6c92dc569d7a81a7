import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { type Parameters, writeU32 } from './parameters.js';
import { decodeProtocolData, encodeProtocolData, type ProtocolData } from './protocol-data.js';

/**
 * Payload Data (RFC 4666 §3.3.1), class 1 type 1.
 *
 * ```
 *   [Network Appearance 8] [Routing Context 8] Protocol Data 16+n [Correlation Id 8]
 * ```
 */
export interface DataMessage {
  readonly kind: 'DATA';
  readonly networkAppearance?: number | undefined;
  readonly routingContext?: number | undefined;
  readonly protocolData: ProtocolData;
  readonly correlationId?: number | undefined;
}

export const DATA_PARAMETERS = [
  TAG.networkAppearance,
  TAG.routingContext,
  TAG.protocolData,
  TAG.correlationId,
] as const;

/** @throws M3uaDecodeError */
export function decodeData(bytes: Uint8Array, parameters: Parameters): DataMessage {
  return {
    kind: 'DATA',
    networkAppearance: parameters.u32(TAG.networkAppearance),
    routingContext: parameters.u32(TAG.routingContext),
    protocolData: decodeProtocolData(bytes, parameters),
    correlationId: parameters.u32(TAG.correlationId),
  };
}

export function encodeData(writer: ByteWriter, message: DataMessage): void {
  writeU32(writer, TAG.networkAppearance, message.networkAppearance);
  writeU32(writer, TAG.routingContext, message.routingContext);
  encodeProtocolData(writer, message.protocolData);
  writeU32(writer, TAG.correlationId, message.correlationId);
}
