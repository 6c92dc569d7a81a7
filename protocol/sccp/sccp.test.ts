import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadVectors, octets, vector } from '../../test/vectors/load.js';
import { DecodeError } from '../bytes/errors.js';
import { ByteWriter } from '../bytes/writer.js';
import { decodeSccpAddress, globalTitle, type SccpAddress, writeSccpAddress } from './address.js';
import { encodeLudt } from './ludt.js';
import { decodeSccp } from './message.js';
import { encodeUdt } from './udt.js';
import { encodeUdts } from './udts.js';
import { encodeXudt } from './xudt.js';
import { encodeXudts } from './xudts.js';

const vectors = loadVectors('sccp-tcap-cap.txt');
const CAP_USER: SccpAddress = { routeOn: 'ssn', pointCode: null, subsystemNumber: 146, globalTitle: null };

function addressBytes(address: SccpAddress): Uint8Array {
  const writer = new ByteWriter();
  writeSccpAddress(address, writer);
  return writer.finish();
}

describe('address', () => {
  // Worked out from the figures of Q.713 §3.4.
  test.each<[string, SccpAddress]>([
    ['42 92', CAP_USER],
    ['43 ea 07 92', { ...CAP_USER, pointCode: 2026 }],
    [
      '12 06 00 12 04 64 07 21',
      { routeOn: 'gt', pointCode: null, subsystemNumber: 6, globalTitle: globalTitle('467012') },
    ],
    [
      '10 09 11 04 64 07 01',
      { routeOn: 'gt', pointCode: null, subsystemNumber: null, globalTitle: globalTitle('46701', 9) },
    ],
    ['44 84', { ...CAP_USER, subsystemNumber: null, globalTitle: { indicator: 1, octets: octets('84') } }],
  ])('%s', (text, address) => {
    expect(decodeSccpAddress(octets(text))).toEqual(address);
    expect(addressBytes(address)).toEqual(octets(text));
  });

  test('the spare bits of a point code and the national bit are ignored', () => {
    expect(decodeSccpAddress(octets('c1 ea c7'))).toMatchObject({ routeOn: 'ssn', pointCode: 2026 });
  });

  test.each([
    ['empty', ''],
    ['point code cut off', '43 ea'],
    ['subsystem number missing', '42'],
    ['octets left over', '42 92 00'],
    ['global title indicator 5', '14 00'],
    ['global title cut off', '12 92 00 12'],
  ])('refuses: %s', (_, text) => {
    expect(() => decodeSccpAddress(octets(text))).toThrow(DecodeError);
  });

  test('faults of the caller are named', () => {
    expect(() => addressBytes({ ...CAP_USER, pointCode: 16_384 })).toThrow(/point code 16384/);
    expect(() => addressBytes({ ...CAP_USER, globalTitle: globalTitle('12x') })).toThrow(/digits/);
  });
});

describe('hand-made messages', () => {
  test('UDT with point code and global title', () => {
    const message = decodeSccp(vector(vectors, 'begin-initial-dp'));
    expect(message).toMatchObject({
      type: 'udt',
      protocolClass: 1,
      returnOnError: true,
      called: { routeOn: 'ssn', pointCode: 2026, subsystemNumber: 146 },
      calling: { routeOn: 'gt', subsystemNumber: 146, globalTitle: { digits: '467012', natureOfAddress: 4 } },
    });
    expect(message.data).toHaveLength(116);
    if (message.type === 'udt') {
      expect(encodeUdt(message).bytes).toEqual(vector(vectors, 'begin-initial-dp'));
    }
  });

  test('UDTS', () => {
    const message = decodeSccp(vector(vectors, 'returned'));
    expect(message).toMatchObject({ type: 'udts', returnCause: 1, called: CAP_USER, calling: CAP_USER });
    if (message.type === 'udts') expect(encodeUdts(message)).toEqual(vector(vectors, 'returned'));
  });

  test('XUDT with a segmentation parameter', () => {
    const message = decodeSccp(vector(vectors, 'xudt-end'));
    expect(message).toMatchObject({
      type: 'xudt',
      hopCounter: 15,
      segmentation: { first: true, remaining: 0, localReference: 1, protocolClass: 0 },
      importance: null,
    });
    if (message.type === 'xudt') expect(encodeXudt(message).bytes).toEqual(vector(vectors, 'xudt-end'));
  });

  test('LUDT', () => {
    const message = decodeSccp(vector(vectors, 'ludt-end'));
    expect(message).toMatchObject({ type: 'ludt', protocolClass: 0, called: CAP_USER, calling: CAP_USER });
    expect(message.data).toHaveLength(18);
    if (message.type === 'ludt') expect(encodeLudt(message).bytes).toEqual(vector(vectors, 'ludt-end'));
  });

  test('unknown optional parameters are skipped, importance is read', () => {
    const bytes = octets('11 00 0f 04 06 08 09 02 42 92 02 42 92 01 aa 7f 02 01 02 12 01 05 00');
    expect(decodeSccp(bytes)).toMatchObject({ data: octets('aa'), importance: 5, segmentation: null });
  });

  test('parts may stand in any order: only pointers count', () => {
    const bytes = octets('09 00 08 05 02 01 aa ff 02 42 92 02 42 08');
    expect(() => decodeSccp(bytes)).toThrow(DecodeError);
    const swapped = octets('09 00 05 07 01 01 aa 02 42 92 02 42 08');
    expect(decodeSccp(swapped)).toMatchObject({
      data: octets('aa'),
      called: CAP_USER,
      calling: { subsystemNumber: 8 },
    });
  });
});

test.each([
  ['nothing at all', ''],
  ['a connection request', '01 00 00 00 02 02 04 02 42 92 00'],
  ['class 2 in a UDT', '09 02 03 05 07 02 42 92 02 42 92 01 aa'],
  ['a pointer out of the message', '09 00 03 05 ff 02 42 92 02 42 92 01 aa'],
  ['no end of the optional part', '11 00 0f 04 06 08 09 02 42 92 02 42 92 01 aa 12 01 05'],
])('refuses %s', (_, text) => {
  expect(() => decodeSccp(octets(text))).toThrow(DecodeError);
});

test('a fault names layer, field and offset', () => {
  expect(() => decodeSccp(octets('09 02 03 05 07'))).toThrow(
    'SCCP: protocol class at octet 2: expected 0 or 1, got 2',
  );
});

test('every vector, cut anywhere, is refused; octets behind it are ignored', () => {
  for (const [name, bytes] of vectors) {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSccp(bytes, 0, length), `${name} cut to ${length}`).toThrow(DecodeError);
    }
    const longer = Uint8Array.from([...bytes, 1, 2, 3]);
    expect(decodeSccp(longer)).toEqual(decodeSccp(bytes));
  }
});

test('data too long for UDT is the caller fault, with the remedy', () => {
  const message = { called: CAP_USER, calling: CAP_USER, protocolClass: 0, returnOnError: false } as const;
  expect(() => encodeUdt({ ...message, data: new Uint8Array(256) })).toThrow(/XUDT/);
  expect(decodeSccp(encodeLudt({ ...message, data: new Uint8Array(3952) }).bytes).data).toHaveLength(3952);
  expect(() => encodeLudt({ ...message, data: new Uint8Array(3953) })).toThrow(/3952/);
});

const digits = fc.stringMatching(/^[0-9b-f]{1,20}$/);
const address: fc.Arbitrary<SccpAddress> = fc.record({
  routeOn: fc.constantFrom('gt' as const, 'ssn' as const),
  pointCode: fc.option(fc.nat(0x3fff)),
  subsystemNumber: fc.option(fc.nat(255)),
  globalTitle: fc.option(fc.tuple(digits, fc.nat(255), fc.nat(15)).map((parts) => globalTitle(...parts))),
});
const segmentation = fc.record({
  first: fc.boolean(),
  protocolClass: fc.constantFrom(0 as const, 1 as const),
  remaining: fc.nat(15),
  localReference: fc.nat(0xff_ffff),
});

test('every message that is encoded decodes to the same', () => {
  const common = { called: address, calling: address, data: fc.uint8Array({ maxLength: 180 }) };
  const service = {
    protocolClass: fc.constantFrom(0 as const, 1 as const),
    returnOnError: fc.boolean(),
  };
  const optional = { segmentation: fc.option(segmentation), importance: fc.option(fc.nat(7)) };
  const hop = { hopCounter: fc.nat(15) };
  const returned = { returnCause: fc.nat(14) };
  fc.assert(
    fc.property(
      fc.record({ ...common, ...service, ...optional, ...hop, ...returned }),
      ({ protocolClass, returnOnError, returnCause, hopCounter, ...rest }) => {
        const { called, calling, data } = rest;
        const unit = { called, calling, data };
        const udt = { ...unit, protocolClass, returnOnError };
        expect(decodeSccp(encodeUdt(udt).bytes)).toEqual({ type: 'udt', ...udt });
        expect(decodeSccp(encodeUdts({ ...unit, returnCause }))).toEqual({
          type: 'udts',
          ...unit,
          returnCause,
        });
        const xudt = { ...rest, protocolClass, returnOnError, hopCounter };
        expect(decodeSccp(encodeXudt(xudt).bytes)).toEqual({ type: 'xudt', ...xudt });
        const xudts = { ...rest, returnCause, hopCounter };
        expect(decodeSccp(encodeXudts(xudts))).toEqual({ type: 'xudts', ...xudts });
      },
    ),
    { numRuns: 200 },
  );
});
