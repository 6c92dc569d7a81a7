import { describe, expect, it } from 'vitest';
import { DecodeError } from './errors.js';
import { ByteReader } from './reader.js';

const BYTES = Uint8Array.of(0xee, 0x01, 0x02, 0xff, 0xfe, 0xfd, 0xfc, 0x80, 0x00, 0x00, 0x01, 0xee);

describe('ByteReader', () => {
  it('reads big-endian unsigned integers between its bounds', () => {
    const reader = new ByteReader(BYTES, 'M3UA', 1, 11);
    expect(reader.remaining).toBe(10);
    expect(reader.peek()).toBe(0x01);
    expect(reader.u8('a')).toBe(0x01);
    expect(reader.u16('b')).toBe(0x02ff);
    expect(reader.u24('c')).toBe(0xfefdfc);
    expect(reader.u32('d')).toBe(0x8000_0001);
    expect(reader.peek()).toBe(-1);
    reader.finish('e');
  });

  it('names field, offset and what was missing', () => {
    const reader = new ByteReader(BYTES, 'SCCP', 1, 4);
    reader.u16('first');
    expect(() => reader.u32('Called Party Address')).toThrow(
      new DecodeError({
        layer: 'SCCP',
        field: 'Called Party Address',
        offset: 2,
        expected: '4 more octets',
        actual: '1',
      }),
    );
  });

  it.each([
    ['u8', 0],
    ['u16', 1],
    ['u24', 2],
    ['u32', 3],
  ] as const)('%s is refused with %i octets left', (read, left) => {
    const reader = new ByteReader(BYTES, 'M3UA', 1, 1 + left);
    expect(() => reader[read]('x')).toThrow(DecodeError);
    expect(reader.remaining).toBe(left);
  });

  it('gives views, and readers confined to a part', () => {
    const reader = new ByteReader(BYTES, 'M3UA', 1, 11);
    expect(reader.octets(2, 'x')).toEqual(Uint8Array.of(1, 2));
    const part = reader.slice(2, 'part', 'SCCP');
    expect(part.layer).toBe('SCCP');
    expect(part.u16('y')).toBe(0xfffe);
    expect(() => part.u8('z')).toThrow(DecodeError);
    expect(reader.u8('after')).toBe(0xfd);
    expect(() => reader.slice(6, 'part')).toThrow(DecodeError);
    expect(() => reader.octets(-1, 'negative')).toThrow(DecodeError);
    expect(() => reader.finish('end')).toThrow('nothing left');
  });
});
