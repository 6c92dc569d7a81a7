import type { ByteWriter } from '../bytes/writer.js';
import { TAG } from './codes.js';
import { type Parameters, writeOctets } from './parameters.js';

/**
 * Heartbeat and its acknowledgement (RFC 4666 §3.5.5, §3.5.6), class 3 types 3 and 6.
 *
 * ```
 *   [Heartbeat Data 4+n, opaque, echoed unchanged]
 * ```
 */
export interface BeatMessage {
  readonly kind: 'BEAT' | 'BEAT_ACK';
  readonly heartbeatData?: Uint8Array | undefined;
}

export const BEAT_PARAMETERS = [TAG.heartbeatData] as const;

/** @throws M3uaDecodeError */
export function decodeBeat(kind: BeatMessage['kind'], parameters: Parameters): BeatMessage {
  return { kind, heartbeatData: parameters.octets(TAG.heartbeatData) };
}

export function encodeBeat(writer: ByteWriter, message: BeatMessage): void {
  writeOctets(writer, TAG.heartbeatData, message.heartbeatData);
}
