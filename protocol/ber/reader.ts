import { DecodeError, type Layer } from '../bytes/errors.js';
import { type BerTag, isConstructed, tagName } from './tag.js';

/**
 * Where one element lies in the buffer. Offsets count from the start of the buffer.
 *
 * ```
 *   | identifier | length | contents ... | 00 00 |     end-of-contents only with indefinite length
 *   ^ offset              ^ contentOffset ^ contentEnd
 *                                                ^ end
 * ```
 */
export interface BerElement {
  readonly tag: BerTag;
  readonly offset: number;
  readonly contentOffset: number;
  readonly contentEnd: number;
  readonly end: number;
}

/** Constructed elements inside each other that are followed; deeper nesting is a fault of the peer. */
const DEPTH_MAX = 24;

/**
 * A cursor over BER elements (X.690). Takes definite lengths in any form, minimal or not, and indefinite lengths.
 *
 * Errors are `DecodeError`s of the given layer; their offset counts from `origin`, the first octet of the layer.
 */
export class BerReader {
  readonly bytes: Uint8Array;
  readonly layer: Layer;
  readonly origin: number;
  readonly end: number;
  readonly depth: number;
  offset: number;

  constructor(bytes: Uint8Array, layer: Layer, offset = 0, end = bytes.length, origin = offset, depth = 0) {
    this.bytes = bytes;
    this.layer = layer;
    this.offset = offset;
    this.end = end;
    this.origin = origin;
    this.depth = depth;
  }

  get more(): boolean {
    return this.offset < this.end;
  }

  /** Identifier of the next element; -1 when nothing is left. @throws DecodeError when it is cut off. */
  peekTag(): BerTag | -1 {
    return this.offset < this.end ? this.#tagAt(this.offset).tag : -1;
  }

  /** The next element, consumed. @throws DecodeError when it is missing, cut off or badly formed. */
  next(field: string): BerElement {
    if (this.offset >= this.end) this.fail(field, 'an element', 'the end');
    const element = this.#elementAt(this.offset, field, this.depth);
    this.offset = element.end;
    return element;
  }

  /** The next element, which must have `tag`. */
  expect(tag: BerTag, field: string): BerElement {
    const found = this.peekTag();
    if (found !== tag) {
      this.fail(field, tagName(tag), found === -1 ? 'the end' : tagName(found));
    }
    return this.next(field);
  }

  /** The next element when it has `tag`, else null and nothing is consumed. */
  optional(tag: BerTag, field: string): BerElement | null {
    return this.peekTag() === tag ? this.next(field) : null;
  }

  /** A reader over the contents of a constructed element (or of an OCTET STRING that carries BER). */
  into(element: BerElement): BerReader {
    return new BerReader(
      this.bytes,
      this.layer,
      element.contentOffset,
      element.contentEnd,
      this.origin,
      this.depth + 1,
    );
  }

  /** A view of the contents. */
  content(element: BerElement): Uint8Array {
    return this.bytes.subarray(element.contentOffset, element.contentEnd);
  }

  /** A view of the whole element, identifier and length included. */
  whole(element: BerElement): Uint8Array {
    return this.bytes.subarray(element.offset, element.end);
  }

  /** @throws DecodeError when elements are left over. */
  finish(field: string): void {
    if (this.offset < this.end)
      this.fail(field, 'nothing left', `${this.end - this.offset} octets left over`);
  }

  fail(field: string, expected: string, actual: string, at = this.offset): never {
    throw new DecodeError({ layer: this.layer, field, offset: at - this.origin, expected, actual });
  }

  #tagAt(at: number): { tag: BerTag; next: number } {
    let next = at;
    let tag = this.bytes[next++]!;
    if ((tag & 0x1f) !== 0x1f) return { tag, next };
    for (let size = 2; size <= 3; size++) {
      if (next >= this.end) this.fail('identifier', 'one more octet', 'the end', at);
      const octet = this.bytes[next++]!;
      tag = (tag << 8) | octet;
      if (octet < 0x80) return { tag, next };
    }
    return this.fail('identifier', 'a tag number below 16384', 'a longer one', at);
  }

  #elementAt(at: number, field: string, depth: number): BerElement {
    if (depth > DEPTH_MAX) this.fail(field, `at most ${DEPTH_MAX} levels`, 'deeper nesting', at);
    const { tag, next } = this.#tagAt(at);
    if (next >= this.end) this.fail(field, 'a length', 'the end', at);
    const first = this.bytes[next]!;
    if (first === 0x80) return this.#indefinite(at, tag, next + 1, field, depth);
    const { length, contentOffset } = this.#definiteLength(next, field);
    const end = contentOffset + length;
    if (end > this.end) {
      this.fail(field, `${length} octets of contents`, `${this.end - contentOffset}`, at);
    }
    return { tag, offset: at, contentOffset, contentEnd: end, end };
  }

  #definiteLength(at: number, field: string): { length: number; contentOffset: number } {
    const first = this.bytes[at]!;
    if (first < 0x80) return { length: first, contentOffset: at + 1 };
    // X.690 §8.1.3.5: 0xff is reserved; more than four length octets cannot fit any message.
    const count = first & 0x7f;
    if (count > 4) this.fail(field, 'at most 4 length octets', `${count}`, at);
    if (at + 1 + count > this.end) this.fail(field, `${count} length octets`, `${this.end - at - 1}`, at);
    let length = 0;
    for (let index = 1; index <= count; index++) length = length * 256 + this.bytes[at + index]!;
    return { length, contentOffset: at + 1 + count };
  }

  /** X.690 §8.1.3.6: constructed only; ends with two zero octets on the same level. */
  #indefinite(at: number, tag: BerTag, contentOffset: number, field: string, depth: number): BerElement {
    if (!isConstructed(tag)) this.fail(field, 'a definite length', 'indefinite, on a primitive', at);
    let cursor = contentOffset;
    for (;;) {
      if (cursor + 2 > this.end) this.fail(field, 'end-of-contents', 'the end', at);
      if (this.bytes[cursor] === 0 && this.bytes[cursor + 1] === 0) {
        return { tag, offset: at, contentOffset, contentEnd: cursor, end: cursor + 2 };
      }
      cursor = this.#elementAt(cursor, field, depth + 1).end;
    }
  }
}
