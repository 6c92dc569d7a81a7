import { describe, expect, it } from 'vitest';
import { hexOctets, M3UA_VECTORS } from '../../test/vectors/m3ua.js';
import { M3uaDecodeError } from './fault.js';
import { decodeM3ua, encodeM3ua, errFor, MESSAGES } from './message.js';

function errorOf(hex: string): M3uaDecodeError {
  try {
    decodeM3ua(hexOctets(hex));
  } catch (error) {
    if (error instanceof M3uaDecodeError) return error;
    throw error;
  }
  throw new Error(`decoded: ${hex}`);
}

describe('M3UA vectors', () => {
  it('cover every message', () => {
    expect(new Set(M3UA_VECTORS.map(({ message }) => message.kind))).toEqual(new Set(Object.keys(MESSAGES)));
  });

  describe.each(M3UA_VECTORS)('$name', ({ hex, message }) => {
    const bytes = hexOctets(hex);

    it('decodes', () => {
      expect(decodeM3ua(bytes)).toEqual(message);
    });

    it('encodes', () => {
      expect(encodeM3ua(message)).toEqual(bytes);
    });

    it('decodes in the middle of a buffer', () => {
      const buffer = new Uint8Array(bytes.length + 20).fill(0xee);
      buffer.set(bytes, 7);
      expect(decodeM3ua(buffer, 7, 7 + bytes.length)).toEqual(message);
    });

    it('is refused when cut anywhere', () => {
      for (let end = 0; end < bytes.length; end += 1) {
        expect(() => decodeM3ua(bytes, 0, end)).toThrow(M3uaDecodeError);
      }
    });

    it('is refused with octets left over', () => {
      for (const extra of [1, 2, 3, 4, 8]) {
        const longer = new Uint8Array(bytes.length + extra);
        longer.set(bytes);
        expect(() => decodeM3ua(longer)).toThrow('Message Length');
      }
    });
  });
});

describe('M3UA padding', () => {
  // BEAT with three octets of data; the length in the header leaves the padding out.
  const message = { kind: 'BEAT', heartbeatData: Uint8Array.of(10, 11, 12) };

  it('may be missing in Message Length', () => {
    expect(decodeM3ua(hexOctets('01000303 0000000f 00090007 0a0b0c00'))).toEqual(message);
  });

  it('may be missing altogether', () => {
    expect(decodeM3ua(hexOctets('01000303 0000000f 00090007 0a0b0c'))).toEqual(message);
  });

  it('may hold anything', () => {
    expect(decodeM3ua(hexOctets('01000303 00000010 00090007 0a0b0cff'))).toEqual(message);
  });

  it('is counted by Message Length when it is missing', () => {
    expect(errorOf('01000303 00000010 00090007 0a0b0c').errorCode).toBe(0x07);
  });
});

describe('M3UA faults', () => {
  const cases: readonly (readonly [string, number, string, number, string])[] = [
    ['shorter than the header', 0x07, 'Common Message Header', 0, '010003'],
    ['another version', 0x01, 'Version', 0, '02000301 00000008'],
    ['routing key management', 0x03, 'Message Class', 2, '01000901 00000008'],
    ['a reserved type', 0x04, 'Message Type', 3, '01000307 00000008'],
    ['Message Length below the header', 0x07, 'Message Length', 4, '01000301 00000007'],
    ['Message Length beyond the message', 0x07, 'Message Length', 4, '01000301 00000100'],
    ['half a parameter header', 0x12, 'Parameter Tag', 8, '01000301 0000000a 0011'],
    [
      'a parameter shorter than its header',
      0x12,
      'Parameter Length of ASP Identifier',
      10,
      '01000301 0000000c 00110003',
    ],
    [
      'a parameter beyond the message',
      0x12,
      'Parameter Length of ASP Identifier',
      10,
      '01000301 0000000c 00110008',
    ],
    [
      'an unknown parameter beyond the message',
      0x12,
      'Parameter Length of Parameter 0x7fff',
      10,
      '01000301 0000000c 7fff0009',
    ],
    [
      'a 32-bit parameter of 5 octets',
      0x12,
      'Parameter Length of ASP Identifier',
      10,
      '01000301 00000014 00110009 00000001 00000000',
    ],
    [
      'a list with a part of a value',
      0x12,
      'Parameter Length of Routing Context',
      10,
      '01000401 00000014 0006000a 00000001 00020000',
    ],
    ['an empty list', 0x12, 'Parameter Length of Routing Context', 10, '01000401 0000000c 00060004'],
    [
      'a repeated parameter',
      0x13,
      'ASP Identifier',
      16,
      '01000301 00000018 00110008 00000001 00110008 00000001',
    ],
    ['DATA without Protocol Data', 0x16, 'Protocol Data', 8, '01000101 00000010 00060008 00000001'],
    [
      'Protocol Data shorter than its label',
      0x12,
      'Protocol Data',
      12,
      '01000101 00000018 0210000f 00000001 00000002 03000000',
    ],
    ['DUNA without point code', 0x16, 'Affected Point Code', 8, '01000201 00000008'],
    ['DUPU without cause', 0x16, 'User/Cause', 8, '01000205 00000010 00120008 00000001'],
    ['NTFY without status', 0x16, 'Status', 8, '01000001 00000008'],
    ['ERR without code', 0x16, 'Error Code', 8, '01000000 00000008'],
    [
      'an INFO String of 256 octets',
      0x12,
      'Parameter Length of INFO String',
      10,
      `01000301 0000010c 00040104 ${'61'.repeat(256)}`,
    ],
  ];

  it.each(cases)('%s', (_name, errorCode, field, offset, hex) => {
    const error = errorOf(hex);
    expect({ errorCode: error.errorCode, field: error.fault.field, offset: error.fault.offset }).toEqual({
      errorCode,
      field,
      offset,
    });
  });

  it('takes an INFO String of 255 octets', () => {
    const hex = `01000301 0000010c 00040103 ${'61'.repeat(255)} 00`;
    expect(decodeM3ua(hexOctets(hex))).toMatchObject({ kind: 'ASPUP' });
  });

  it('skips parameters that it does not know or that belong to other messages', () => {
    // 0x7fff of 5 octets, then a Routing Context, which ASPUP does not have, twice.
    const hex = `01000301 0000002c 7fff0005 aa000000 00060008 00000001 00060008 00000002
                 00110008 00000009 00040004`;
    expect(decodeM3ua(hexOctets(hex))).toMatchObject({ kind: 'ASPUP', aspIdentifier: 9 });
  });
});

describe('errFor', () => {
  it('returns the offending message, cut to 256 octets', () => {
    const bytes = new Uint8Array(1000).fill(0x55);
    bytes.set(hexOctets('02000301'));
    const error = new M3uaDecodeError(0x01, { field: 'Version', offset: 0, expected: '1', actual: '2' });
    expect(errFor(error, bytes, 0, 1000)).toEqual({
      kind: 'ERR',
      errorCode: 0x01,
      diagnostic: bytes.slice(0, 256),
    });
  });

  it('never answers an ERR', () => {
    const bytes = hexOctets('01000000 00000008');
    expect(errFor(errorOf('01000000 00000008'), bytes, 0, bytes.length)).toBeNull();
  });
});
