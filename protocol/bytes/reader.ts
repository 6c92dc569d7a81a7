import { DecodeError, type Layer } from './errors.js';

/**
 * A cursor over received octets that checks every bound.
 *
 * ```
 *   bytes   |.......................|
 *           start    offset       end
 *           ^ offsets in errors count from here
 * ```
 *
 * Integers are unsigned and big-endian (network order). A reader never copies: {@link octets} and {@link slice}
 * return views that live as long as the buffer they look into.
 */
export class ByteReader {
  readonly layer: Layer;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  offset: number;

  constructor(bytes: Uint8Array, layer: Layer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.layer = layer;
    this.start = start;
    this.end = end;
    this.offset = start;
  }

  /** Octets left to read. */
  get remaining(): number {
    return this.end - this.offset;
  }

  /** @throws DecodeError when fewer than `count` octets are left. */
  need(count: number, field: string): void {
    if (count < 0 || this.remaining < count) {
      this.fail(field, `${count} more octets`, `${this.remaining}`);
    }
  }

  u8(field: string): number {
    this.need(1, field);
    return this.bytes[this.offset++]!;
  }

  u16(field: string): number {
    this.need(2, field);
    const at = this.offset;
    this.offset = at + 2;
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  u24(field: string): number {
    this.need(3, field);
    const at = this.offset;
    this.offset = at + 3;
    return (this.bytes[at]! << 16) | (this.bytes[at + 1]! << 8) | this.bytes[at + 2]!;
  }

  u32(field: string): number {
    this.need(4, field);
    const at = this.offset;
    this.offset = at + 4;
    return (
      ((this.bytes[at]! << 24) |
        (this.bytes[at + 1]! << 16) |
        (this.bytes[at + 2]! << 8) |
        this.bytes[at + 3]!) >>>
      0
    );
  }

  /** The next octet without consuming it, or -1 at the end. */
  peek(): number {
    return this.offset < this.end ? this.bytes[this.offset]! : -1;
  }

  /** A view of the next `count` octets, consumed. */
  octets(count: number, field: string): Uint8Array {
    this.need(count, field);
    const at = this.offset;
    this.offset = at + count;
    return this.bytes.subarray(at, at + count);
  }

  /** A reader confined to the next `count` octets, which this reader consumes. */
  slice(count: number, field: string, layer: Layer = this.layer): ByteReader {
    this.need(count, field);
    const at = this.offset;
    this.offset = at + count;
    return new ByteReader(this.bytes, layer, at, at + count);
  }

  /** @throws DecodeError when octets are left over. */
  finish(field: string): void {
    if (this.remaining !== 0) this.fail(field, 'nothing left', `${this.remaining} octets left over`);
  }

  fail(field: string, expected: string, actual: string): never {
    throw new DecodeError({
      layer: this.layer,
      field,
      offset: this.offset - this.start,
      expected,
      actual,
    });
  }
}
