import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadVectors, octets } from '../../test/vectors/load.js';
import { ACTIONS, applyEdits, countElements, type Edit, edits } from '../../test/vectors/mutate.js';
import { toDefinite } from '../ber/definite.js';
import { groupNode, leafNode, nodeBytes } from '../ber/node.js';
import { BerReader } from '../ber/reader.js';
import { isConstructed } from '../ber/tag.js';
import { DecodeError, type DecodeFault } from '../bytes/errors.js';
import { hex } from '../bytes/tree.js';
import type { SccpAddress } from '../sccp/address.js';
import { globalTitle } from '../sccp/address.js';
import { encodeLudt } from '../sccp/ludt.js';
import { decodeSccp } from '../sccp/message.js';
import { encodeXudt } from '../sccp/xudt.js';
import { decodeTcap, type TcapMessage, tcapNode } from '../tcap/message.js';
import { decodeUserData } from './decode.js';
import { describeUserData } from './describe.js';
import {
  answerMessage,
  callEndMessage,
  contextRefusedMessage,
  errorMessage,
  instructionsMessage,
  originatingCall,
  pAbortMessage,
  rejectMessage,
  reportMessage,
  requestMessage,
} from './dialogues.js';
import { ANSWER, Answer, readAnswer } from './read-answer.js';
import { REQUEST, Request, readRequest } from './read-request.js';
import { decodeReleaseCall } from './release-call.js';
import { encodeUserData, type Parties } from './template.js';

const vectors = loadVectors('sccp-tcap-cap.txt');
const PARTIES: Parties = {
  called: { routeOn: 'ssn', pointCode: 2002, subsystemNumber: 146, globalTitle: null },
  calling: { routeOn: 'gt', pointCode: null, subsystemNumber: 146, globalTitle: globalTitle('46705551234') },
  protocolClass: 0,
  returnOnError: true,
};
const CALL = originatingCall({
  serviceKey: 100,
  callingNumber: '46701111111',
  calledNumber: '4670222222',
  imsi: '240011234567890',
  mscNumber: '46709999999',
  vlrNumber: '46709999998',
  callReference: octets('0102030405060708'),
});

const answer = new Answer();
const request = new Request();
const readA = (bytes: Uint8Array): number => readAnswer(bytes, 0, bytes.length, answer);
const readR = (bytes: Uint8Array): number => readRequest(bytes, 0, bytes.length, request);
const encoded = (message: TcapMessage): Uint8Array => encodeUserData(PARTIES, message).bytes;

/** What the decoders make of the octets; null when they refuse. */
function decoded(bytes: Uint8Array): { message: TcapMessage; called: SccpAddress } | null {
  try {
    const sccp = decodeSccp(bytes);
    return { message: decodeTcap(sccp.data), called: sccp.called };
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

/** Why the full decoder, arguments included, refuses; null when it does not. */
function faultOf(bytes: Uint8Array): DecodeFault | null {
  try {
    decodeUserData(bytes);
    return null;
  } catch (error) {
    if (error instanceof DecodeError) return error.fault;
    throw error;
  }
}

/** Parameters that `readRequest` reports, and the frame they stand in: to be judged as the decoders do. */
const JUDGED = [
  'InitialDPArg',
  'serviceKey',
  'calledPartyNumber',
  'callingPartyNumber',
  'iMSI',
  'callReferenceNumber',
  'mscAddress',
];

const SAMPLES: readonly Uint8Array[] = [
  ...vectors.values(),
  ...[
    requestMessage(0xdeadbeef, CALL),
    answerMessage(1, 'continue'),
    answerMessage(2, { releaseCause: 31 }),
    instructionsMessage(3, 4, { maxCallPeriodTenths: 600 }),
    reportMessage(4, 3, 36_000),
    callEndMessage(4, 'nothing'),
    pAbortMessage(4, 2),
    contextRefusedMessage(4, [0, 4, 0, 0, 1, 0, 50, 1]),
    rejectMessage(4, 1, 1),
    errorMessage(4, 1, 11),
  ].map(encoded),
];

/** Every length made indefinite that may be: what some peers send. */
function indefinite(bytes: Uint8Array): Uint8Array {
  const reader = new BerReader(bytes, 'BER');
  const parts: number[] = [];
  while (reader.more) {
    const element = reader.next('x');
    if (!isConstructed(element.tag)) {
      parts.push(...reader.whole(element));
      continue;
    }
    const identifier = bytes.subarray(element.offset, element.offset + (element.tag > 0xff ? 2 : 1));
    parts.push(...identifier, 0x80, ...indefinite(reader.content(element).slice()), 0, 0);
  }
  return Uint8Array.from(parts);
}

test('indefinite lengths change nothing that the readers report', () => {
  for (const bytes of SAMPLES) {
    const { type, data } = decodeSccp(bytes);
    if (type !== 'udt') continue;
    const rewritten = indefinite(data);
    const other = encodeXudt({
      ...PARTIES,
      data: rewritten,
      hopCounter: 15,
      importance: null,
      segmentation: null,
    }).bytes;
    const outcome = readA(bytes);
    const { cause, operations, ownId, ownIdSize } = answer;
    expect(readA(other), hex(other)).toBe(outcome);
    expect(answer).toMatchObject({ cause, operations, ownIdSize, ...(ownIdSize > 0 ? { ownId } : {}) });
    const status = readR(bytes);
    const { serviceKey } = request.initialDp;
    const { durationTenths, eventTypeBCSM, context } = request;
    expect(readR(other), hex(other)).toBe(status);
    expect(request).toMatchObject({ durationTenths, eventTypeBCSM, context });
    expect(request.initialDp.serviceKey).toBe(serviceKey);
  }
});

const mutation = fc.record({
  sample: fc.nat(SAMPLES.length - 1),
  flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
    maxLength: 4,
  }),
  keep: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
});

function mutate({
  sample,
  flips,
  keep,
}: typeof mutation extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const bytes = Uint8Array.from(SAMPLES[sample]!);
  for (const [place, value] of flips) bytes[Math.floor(place * bytes.length)] = value;
  return keep === null ? bytes : bytes.slice(0, Math.floor(keep * bytes.length));
}

const ADDRESS_FIELDS = /address|global title|numbering|translation|nature|subsystem|signalling/;

/** Both readers leave the contents of addresses to the decoders. */
function isAddressFault(fault: DecodeFault): boolean {
  return fault.layer === 'SCCP' && ADDRESS_FIELDS.test(fault.field) && !fault.field.startsWith('pointer');
}

/** `readAnswer` leaves the contents of the dialogue portion to the decoders as well. */
function isDialogueFault(bytes: Uint8Array, fault: DecodeFault): boolean {
  const { dialogueLength, dialogueOffset, tcapOffset } = answer.envelope;
  if (fault.layer !== 'TCAP' || dialogueLength === 0) return false;
  const from = dialogueOffset - tcapOffset;
  const isRewritten = answer.envelope.bytes !== bytes;
  return isRewritten || (fault.offset >= from && fault.offset <= from + dialogueLength);
}

/** Outcomes for which the rest of the message does not matter. */
const NO_VERDICT: readonly number[] = [ANSWER.malformed, ANSWER.returned, ANSWER.segment, ANSWER.unexpected];

/** Holds the readers against the decoders. @returns whether the decoders refuse */
function compare(bytes: Uint8Array): boolean {
  const full = decoded(bytes);
  const outcome = readA(bytes);
  const status = readR(bytes);
  if (full === null && outcome !== ANSWER.segment && outcome !== ANSWER.returned) {
    const fault = faultOf(bytes);
    if (fault === null) throw new Error(`decoders disagree among themselves: ${hex(bytes)}`);
    const excused = isAddressFault(fault);
    if (status === REQUEST.ok) expect(excused, hex(bytes)).toBe(true);
    if (!NO_VERDICT.includes(outcome)) {
      expect(excused || isDialogueFault(bytes, fault), hex(bytes)).toBe(true);
    }
    return true;
  }
  if (full === null) return true;
  const { message } = full;
  if ([0x0a, 0x12, 0x14].includes(bytes[0]!)) {
    expect(outcome).toBe(ANSWER.returned);
    expect(status).toBe(REQUEST.returned);
    return false;
  }
  if (outcome === ANSWER.segment) return false;
  expect(outcome === ANSWER.malformed, hex(bytes)).toBe(!releaseCallsDecode(message));
  const fault = faultOf(bytes);
  if (fault === null) expect(status, hex(bytes)).toBe(REQUEST.ok);
  else if (JUDGED.includes(fault.field)) expect(status, hex(bytes)).toBe(REQUEST.argumentFault);
  if ('dtid' in message) expect(answer.ownId).toBe(message.dtid.value);
  if ('otid' in message) expect(request.envelope.otid).toBe(message.otid.value);
  return false;
}

test('10 000 messages with spoilt octets: decoders throw DecodeErrors only, readers never, and they agree', () => {
  let refused = 0;
  fc.assert(
    fc.property(mutation, (recipe) => {
      const bytes = mutate(recipe);
      describeUserData(bytes);
      if (compare(bytes)) refused++;
    }),
    { numRuns: 10_000 },
  );
  expect(refused).toBeGreaterThan(1_000);
});

/** A sample with its elements spoilt, in an LUDT, which has room for whatever they grew to. */
function spoilt(sample: Uint8Array, list: readonly Edit[]): Uint8Array {
  const service = { protocolClass: 0, returnOnError: false } as const;
  return encodeLudt({ ...PARTIES, ...service, data: applyEdits(toDefiniteData(sample), list) }).bytes;
}

test('every element of every sample spoilt in every way: the same', () => {
  let compared = 0;
  let refused = 0;
  for (const sample of SAMPLES) {
    const elements = countElements(toDefiniteData(sample));
    for (let index = 0; index < elements; index++) {
      for (const action of ACTIONS) {
        for (const value of [0, 1, 0x84]) {
          compared++;
          if (compare(spoilt(sample, [{ place: (index + 0.5) / elements, action, value }]))) refused++;
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(compared / 4);
  expect(refused).toBeLessThan(compared);
});

test('2 000 messages with two spoilt elements: the same', () => {
  fc.assert(
    fc.property(fc.nat(SAMPLES.length - 1), edits, (sample, list) => {
      const bytes = spoilt(SAMPLES[sample]!, list);
      describeUserData(bytes);
      compare(bytes);
    }),
    { numRuns: 2_000 },
  );
});

function toDefiniteData(bytes: Uint8Array): Uint8Array {
  const { data } = decodeSccp(bytes);
  return toDefinite(data, 0, data.length);
}

function releaseCallsDecode(message: TcapMessage): boolean {
  if (message.type !== 'end' && message.type !== 'continue') return true;
  return message.components.every((component) => {
    if (component.kind !== 'invoke' || component.operation !== 22) return true;
    try {
      decodeReleaseCall(component.parameter === null ? new Uint8Array(0) : nodeBytes(component.parameter));
      return true;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  });
}

test('any octets at all give a value', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(0x09, 0x0a, 0x11, 0x12, 0x13, 0x14),
      (bytes, type) => {
        if (bytes.length > 0) bytes[0] = type;
        decoded(bytes);
        describeUserData(bytes);
        expect(readA(bytes)).toBeGreaterThanOrEqual(0);
        expect(readR(bytes)).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('random well-formed messages read the same by both', () => {
  const operation = fc.constantFrom(0, 20, 22, 23, 24, 31, 35, 36, 99);
  const component = fc.record({
    kind: fc.constant('invoke' as const),
    invokeId: fc.integer({ min: -128, max: 127 }),
    linkedId: fc.option(fc.integer({ min: -128, max: 127 })),
    operation,
    parameter: fc.option(
      fc.uint8Array({ maxLength: 40 }).map((content) => groupNode(0x30, leafNode(0x80, content))),
    ),
  });
  const id = fc.record({ value: fc.nat(0xffff_ffff), size: fc.constant(4 as const) });
  fc.assert(
    fc.property(id, id, fc.array(component, { minLength: 1, maxLength: 3 }), (otid, dtid, components) => {
      const message: TcapMessage = { type: 'continue', otid, dtid, dialogue: null, components };
      const bytes = encoded(message);
      expect(nodeBytes(tcapNode(decodeTcap(decodeSccp(bytes).data)))).toEqual(nodeBytes(tcapNode(message)));
      const outcome = readA(bytes);
      expect(answer).toMatchObject({ ownId: dtid.value, peerId: otid.value });
      const orders = components.map((c) => c.operation);
      if (orders.includes(22)) expect(outcome).toBe(ANSWER.malformed);
      else
        expect(outcome).toBe(
          orders.some((code) => code === 31 || code === 20) ? ANSWER.continue : ANSWER.instructions,
        );
    }),
    { numRuns: 500 },
  );
});
