import { describe, expect, test } from 'vitest';
import { loadVectors, octets, vector } from '../../test/vectors/load.js';
import { nodeBytes } from '../ber/node.js';
import { DecodeError } from '../bytes/errors.js';
import { decodeSccp } from '../sccp/message.js';
import { invoke } from './invoke.js';
import { decodeTcap, type TcapMessage, tcapNode } from './message.js';
import { transactionId } from './transaction-id.js';

const vectors = loadVectors('sccp-tcap-cap.txt');
const data = (name: string): Uint8Array => decodeSccp(vector(vectors, name)).data;
const OURS = { value: 0x01020304, size: 4 };
const CAP_V2 = [0, 4, 0, 0, 1, 0, 50, 1];

describe('hand-made messages', () => {
  test('Begin with AARQ and an Invoke', () => {
    expect(decodeTcap(data('begin-initial-dp'))).toMatchObject({
      type: 'begin',
      otid: { value: 0x1234, size: 2 },
      dialogue: { pdu: 'aarq', applicationContext: CAP_V2, userInformation: null },
      components: [{ kind: 'invoke', invokeId: 0, linkedId: null, operation: 0 }],
    });
  });

  test('End with AARE', () => {
    expect(decodeTcap(data('end-continue'))).toEqual({
      type: 'end',
      dtid: OURS,
      dialogue: {
        pdu: 'aare',
        applicationContext: CAP_V2,
        result: 'accepted',
        diagnosticSource: 'user',
        diagnostic: 0,
        userInformation: null,
      },
      components: [{ kind: 'invoke', invokeId: 1, linkedId: null, operation: 31, parameter: null }],
    });
  });

  test('indefinite lengths mean the same', () => {
    expect(decodeTcap(data('end-indefinite'))).toEqual({
      type: 'end',
      dtid: OURS,
      dialogue: null,
      components: [{ kind: 'invoke', invokeId: 1, linkedId: null, operation: 31, parameter: null }],
    });
  });

  test('Continue carries both ids, each with its size', () => {
    expect(decodeTcap(data('continue-report'))).toMatchObject({
      type: 'continue',
      otid: { value: 7, size: 1 },
      dtid: { value: 0x0a0b0c0d, size: 4 },
      components: [{ operation: 36 }, { operation: 24 }],
    });
  });

  test('both kinds of Abort', () => {
    expect(decodeTcap(data('abort-provider'))).toEqual({ type: 'abort', dtid: OURS, pAbortCause: 1 });
    expect(decodeTcap(data('abort-user'))).toEqual({
      type: 'abort',
      dtid: OURS,
      dialogue: { pdu: 'abrt', source: 'user', userInformation: null },
    });
  });

  test('Reject, Return Error, Unidirectional', () => {
    expect(decodeTcap(data('end-reject'))).toMatchObject({
      components: [{ kind: 'reject', invokeId: 1, problemKind: 'invoke', problem: 1 }],
    });
    expect(decodeTcap(data('end-error'))).toMatchObject({
      components: [{ kind: 'returnError', invokeId: 1, error: 11, parameter: null }],
    });
    expect(decodeTcap(data('unidirectional'))).toMatchObject({ type: 'unidirectional' });
  });

  test('our encoder writes the hand-made octets', () => {
    for (const [name, bytes] of vectors) {
      if (name === 'end-indefinite') continue;
      const expected = decodeSccp(bytes).data;
      expect(nodeBytes(tcapNode(decodeTcap(expected))), name).toEqual(expected);
    }
  });
});

// Octets worked out from the ASN.1 of Q.773 annex A.
test.each<[string, TcapMessage]>([
  [
    '64 0f 49 01 05 6c 0a a2 08 02 01 07 30 03 02 01 38',
    {
      type: 'end',
      dtid: { value: 5, size: 1 },
      dialogue: null,
      components: [{ kind: 'returnResultLast', invokeId: 7, result: { operation: 56, parameter: null } }],
    },
  ],
  [
    '64 0c 49 01 05 6c 07 a4 05 05 00 80 01 02',
    {
      type: 'end',
      dtid: { value: 5, size: 1 },
      dialogue: null,
      components: [{ kind: 'reject', invokeId: null, problemKind: 'general', problem: 2 }],
    },
  ],
  [
    '64 13 49 01 05 6c 0e a1 0c 02 01 02 80 01 01 06 04 2a 03 04 05',
    {
      type: 'end',
      dtid: { value: 5, size: 1 },
      dialogue: null,
      components: [{ kind: 'invoke', invokeId: 2, linkedId: 1, operation: [1, 2, 3, 4, 5], parameter: null }],
    },
  ],
])('%s', (text, message) => {
  expect(decodeTcap(octets(text))).toEqual(message);
  expect(nodeBytes(tcapNode(message))).toEqual(octets(text));
});

test('a Return Result that is not the last, without a result', () => {
  const message = decodeTcap(octets('65 0d 48 01 06 49 01 05 6c 05 a7 03 02 01 ff'));
  expect(message).toMatchObject({
    components: [{ kind: 'returnResultNotLast', invokeId: -1, result: null }],
  });
});

test('user information and a refused dialogue survive the round trip', () => {
  const userInformation = octets('28 06 06 01 2a 81 01 00');
  const messages: TcapMessage[] = [
    {
      type: 'begin',
      otid: transactionId(0xffff_ffff),
      dialogue: { pdu: 'aarq', applicationContext: CAP_V2, userInformation },
      components: [],
    },
    {
      type: 'abort',
      dtid: transactionId(1),
      dialogue: {
        pdu: 'aare',
        applicationContext: CAP_V2,
        result: 'rejectPermanent',
        diagnosticSource: 'provider',
        diagnostic: 2,
        userInformation: null,
      },
    },
    {
      type: 'unidirectional',
      dialogue: { pdu: 'audt', applicationContext: CAP_V2, userInformation: null },
      components: [invoke(1, 0)],
    },
  ];
  for (const message of messages) expect(decodeTcap(nodeBytes(tcapNode(message)))).toEqual(message);
});

test.each([
  ['nothing', ''],
  ['an unknown message type', '63 03 49 01 05'],
  ['octets behind the message', '64 03 49 01 05 00'],
  ['an End without DTID', '64 00'],
  ['an id of five octets', '64 07 49 05 01 02 03 04 05'],
  ['an empty id', '64 02 49 00'],
  ['ids in the wrong order', '65 06 49 01 05 48 01 06'],
  ['an empty component portion', '64 05 49 01 05 6c 00'],
  ['an unknown component', '64 0a 49 01 05 6c 05 a5 03 02 01 01'],
  ['a component without code', '64 0a 49 01 05 6c 05 a1 03 02 01 01'],
  ['an invoke id above 127', '64 0e 49 01 05 6c 09 a1 07 02 02 00 80 02 01 1f'],
  ['two parameters', '64 11 49 01 05 6c 0c a1 0a 02 01 01 02 01 1f 05 00 05 00'],
  ['a Unidirectional without components', '61 00'],
  ['an Abort with components', '67 0d 49 01 05 6c 08 a1 06 02 01 01 02 01 1f'],
])('refuses %s', (_, text) => {
  expect(() => decodeTcap(octets(text))).toThrow(DecodeError);
});

test('every vector, cut anywhere or with an octet more, is refused', () => {
  for (const [name, bytes] of vectors) {
    const message = decodeSccp(bytes).data;
    for (let length = 0; length < message.length; length++) {
      expect(() => decodeTcap(message.slice(0, length)), `${name} cut to ${length}`).toThrow(DecodeError);
    }
    expect(() => decodeTcap(Uint8Array.from([...message, 0])), name).toThrow(DecodeError);
  }
});

test('a transaction id that does not fit is the fault of the caller', () => {
  const message: TcapMessage = { type: 'end', dtid: { value: 256, size: 1 }, dialogue: null, components: [] };
  expect(() => tcapNode(message)).toThrow(RangeError);
});
