import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { octets } from '../../test/vectors/load.js';
import { nodeBytes } from '../ber/node.js';
import { globalTitle } from '../sccp/address.js';
import { decodeSccp } from '../sccp/message.js';
import { decodeTcap } from '../tcap/message.js';
import { answerMessage, instructionsMessage, originatingCall, requestMessage } from './dialogues.js';
import { decodeInitialDp, type InitialDpArg } from './initial-dp.js';
import { digitsAt, incrementDigits, patchDigits, patchU32 } from './patch.js';
import { encodeUserData, type Parties } from './template.js';

const PARTIES: Parties = {
  called: { routeOn: 'ssn', pointCode: 2002, subsystemNumber: 146, globalTitle: null },
  calling: { routeOn: 'gt', pointCode: null, subsystemNumber: 146, globalTitle: globalTitle('46705551234') },
  protocolClass: 0,
  returnOnError: false,
};
const FACTS = {
  serviceKey: 100,
  callingNumber: '46701111111',
  calledNumber: '4670222222',
  imsi: '240011234567890',
  mscNumber: '46709999999',
  vlrNumber: '46709999998',
  callReference: octets('0102030405060708'),
};

function decodedArgument(bytes: Uint8Array): { otid: number; arg: InitialDpArg } {
  const message = decodeTcap(decodeSccp(bytes).data);
  if (message.type !== 'begin') throw new Error('no Begin');
  const [component] = message.components;
  if (component?.kind !== 'invoke' || component.parameter === null) throw new Error('no InitialDP');
  return { otid: message.otid.value, arg: decodeInitialDp(nodeBytes(component.parameter)) };
}

test('every place of a request template is where the decoder finds the field', () => {
  const { bytes, places } = encodeUserData(PARTIES, requestMessage(1, originatingCall(FACTS)));
  patchU32(bytes, places.otid!.offset, 0xcafe_f00d);
  patchU32(bytes, places.callReferenceNumber!.offset, 0x1111_2222);
  patchU32(bytes, places.callReferenceNumber!.offset + 4, 0x3333_4444);
  patchDigits(bytes, 0, places.callingPartyNumber!, 46_709_876_543);
  patchDigits(bytes, 0, places.calledPartyNumber!, 4_670_000_001);
  patchDigits(bytes, 0, places.imsi!, 240_019_999_999_999);
  bytes[places.serviceKey!.offset] = 42;
  const { otid, arg } = decodedArgument(bytes);
  expect(otid).toBe(0xcafe_f00d);
  expect(arg).toMatchObject({
    serviceKey: 42,
    callingPartyNumber: { digits: '46709876543' },
    calledPartyNumber: { digits: '4670000001' },
    imsi: '240019999999999',
    callReferenceNumber: octets('1111222233334444'),
    mscAddress: { digits: '46709999999' },
  });
  expect(places.serviceKey?.length).toBe(1);
  expect(places.dtid).toBeNull();
  expect(bytes.subarray(places.called.offset, places.called.offset + places.called.length)).toEqual(
    octets('43d20792'),
  );
});

test('places of answers', () => {
  const { bytes, places } = encodeUserData(PARTIES, instructionsMessage(1, 2, { maxCallPeriodTenths: 600 }));
  patchU32(bytes, places.otid!.offset, 0xaaaa_aaaa);
  patchU32(bytes, places.dtid!.offset, 0xbbbb_bbbb);
  expect(decodeTcap(decodeSccp(bytes).data)).toMatchObject({
    otid: { value: 0xaaaa_aaaa },
    dtid: { value: 0xbbbb_bbbb },
  });
  expect(encodeUserData(PARTIES, answerMessage(1, 'continue')).places).toMatchObject({
    otid: null,
    imsi: null,
  });
});

test('addresses can be given as octets, as a responder has them', () => {
  const message = answerMessage(7, 'continue');
  const typed = encodeUserData(PARTIES, message);
  const { called, calling } = typed.places;
  const cut = (range: { offset: number; length: number }): Uint8Array =>
    typed.bytes.slice(range.offset, range.offset + range.length);
  const raw = encodeUserData({ ...PARTIES, called: cut(called), calling: cut(calling) }, message);
  expect(raw.bytes).toEqual(typed.bytes);
});

test('a message too long for UDT becomes LUDT, with places all the same', () => {
  const padded = { ...originatingCall(FACTS), extensions: [{ type: 1, octets: new Uint8Array(300) }] };
  const { bytes, places } = encodeUserData(PARTIES, requestMessage(1, padded));
  expect(decodeSccp(bytes)).toMatchObject({ type: 'ludt', protocolClass: 0 });
  patchU32(bytes, places.otid!.offset, 0x0102_0304);
  expect(decodedArgument(bytes).otid).toBe(0x0102_0304);
});

describe('digits', () => {
  const place = { offset: 3, digits: 5 };

  test('patching leaves the filler half and the neighbours alone', () => {
    const bytes = octets('ff ff ff 00 00 f0 ff');
    patchDigits(bytes, 0, place, 12_345);
    expect(bytes).toEqual(octets('ff ff ff 21 43 f5 ff'));
    expect(digitsAt(bytes, 3, 5)).toBe(12_345);
  });

  test('the highest number is followed by zeros', () => {
    const bytes = octets('00 00 00 99 99 f9');
    incrementDigits(bytes, 0, place);
    expect(bytes).toEqual(octets('00 00 00 00 00 f0'));
  });

  test('halves above 9 are no number', () => {
    expect(digitsAt(octets('1a'), 0, 2)).toBe(-1);
    expect(digitsAt(new Uint8Array(8), 0, 16)).toBe(-1);
  });

  test('incrementing equals patching the next number', () => {
    fc.assert(
      fc.property(fc.nat(99_998), fc.nat(10), (value, base) => {
        const stepped = new Uint8Array(20).fill(0xf0);
        const patched = stepped.slice();
        patchDigits(stepped, base, place, value);
        incrementDigits(stepped, base, place);
        patchDigits(patched, base, place, value + 1);
        expect(stepped).toEqual(patched);
      }),
    );
  });
});
