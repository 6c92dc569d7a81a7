import { crc32c } from '../../storage/checksum.js';

/*
 * What travels on the interconnect, TCP:
 *
 *   octet  0        4         8          12            16
 *         +--------+---------+----------+-------------+---------------+-----------------------+
 *         | "BHI1" | length  | CRC-32C  | head length | head, JSON    | octet strings, joined |
 *         +--------+---------+----------+-------------+---------------+-----------------------+
 *                   of what follows the checksum        {"$octets": n} stands for the next n of them
 */
const MAGIC = 0x31494842;
const HEAD_OCTETS = 12;

/** Most octets of a frame whose sender has not introduced itself, and of one that has. */
export const FRAME_OCTETS_MAX = { stranger: 4096, peer: 1024 * 1024 * 1024 } as const;

/** The other side does not speak our language, or the line spoilt it. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Any JSON value in which octet strings may stand. */
export function encodeFrame(value: unknown): Uint8Array {
  const strings: Uint8Array[] = [];
  const head = new TextEncoder().encode(
    JSON.stringify(value, (_, part: unknown) => {
      if (!(part instanceof Uint8Array)) return part;
      strings.push(part);
      return { $octets: part.length };
    }),
  );
  const octets = strings.reduce((sum, { length }) => sum + length, 0);
  const frame = new Uint8Array(HEAD_OCTETS + 4 + head.length + octets);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, frame.length - HEAD_OCTETS, true);
  view.setUint32(HEAD_OCTETS, head.length, true);
  frame.set(head, HEAD_OCTETS + 4);
  let at = HEAD_OCTETS + 4 + head.length;
  for (const string of strings) {
    frame.set(string, at);
    at += string.length;
  }
  view.setUint32(8, crc32c(frame.subarray(HEAD_OCTETS)), true);
  return frame;
}

/** Puts frames together again out of whatever pieces TCP delivers. */
export class FrameReader {
  /** Longest frame that is taken. */
  octetsMax: number = FRAME_OCTETS_MAX.stranger;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #wanted = HEAD_OCTETS;

  /**
   * @returns the values of the frames that are complete now
   * @throws FrameError when these are no frames; the connection is then of no use
   */
  *push(piece: Uint8Array): IterableIterator<unknown> {
    // A Buffer would make copies that are views of something larger.
    this.#pieces.push(new Uint8Array(piece.buffer, piece.byteOffset, piece.length));
    this.#held += piece.length;
    while (this.#held >= this.#wanted) {
      const bytes = this.#join();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (view.getUint32(0, true) !== MAGIC) throw new FrameError('not a busyhour interconnect');
      const end = HEAD_OCTETS + view.getUint32(4, true);
      if (end > this.octetsMax) throw new FrameError(`a frame of ${end} octets, above ${this.octetsMax}`);
      if (bytes.length < end) {
        this.#wanted = end;
        return;
      }
      const body = bytes.subarray(HEAD_OCTETS, end);
      if (crc32c(body) !== view.getUint32(8, true)) throw new FrameError('a frame with a wrong checksum');
      this.#pieces = bytes.length > end ? [bytes.subarray(end)] : [];
      this.#held = bytes.length - end;
      this.#wanted = HEAD_OCTETS;
      yield decodeBody(body);
    }
  }

  #join(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0]!;
    const bytes = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [bytes];
    return bytes;
  }
}

function decodeBody(body: Uint8Array): unknown {
  const headLength =
    body.length < 4
      ? Number.POSITIVE_INFINITY
      : new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  if (4 + headLength > body.length) throw new FrameError('a frame shorter than its head');
  let at = 4 + headLength;
  try {
    return JSON.parse(new TextDecoder().decode(body.subarray(4, at)), (_, part: unknown) => {
      const length = octetsOf(part);
      if (length < 0) return part;
      if (at + length > body.length) throw new FrameError('a frame shorter than its octet strings');
      at += length;
      return body.slice(at - length, at);
    });
  } catch (cause) {
    if (cause instanceof FrameError) throw cause;
    throw new FrameError(`a frame whose head is no JSON: ${(cause as Error).message}`);
  }
}

function octetsOf(part: unknown): number {
  if (typeof part !== 'object' || part === null || !('$octets' in part)) return -1;
  const length = part.$octets;
  return typeof length === 'number' && Number.isInteger(length) ? length : -1;
}
