import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadVectors, octets, vector } from '../../test/vectors/load.js';
import { type BerNode, nodeBytes } from '../ber/node.js';
import { DecodeError } from '../bytes/errors.js';
import { decodeSccp } from '../sccp/message.js';
import { decodeTcap } from '../tcap/message.js';
import { isdnAddress } from './address-string.js';
import { applyChargingNode, decodeApplyCharging } from './apply-charging.js';
import { applyChargingReportNode, decodeApplyChargingReport } from './apply-charging-report.js';
import { cause } from './cause.js';
import { decodeEventReportBcsm, eventReportBcsmNode } from './event-report-bcsm.js';
import { decodeInitialDp, type InitialDpArg, initialDpNode } from './initial-dp.js';
import { e164 } from './isup-number.js';
import { decodeReleaseCall, releaseCallNode } from './release-call.js';
import { decodeRequestReportBcsmEvent, requestReportBcsmEventNode } from './request-report-bcsm-event.js';

const vectors = loadVectors('sccp-tcap-cap.txt');

/** Argument octets of the invoke at `index` of a vector. */
function argumentOf(name: string, index = 0): Uint8Array {
  const message = decodeTcap(decodeSccp(vector(vectors, name)).data);
  const component = 'components' in message ? message.components[index] : undefined;
  if (component?.kind !== 'invoke' || component.parameter === null) throw new Error(`${name}: no argument`);
  return nodeBytes(component.parameter);
}

const CASES: readonly {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly value: unknown;
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encode: (value: never) => BerNode;
}[] = [
  {
    name: 'initialDP',
    bytes: argumentOf('begin-initial-dp'),
    value: {
      serviceKey: 42,
      calledPartyNumber: e164('46701234567'),
      callingPartyNumber: e164('46709876543', 3),
      callingPartysCategory: 10,
      eventTypeBCSM: 2,
      imsi: '240011234567890',
      callReferenceNumber: octets('deadbeef'),
      mscAddress: isdnAddress('46700001'),
      timeAndTimezone: {
        ...{ year: 2026, month: 11, day: 20, hour: 15, minute: 47, second: 3 },
        quartersFromGmt: 4,
      },
    },
    decode: decodeInitialDp,
    encode: initialDpNode,
  },
  {
    name: 'requestReportBCSMEvent',
    bytes: argumentOf('continue-instructions'),
    value: { bcsmEvents: [{ eventTypeBCSM: 9, monitorMode: 0, legId: { side: 'sending', leg: 2 } }] },
    decode: decodeRequestReportBcsmEvent,
    encode: requestReportBcsmEventNode,
  },
  {
    name: 'applyCharging',
    bytes: argumentOf('continue-instructions', 1),
    value: {
      maxCallPeriodTenths: 3000,
      releaseIfDurationExceeded: { tone: false },
      partyToCharge: { side: 'sending', leg: 1 },
    },
    decode: decodeApplyCharging,
    encode: applyChargingNode,
  },
  {
    name: 'applyChargingReport',
    bytes: argumentOf('continue-report'),
    value: {
      partyToCharge: { side: 'receiving', leg: 1 },
      time: { ifNoTariffSwitchTenths: 1200 },
      callActive: false,
    },
    decode: decodeApplyChargingReport,
    encode: applyChargingReportNode,
  },
  {
    name: 'eventReportBCSM',
    bytes: argumentOf('continue-report', 1),
    value: {
      eventTypeBCSM: 9,
      cause: { ...cause(16), location: 0 },
      legId: { side: 'receiving', leg: 1 },
      messageType: 0,
    },
    decode: decodeEventReportBcsm,
    encode: eventReportBcsmNode,
  },
  {
    name: 'releaseCall',
    bytes: argumentOf('end-release'),
    value: cause(31),
    decode: decodeReleaseCall,
    encode: releaseCallNode,
  },
];

describe.each(CASES)('$name', ({ bytes, value, decode, encode }) => {
  test('decodes the hand-made octets', () => expect(decode(bytes)).toEqual(value));
  test('encodes to the hand-made octets', () => expect(nodeBytes(encode(value as never))).toEqual(bytes));
  test('cut anywhere, or with an octet more, it is refused', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.slice(0, length)), `cut to ${length}`).toThrow(DecodeError);
    }
    expect(() => decode(Uint8Array.from([...bytes, 0]))).toThrow(DecodeError);
  });
});

test('applyCharging of later releases, with a BOOLEAN', () => {
  const bytes = octets('30 0b 80 09 a0 07 80 02 0b b8 81 01 ff');
  expect(decodeApplyCharging(bytes)).toEqual({
    maxCallPeriodTenths: 3000,
    releaseIfDurationExceeded: { tone: false },
  });
});

test('applyChargingReport across a tariff switch', () => {
  const bytes = octets('04 13 a0 11 a0 03 81 01 01 a1 0a a1 08 80 02 02 58 81 02 01 2c');
  expect(decodeApplyChargingReport(bytes)).toEqual({
    partyToCharge: { side: 'receiving', leg: 1 },
    time: { sinceTariffSwitchTenths: 600, tariffSwitchIntervalTenths: 300 },
    callActive: true,
  });
});

test('unknown parameters of an InitialDP are passed over, known ones keep their bounds', () => {
  expect(decodeInitialDp(octets('30 09 80 01 05 9f 7f 01 00 8b 00'))).toEqual({
    serviceKey: 5,
  });
  for (const bad of [
    '30 03 85 01 0a',
    '30 06 80 01 05 9f 32 00',
    '30 03 80 01 ff',
    '30 07 80 01 05 82 02 84',
  ]) {
    expect(() => decodeInitialDp(octets(bad)), bad).toThrow(DecodeError);
  }
});

test('a cause with octet 1a is read past it', () => {
  expect(decodeReleaseCall(octets('04 03 02 80 9f'))).toMatchObject({ location: 2, value: 31 });
});

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9b-e]{1,${max}}$`));
const isup = fc.record({
  natureOfAddress: fc.nat(127),
  indicator: fc.boolean(),
  numberingPlan: fc.nat(7),
  presentation: fc.nat(3),
  screening: fc.nat(3),
  digits: digits(16),
});
const address = fc.record({ natureOfAddress: fc.nat(7), numberingPlan: fc.nat(15), digits: digits(16) });
const initialDp: fc.Arbitrary<InitialDpArg> = fc.record(
  {
    serviceKey: fc.nat(2 ** 31 - 1),
    calledPartyNumber: isup,
    callingPartyNumber: isup,
    callingPartysCategory: fc.nat(255),
    locationNumber: isup,
    extensions: fc.array(fc.record({ type: fc.nat(1000), octets: fc.uint8Array({ maxLength: 300 }) }), {
      maxLength: 2,
    }),
    bearerCapability: fc.uint8Array({ minLength: 2, maxLength: 11 }),
    eventTypeBCSM: fc.nat(127),
    imsi: fc.stringMatching(/^[0-9]{5,16}$/),
    locationInformation: fc.record(
      {
        ageMinutes: fc.nat(32_767),
        vlrNumber: address,
        locationArea: fc.uint8Array({ minLength: 5, maxLength: 5 }),
      },
      { requiredKeys: [] },
    ),
    callReferenceNumber: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    mscAddress: address,
    calledPartyBCDNumber: fc.uint8Array({ minLength: 1, maxLength: 41 }),
    timeAndTimezone: fc.record({
      year: fc.nat(9999),
      month: fc.nat(99),
      day: fc.nat(99),
      hour: fc.nat(99),
      minute: fc.nat(99),
      second: fc.nat(99),
      quartersFromGmt: fc.integer({ min: -79, max: 79 }),
    }),
  },
  { requiredKeys: ['serviceKey'] },
);

test('any InitialDP survives the round trip', () => {
  fc.assert(
    fc.property(initialDp, (arg) => {
      expect(decodeInitialDp(nodeBytes(initialDpNode(arg)))).toEqual(arg);
    }),
    { numRuns: 300 },
  );
});
