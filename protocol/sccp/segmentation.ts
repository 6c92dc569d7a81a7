import type { ByteWriter } from '../bytes/writer.js';
import { SCCP_PARAMETER } from './constants.js';

/**
 * Segmentation parameter (Q.713 §3.17).
 *
 * ```
 *   | F | C | spare | remaining segments | local reference, 3 octets |
 *    8   7   6 5      4 3 2 1
 * ```
 */
export interface Segmentation {
  /** F: the first segment. */
  readonly first: boolean;
  /** C: the class that the sender's user asked for. */
  readonly protocolClass: 0 | 1;
  /** Segments that follow, 0...15. */
  readonly remaining: number;
  /** Groups the segments of one message; 24 bits, least significant octet first on the wire. */
  readonly localReference: number;
}

/** Q.714 §4.1.1: the first segment and at most 15 more. */
export const SEGMENTS_MAX = 16;

export function writeSegmentation(value: Segmentation, writer: ByteWriter): void {
  writer.u8(SCCP_PARAMETER.segmentation).u8(4);
  writer.u8((value.first ? 0x80 : 0) | (value.protocolClass << 6) | (value.remaining & 0x0f));
  const reference = value.localReference;
  writer
    .u8(reference)
    .u8(reference >>> 8)
    .u8(reference >>> 16);
}

/**
 * Cuts user data for XUDT. Q.714 §4.1.1.2.1: the first segment is at least as long as any other, so that a receiver can set
 * room aside for first length x (remaining + 1).
 * @param segmentOctets longest piece, 1...255
 * @returns the pieces, views into `data`, in sending order with their parameter
 * @throws RangeError when more than 16 pieces are needed
 */
export function segmentData(
  data: Uint8Array,
  segmentOctets: number,
  localReference: number,
  protocolClass: 0 | 1,
): readonly { readonly data: Uint8Array; readonly segmentation: Segmentation }[] {
  const count = Math.max(1, Math.ceil(data.length / segmentOctets));
  if (count > SEGMENTS_MAX) {
    throw new RangeError(
      `SCCP: ${data.length} octets need ${count} segments of ${segmentOctets}; at most ${SEGMENTS_MAX}`,
    );
  }
  return Array.from({ length: count }, (_, index) => ({
    data: data.subarray(index * segmentOctets, (index + 1) * segmentOctets),
    segmentation: {
      first: index === 0,
      protocolClass,
      remaining: count - 1 - index,
      localReference,
    },
  }));
}
