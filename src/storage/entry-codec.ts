import { crc32c } from './checksum.js';

/** One place in a node's log. What `body` means is the writer's business. */
export interface JournalEntry {
  readonly index: number;
  readonly epoch: number;
  readonly kind: number;
  readonly body: Uint8Array;
}

/*
 *   octet  0          4        8                16               24
 *         +----------+--------+----------------+----------------+------ - -
 *         | CRC-32C  | kind   | epoch, float64 | index, float64 | body
 *         +----------+--------+----------------+----------------+------ - -
 *          of what follows     little-endian
 */
const HEAD_OCTETS = 24;

export function encodeEntry({ index, epoch, kind, body }: JournalEntry): Uint8Array {
  const bytes = new Uint8Array(HEAD_OCTETS + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, kind, true);
  view.setFloat64(8, epoch, true);
  view.setFloat64(16, index, true);
  bytes.set(body, HEAD_OCTETS);
  view.setUint32(0, crc32c(bytes.subarray(4)), true);
  return bytes;
}

/**
 * The entry in `bytes`; its body is a copy.
 * @param index the index under which it was found
 * @returns null when it is torn, damaged or another entry's
 */
export function decodeEntry(bytes: Uint8Array, index: number): JournalEntry | null {
  if (bytes.length < HEAD_OCTETS) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== crc32c(bytes.subarray(4))) return null;
  if (view.getFloat64(16, true) !== index) return null;
  return {
    index,
    kind: view.getUint32(4, true),
    epoch: view.getFloat64(8, true),
    body: new Uint8Array(bytes.subarray(HEAD_OCTETS)),
  };
}

/** A block with its checksum in front. */
export function seal(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, crc32c(body), true);
  bytes.set(body, 4);
  return bytes;
}

/** What {@link seal} was given, as a copy; null when it is damaged. */
export function unseal(bytes: Uint8Array | undefined): Uint8Array | null {
  if (bytes === undefined || bytes.length < 4) return null;
  const body = new Uint8Array(bytes.subarray(4));
  const stored = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  return stored === crc32c(body) ? body : null;
}
