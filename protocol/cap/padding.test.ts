import { expect, test } from 'vitest';
import { originatingCall, requestMessage } from './dialogues.js';
import { paddedRequest } from './padding.js';
import { REQUEST, Request, readRequest } from './read-request.js';
import { encodeUserData, type Parties } from './template.js';

const CAP_USER = { routeOn: 'ssn', pointCode: null, subsystemNumber: 146, globalTitle: null } as const;
const PARTIES: Parties = { called: CAP_USER, calling: CAP_USER, protocolClass: 0, returnOnError: false };
const CALL = originatingCall({
  serviceKey: 100,
  callingNumber: '46701111111',
  calledNumber: '4670222222',
  imsi: '240011234567890',
  mscNumber: '46709999999',
  vlrNumber: '46709999998',
  callReference: new Uint8Array(8),
});

test('every size asked for is met from below, and stays a readable request', () => {
  const request = new Request();
  const plain = encodeUserData(PARTIES, requestMessage(1, CALL)).bytes.length;
  for (const size of [40, plain, plain + 1, plain + 20, 255, 266, 267, 300, 1000, 3900]) {
    const { bytes } = paddedRequest(PARTIES, 1, CALL, size);
    expect(bytes.length).toBeLessThanOrEqual(Math.max(plain, size));
    expect(bytes.length).toBeGreaterThan(size - 25);
    expect(readRequest(bytes, 0, bytes.length, request)).toBe(REQUEST.ok);
    expect(request.initialDp.serviceKey).toBe(100);
  }
});

test('a size beyond LUDT is the fault of the caller', () => {
  expect(() => paddedRequest(PARTIES, 1, CALL, 5_000)).toThrow(/3952/);
});
