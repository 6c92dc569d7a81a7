import { describe, expect, it } from 'vitest';
import { ByteWriter } from './writer.js';

describe('ByteWriter', () => {
  it('writes big-endian, cuts values to their field, and grows', () => {
    const writer = new ByteWriter(1);
    writer
      .u8(0x101)
      .u16(0x10203)
      .u24(0x1020304)
      .u32(0xfffefdfc)
      .octets(Uint8Array.of(7, 8, 9));
    expect(writer.finish()).toEqual(Uint8Array.of(1, 2, 3, 2, 3, 4, 0xff, 0xfe, 0xfd, 0xfc, 7, 8, 9));
    expect(writer.length).toBe(13);
  });

  it('fills in what was reserved, which is zero until then', () => {
    const writer = new ByteWriter(4);
    writer.u32(0xffff_ffff).reset();
    const at = writer.reserve(7);
    expect(writer.finish()).toEqual(new Uint8Array(7));
    writer.setU8(at, 1);
    writer.setU16(at + 1, 0x0203);
    writer.setU32(at + 3, 0x8405_0607);
    expect(writer.finish()).toEqual(Uint8Array.of(1, 2, 3, 0x84, 5, 6, 7));
  });

  it('returns copies', () => {
    const writer = new ByteWriter();
    const first = writer.u8(1).finish();
    writer.reset();
    writer.u8(2);
    expect(first).toEqual(Uint8Array.of(1));
  });
});
