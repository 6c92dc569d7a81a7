import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOctets, M3UA_VECTORS } from '../../test/vectors/m3ua.js';
import { DecodeError } from '../bytes/errors.js';
import type { DataMessage } from './data.js';
import { decodeM3ua, encodeM3ua } from './message.js';
import { createDataFields, PEEK_MALFORMED, PEEK_NOT_DATA, peekDataMessage } from './peek.js';
import { dataStreamForSls } from './streams.js';
import { encodeDataTemplate, stampUserLength } from './template.js';

const u32 = fc.nat({ max: 0xffff_ffff });
const u8 = fc.nat({ max: 255 });
const optional = fc.option(u32, { nil: undefined });
const dataMessage: fc.Arbitrary<DataMessage> = fc.record({
  kind: fc.constant('DATA' as const),
  networkAppearance: optional,
  routingContext: optional,
  correlationId: optional,
  protocolData: fc.record({
    opc: u32,
    dpc: u32,
    si: u8,
    ni: u8,
    mp: u8,
    sls: u8,
    userData: fc.uint8Array({ maxLength: 300 }),
  }),
});

/** What peek read, as the message that the full decoder would give. */
function peeked(bytes: Uint8Array, offset: number, length: number): DataMessage | number {
  const out = createDataFields();
  const code = peekDataMessage(bytes, offset, length, out);
  if (code < 0) return code;
  const { opc, dpc, si, ni, mp, sls, userOffset, userLength } = out;
  const userData = bytes.slice(userOffset, userOffset + userLength);
  const given = (value: number) => (value < 0 ? undefined : value);
  return {
    kind: 'DATA',
    networkAppearance: given(out.networkAppearance),
    routingContext: given(out.routingContext),
    correlationId: given(out.correlationId),
    protocolData: { opc, dpc, si, ni, mp, sls, userData },
  };
}

describe('peekDataMessage', () => {
  it('reads the vectors of DATA and leaves the others alone', () => {
    for (const { hex, message } of M3UA_VECTORS) {
      const bytes = hexOctets(hex);
      const expected = message.kind === 'DATA' ? message : PEEK_NOT_DATA;
      expect(peeked(bytes, 0, bytes.length)).toEqual(expected);
    }
  });

  it('says which DATA it leaves to the full decoder', () => {
    const whole = hexOctets(M3UA_VECTORS[0]!.hex);
    expect(peeked(whole, 0, whole.length - 1)).toBe(PEEK_MALFORMED);
    expect(peeked(hexOctets('01000101 00000010 00060008 00000001'), 0, 16)).toBe(PEEK_MALFORMED);
    expect(peeked(whole, 0, 7)).toBe(PEEK_NOT_DATA);
  });

  const label = '00000001 00000002 03020000';
  it.each([
    ['Protocol Data twice', `01000101 00000028 02100010 ${label} 02100010 ${label}`],
    ['Routing Context twice', `01000101 00000028 00060008 00000001 00060008 00000001 02100010 ${label}`],
    ['Network Appearance twice', `01000101 00000028 02000008 00000001 02000008 00000001 02100010 ${label}`],
    ['Correlation Id twice', `01000101 00000028 00130008 00000001 00130008 00000001 02100010 ${label}`],
    ['two Routing Contexts in one', `01000101 00000024 0006000c 00000001 00000002 02100010 ${label}`],
    ['a parameter beyond the end', `01000101 0000001c 02100010 ${label} 00130008`],
    ['Protocol Data beyond the end', `01000101 00000018 02100014 ${label}`],
    ['Protocol Data without its label', '01000101 00000010 02100008 00000001'],
  ])('leaves %s to the full decoder, which refuses it', (_name, hex) => {
    const bytes = hexOctets(hex);
    expect(peeked(bytes, 0, bytes.length)).toBe(PEEK_MALFORMED);
    expect(() => decodeM3ua(bytes)).toThrow(DecodeError);
  });

  it('agrees with the full decoder on every valid message, wherever it lies', () => {
    fc.assert(
      fc.property(dataMessage, fc.nat({ max: 9 }), (message, offset) => {
        const bytes = encodeM3ua(message);
        const buffer = new Uint8Array(bytes.length + offset + 5).fill(0xee);
        buffer.set(bytes, offset);
        expect(peeked(buffer, offset, bytes.length)).toEqual(message);
        expect(decodeM3ua(buffer, offset, offset + bytes.length)).toEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  it('accepts nothing that the full decoder refuses, and reads the same', () => {
    const change = fc.tuple(fc.nat(), u8);
    fc.assert(
      fc.property(
        dataMessage,
        fc.array(change, { maxLength: 4 }),
        fc.nat({ max: 5 }),
        (message, changes, cut) => {
          const whole = encodeM3ua(message);
          for (const [at, value] of changes) whole[at % Math.min(whole.length, 60)] = value;
          const length = whole.length - cut;
          const fast = peeked(whole, 0, length);
          if (typeof fast !== 'number') expect(decodeM3ua(whole, 0, length)).toEqual(fast);
          else if (whole[1] === 0) expect(() => refuseOther(whole, length)).toThrow(DecodeError);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

/** Throws what the decoder throws, and also for messages that are not DATA. */
function refuseOther(bytes: Uint8Array, length: number): void {
  if (decodeM3ua(bytes, 0, length).kind === 'DATA') return;
  throw new DecodeError({
    layer: 'M3UA',
    field: 'Message Type',
    offset: 3,
    expected: 'DATA',
    actual: 'other',
  });
}

describe('encodeDataTemplate', () => {
  it('lies where the vector has its fields', () => {
    const { message, hex } = M3UA_VECTORS[0]!;
    if (message.kind !== 'DATA') throw new Error('the first vector is DATA');
    expect(encodeDataTemplate(message)).toEqual({
      bytes: hexOctets(hex),
      messageLengthAt: 4,
      networkAppearanceAt: 12,
      routingContextAt: 20,
      correlationIdAt: 52,
      protocolDataLengthAt: 26,
      opcAt: 28,
      dpcAt: 32,
      slsAt: 39,
      userDataAt: 40,
      userDataLength: 5,
    });
  });

  it('patched at its offsets decodes to the patched values', () => {
    fc.assert(
      fc.property(dataMessage, u32, u32, u32, u8, (message, opc, dpc, context, sls) => {
        const template = encodeDataTemplate(message);
        const view = new DataView(template.bytes.buffer);
        view.setUint32(template.opcAt, opc);
        view.setUint32(template.dpcAt, dpc);
        view.setUint8(template.slsAt, sls);
        if (template.routingContextAt >= 0) view.setUint32(template.routingContextAt, context);
        expect(decodeM3ua(template.bytes)).toEqual({
          ...message,
          routingContext: message.routingContext === undefined ? undefined : context,
          protocolData: { ...message.protocolData, opc, dpc, sls },
        });
      }),
    );
  });

  it('takes user data of another length', () => {
    const withoutCorrelation = dataMessage.map((message) => ({ ...message, correlationId: undefined }));
    fc.assert(
      fc.property(withoutCorrelation, fc.uint8Array({ maxLength: 300 }), (message, userData) => {
        const template = encodeDataTemplate(message);
        const buffer = new Uint8Array(1000).fill(0xee);
        buffer.set(template.bytes, 3);
        buffer.set(userData, 3 + template.userDataAt);
        const size = stampUserLength(template, buffer, 3, userData.length);
        const expected = { ...message, protocolData: { ...message.protocolData, userData } };
        expect(buffer.slice(3, 3 + size)).toEqual(encodeM3ua(expected));
        const touched = Math.max(template.bytes.length, size);
        expect(buffer.subarray(3 + touched).every((octet) => octet === 0xee)).toBe(true);
      }),
    );
  });
});

describe('dataStreamForSls', () => {
  it('uses every stream but 0, and the same one for the same SLS', () => {
    const used = new Set(Array.from({ length: 16 }, (_, sls) => dataStreamForSls(sls, 5)));
    expect([...used].sort()).toEqual([1, 2, 3, 4]);
    expect(dataStreamForSls(7, 5)).toBe(dataStreamForSls(7, 5));
    expect(dataStreamForSls(7, 2)).toBe(1);
  });

  it('has no choice with a single stream', () => {
    expect(dataStreamForSls(7, 1)).toBe(0);
  });
});
