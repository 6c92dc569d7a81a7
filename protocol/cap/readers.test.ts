import { describe, expect, test } from 'vitest';
import { loadVectors, octets, vector } from '../../test/vectors/load.js';
import { rawNode } from '../ber/node.js';
import { hex } from '../bytes/tree.js';
import { globalTitle } from '../sccp/address.js';
import { encodeXudt } from '../sccp/xudt.js';
import { TC } from '../tcap/constants.js';
import type { TcapMessage } from '../tcap/message.js';
import { callEndMessage, errorMessage, originatingCall, requestMessage } from './dialogues.js';
import { OPERATION_BIT } from './operation-bits.js';
import { digitsAt } from './patch.js';
import { ANSWER, Answer, readAnswer } from './read-answer.js';
import { CONTEXT, REQUEST, Request, readRequest } from './read-request.js';
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

describe('readAnswer on hand-made messages', () => {
  test.each<[string, number, number, number]>([
    ['end-continue', ANSWER.continue, -1, 4],
    ['end-indefinite', ANSWER.continue, -1, 4],
    ['xudt-end', ANSWER.continue, -1, 4],
    ['ludt-end', ANSWER.continue, -1, 4],
    ['end-release', ANSWER.release, 31, 4],
    ['continue-instructions', ANSWER.continue, -1, 1],
    ['abort-provider', ANSWER.pAbort, 1, 4],
    ['abort-user', ANSWER.uAbort, -1, 4],
    ['end-reject', ANSWER.reject, 129, 4],
    ['end-error', ANSWER.returnError, 11, 4],
    ['returned', ANSWER.returned, 1, 4],
    ['unidirectional', ANSWER.unexpected, -1, 0],
    ['begin-initial-dp', ANSWER.unexpected, -1, 0],
  ])('%s', (name, outcome, cause, ownIdSize) => {
    expect(readA(vector(vectors, name))).toBe(outcome);
    expect(answer).toMatchObject({ outcome, cause, ownIdSize });
    if (ownIdSize > 0) expect(answer.ownId).toBe(ownIdSize === 1 ? 7 : 0x01020304);
  });

  test('a Continue gives the id to answer to, and what was ordered', () => {
    readA(vector(vectors, 'continue-instructions'));
    const { requestReportBCSMEvent, applyCharging, continue: proceed } = OPERATION_BIT;
    expect(answer).toMatchObject({
      peerId: 0x0a0b0c0d,
      peerIdSize: 4,
      operations: requestReportBCSMEvent | applyCharging | proceed,
    });
  });

  test('an End without components is empty; a refusal outweighs an order', () => {
    expect(readA(encoded(callEndMessage(9, 'nothing')))).toBe(ANSWER.empty);
    const both = callEndMessage(9, 'continue');
    const error = errorMessage(9, 1, 11);
    if (both.type !== 'end' || error.type !== 'end') throw new Error('not an End');
    const components = [...error.components, ...both.components];
    expect(readA(encoded({ ...both, components }))).toBe(ANSWER.returnError);
    expect(answer.cause).toBe(11);
  });

  test('a ReleaseCall without a proper cause is malformed', () => {
    const bytes = Uint8Array.from(vector(vectors, 'end-release'));
    bytes[bytes.length - 4] = 0x05;
    expect(readA(bytes)).toBe(ANSWER.malformed);
    expect(answer.ownIdSize).toBe(4);
  });

  test('a segment is told apart', () => {
    const part = encodeXudt({
      ...PARTIES,
      data: octets('64 10 49'),
      hopCounter: 15,
      importance: null,
      segmentation: { first: true, protocolClass: 0, remaining: 1, localReference: 5 },
    });
    expect(readA(part.bytes)).toBe(ANSWER.segment);
    expect(readR(part.bytes)).toBe(REQUEST.segment);
  });

  test('offsets count in a larger buffer', () => {
    const bytes = vector(vectors, 'end-indefinite');
    const buffer = new Uint8Array(100).fill(0xff);
    buffer.set(bytes, 33);
    expect(readAnswer(buffer, 33, 33 + bytes.length, answer)).toBe(ANSWER.continue);
    const rest = hex(answer.envelope.bytes.subarray(answer.envelope.calledOffset)).slice(0, 4);
    expect(rest).toBe('4292');
  });
});

describe('readRequest on hand-made messages', () => {
  test('InitialDP', () => {
    const bytes = vector(vectors, 'begin-initial-dp');
    expect(readR(bytes)).toBe(REQUEST.ok);
    const { envelope, initialDp } = request;
    expect(request).toMatchObject({
      context: CONTEXT.capV2,
      operations: OPERATION_BIT.initialDP,
      invokeId: 0,
      operation: 0,
    });
    expect(envelope).toMatchObject({ tcapType: TC.begin, otid: 0x1234, otidSize: 2, dtidSize: 0 });
    expect(initialDp.serviceKey).toBe(42);
    expect(digitsAt(bytes, initialDp.callingOffset, initialDp.callingDigits)).toBe(46709876543);
    expect(digitsAt(bytes, initialDp.calledOffset, initialDp.calledDigits)).toBe(46701234567);
    expect(digitsAt(bytes, initialDp.imsiOffset, initialDp.imsiDigits)).toBe(240011234567890);
    const part = (offset: number, length: number): string => hex(bytes.subarray(offset, offset + length));
    expect(part(initialDp.callReferenceOffset, initialDp.callReferenceLength)).toBe('deadbeef');
    expect(part(initialDp.mscAddressOffset, initialDp.mscAddressLength)).toBe('9164070010');
    expect(part(envelope.calledOffset, envelope.calledLength)).toBe('43ea0792');
    expect(part(envelope.callingOffset, envelope.callingLength)).toBe('1292001204640721');
  });

  test('the report of a call', () => {
    expect(readR(vector(vectors, 'continue-report'))).toBe(REQUEST.ok);
    expect(request).toMatchObject({ durationTenths: 1200, eventTypeBCSM: 9, context: CONTEXT.absent });
    expect(request.envelope).toMatchObject({ otid: 7, otidSize: 1, dtid: 0x0a0b0c0d, dtidSize: 4 });
  });

  test('a report across a tariff switch has both parts', () => {
    const [first, second] = [
      '04 13 a0 11 a0 03 81 01 01 a1 0a a1 08 80 02 02 58 81 02 01 2c',
      '04 0c a0 0a a0 03 81 01 01 a1 03 80 01 05',
    ].map((text) => {
      const invoke = { kind: 'invoke', invokeId: 1, linkedId: null, operation: 36 } as const;
      const components = [{ ...invoke, parameter: rawNode(octets(text)) }];
      return encoded({ type: 'end', dtid: { value: 1, size: 1 }, dialogue: null, components });
    });
    expect(readR(first!)).toBe(REQUEST.ok);
    expect(request.durationTenths).toBe(900);
    expect(readR(second!)).toBe(REQUEST.ok);
    expect(request.durationTenths).toBe(5);
  });

  test('a bad argument names the invoke; a bad component does not hide the id to answer to', () => {
    const bytes = Uint8Array.from(vector(vectors, 'begin-initial-dp'));
    const key = hex(bytes).indexOf('80012a') / 2;
    bytes[key + 2] = 0xff;
    expect(readR(bytes)).toBe(REQUEST.argumentFault);
    expect(request).toMatchObject({ invokeId: 0, operation: 0 });
    const component = hex(bytes).indexOf('a14a') / 2;
    bytes[component] = 0xa9;
    expect(readR(bytes)).toBe(REQUEST.componentFault);
    expect(request.envelope.otidSize).toBe(2);
    bytes[component - 2] = 0x6d;
    expect(readR(bytes)).toBe(REQUEST.transactionFault);
    expect(request.envelope.otidSize).toBe(2);
  });

  test('contexts are told apart', () => {
    const contextOf = (arcs: readonly number[]): number => {
      readR(encoded(requestMessage(1, CALL, arcs)));
      return request.context;
    };
    expect(contextOf([0, 4, 0, 0, 1, 0, 50, 1])).toBe(CONTEXT.capV2);
    expect(contextOf([0, 4, 0, 0, 1, 0, 50, 0])).toBe(CONTEXT.capV1);
    expect(contextOf([0, 4, 0, 0, 1, 21, 3, 4])).toBe(CONTEXT.capV3);
    expect(contextOf([0, 4, 0, 0, 1, 0, 20, 3])).toBe(CONTEXT.other);
  });

  test('a message of ours that came back is no request', () => {
    expect(readR(vector(vectors, 'returned'))).toBe(REQUEST.returned);
  });
});
