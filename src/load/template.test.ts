import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeM3ua } from '../../protocol/m3ua/message.js';
import { createDataFields, peekDataMessage } from '../../protocol/m3ua/peek.js';
import { decodeSccp } from '../../protocol/sccp/message.js';
import { decodeTcap } from '../../protocol/tcap/message.js';
import { parseDigitRange } from '../config/digit-range.js';
import type { AddressingConfig } from '../config/run-config.js';
import { ReportTemplate, RequestTemplate } from './template.js';

const addressing: AddressingConfig = {
  role: 'asp',
  trafficMode: 'loadshare',
  routingContext: 7,
  networkAppearance: null,
  opc: 0x1234,
  dpc: 0x0203,
  networkIndicator: 2,
  ssn: 146,
  callingGt: '99900000001',
  calledGt: '99900000002',
  serviceKey: 3,
  msisdnRange: parseDigitRange('999100000000-999100999999'),
  imsiRange: parseDigitRange('001010000000000-001010000999999'),
};

function decode(bytes: Uint8Array, length: number) {
  const data = decodeM3ua(bytes, 0, length);
  if (data.kind !== 'DATA') throw new Error(data.kind);
  const unit = decodeSccp(data.protocolData.userData);
  if (!('data' in unit)) throw new Error('no data');
  return { data, tcap: decodeTcap(unit.data), user: data.protocolData.userData };
}

/** Digits of a telephone number or IMSI as they lie in octets, written here by hand and not with the encoder under test. */
function packed(digits: string, filler: string): string {
  const even = digits.length % 2 === 0 ? digits : digits + filler;
  return even.replaceAll(/(.)(.)/g, '$2$1');
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a request', () => {
  it('decodes to what was asked for', () => {
    const template = new RequestTemplate({ addressing, runId: 0xdeadbeef, paddingBytes: 0 });
    const destination = new Uint8Array(1000).fill(0xaa);
    const length = template.stamp(destination, 0, 0x12345678, 4_294_967_297, 1234, 11);
    expect(length).toBe(template.length);
    expect(destination[length]).toBe(0xaa);
    const { data, tcap, user } = decode(destination, length);
    expect(data.routingContext).toBe(7);
    expect(data.protocolData).toMatchObject({ opc: 0x1234, dpc: 0x0203, si: 3, ni: 2, mp: 0, sls: 11 });
    expect(tcap).toMatchObject({ type: 'begin', otid: { value: 0x12345678, size: 4 } });
    // callReferenceNumber: context tag 54, eight octets, the run and the low half of the sequence number.
    expect(hex(user)).toContain('9f3608deadbeef00000001');
    // callingPartyNumber: context tag 3, six octets of an even number, network provided, then the digits; iMSI: context tag 50.
    expect(hex(user)).toContain(`83080413${packed('999100001234', '0')}`);
    expect(hex(user)).toContain(`9f3208${packed('001010000001234', 'f')}`);
  });

  it('carries the digits of whichever subscriber comes, in any order, into any place', () => {
    const range = fc.integer({ min: 1, max: 15 }).chain((digits) => {
      const top = 10 ** digits - 1;
      return fc.record({
        digits: fc.constant(digits),
        start: fc.integer({ min: 0, max: top }),
        end: fc.integer({ min: 0, max: top }),
      });
    });
    fc.assert(
      fc.property(
        range,
        fc.integer({ min: 5, max: 15 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
        (given, imsiDigits, picks) => {
          const first = Math.min(given.start, given.end);
          const last = Math.max(given.start, given.end);
          const pad = (n: number, digits: number) => String(n).padStart(digits, '0');
          const count = Math.min(last - first + 1, 10 ** imsiDigits);
          const template = new RequestTemplate({
            addressing: {
              ...addressing,
              msisdnRange: parseDigitRange(
                `${pad(first, given.digits)}-${pad(first + count - 1, given.digits)}`,
              ),
              imsiRange: parseDigitRange(`${pad(0, imsiDigits)}-${pad(count - 1, imsiDigits)}`),
            },
            runId: 1,
            paddingBytes: 0,
          });
          const destination = new Uint8Array(2000);
          for (const [i, pick] of picks.entries()) {
            const index = (pick * 7919) % count;
            const at = (i * 13) % 50;
            const length = template.stamp(destination, at, i + 1, i, index, i % 16);
            const text = hex(decode(destination.slice(at), length).user);
            expect(text).toContain(`13${packed(pad(first + index, given.digits), '0')}`);
            expect(text).toContain(
              `9f32${pad(Math.ceil(imsiDigits / 2), 2)}${packed(pad(index, imsiDigits), 'f')}`,
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is the same octets when it is sent again', () => {
    const template = new RequestTemplate({ addressing, runId: 5, paddingBytes: 0 });
    const [once, other, again] = [9999, 10_000, 9999].map((index) => {
      const destination = new Uint8Array(template.length);
      template.stamp(destination, 0, 42, 17, index, 3);
      return destination;
    });
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  it.each([1, 4, 100, 4000, 64_000])(
    'with %d octets of padding still decodes, fast path included',
    (paddingBytes) => {
      const template = new RequestTemplate({ addressing, runId: 5, paddingBytes });
      const plain = new RequestTemplate({ addressing, runId: 5, paddingBytes: 0 });
      expect(template.length - plain.length).toBe(Math.max(4, Math.ceil(paddingBytes / 4) * 4));
      const destination = new Uint8Array(template.length);
      const length = template.stamp(destination, 0, 42, 17, 1, 3);
      expect(decode(destination, length).tcap).toMatchObject({ otid: { value: 42 } });
      expect(peekDataMessage(destination, 0, length, createDataFields())).toBe(0);
    },
  );

  it('leaves out what is switched off', () => {
    const none = { ...addressing, routingContext: null, networkAppearance: 9 };
    const template = new RequestTemplate({ addressing: none, runId: 5, paddingBytes: 0 });
    const destination = new Uint8Array(template.length);
    const { data } = decode(destination, template.stamp(destination, 0, 1, 0, 0, 0));
    expect(data).toMatchObject({ routingContext: undefined, networkAppearance: 9 });
  });
});

describe('a report', () => {
  it.each([
    [1, 0xfe],
    [2, 0xfedc],
    [3, 0xfedcba],
    [4, 0xfedcba98],
  ])('answers to a transaction id of %d octets', (size, peerId) => {
    const template = new ReportTemplate({ addressing, runId: 1, paddingBytes: 0 }, 2e9);
    const destination = new Uint8Array(500);
    const length = template.stamp(destination, 0, 0x7fffffff, peerId, size, 5);
    expect(length).toBe(template.length(size));
    const { data, tcap } = decode(destination, length);
    expect(data.protocolData.sls).toBe(5);
    expect(tcap).toMatchObject({
      type: 'continue',
      otid: { value: 0x7fffffff, size: 4 },
      dtid: { value: peerId, size },
      components: [
        { kind: 'invoke', operation: 36 },
        { kind: 'invoke', operation: 24 },
      ],
    });
  });
});
