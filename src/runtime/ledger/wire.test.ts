import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, FRAME_OCTETS_MAX, FrameReader } from './wire.js';

const VALUE = {
  type: 'append',
  entries: [
    { index: 1, payload: Uint8Array.of(1, 2, 3) },
    { index: 2, payload: new Uint8Array(0) },
  ],
  tail: Uint8Array.of(9),
};

test('frames survive any cutting into pieces', () => {
  const stream = new Uint8Array([
    ...encodeFrame(VALUE),
    ...encodeFrame({ type: 'hello' }),
    ...encodeFrame(VALUE),
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 300 }), (sizes) => {
      const reader = new FrameReader();
      const got: unknown[] = [];
      let at = 0;
      for (const size of [...sizes, stream.length]) {
        if (at < stream.length) got.push(...reader.push(Buffer.from(stream.slice(at, at + size))));
        at += size;
      }
      expect(got).toEqual([VALUE, { type: 'hello' }, VALUE]);
    }),
  );
});

test('a frame as other hands would write it', () => {
  const head = '{"a":{"$octets":2}}';
  // CRC-32C of the body, computed with the bitwise definition below.
  const body = Uint8Array.from([head.length, 0, 0, 0, ...new TextEncoder().encode(head), 7, 8]);
  let crc = 0xffffffff;
  for (const octet of body) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  crc = ~crc >>> 0;
  const word = (value: number) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
  const frame = Uint8Array.from([0x42, 0x48, 0x49, 0x31, ...word(body.length), ...word(crc), ...body]);
  expect([...new FrameReader().push(frame)]).toEqual([{ a: Uint8Array.of(7, 8) }]);
});

test.each([
  ['rubbish', () => new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), /not a busyhour interconnect/],
  [
    'a flipped bit',
    () => {
      const frame = encodeFrame(VALUE);
      frame[20]! ^= 4;
      return frame;
    },
    /wrong checksum/,
  ],
  [
    'a frame too long for a stranger',
    () => encodeFrame({ a: new Uint8Array(FRAME_OCTETS_MAX.stranger) }),
    /octets, above 4096/,
  ],
])('%s ends the conversation', (_, make, message) => {
  expect(() => [...new FrameReader().push(make())]).toThrow(message);
});
