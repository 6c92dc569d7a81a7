import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { nodeBytes } from '../../protocol/ber/node.js';
import { decodeApplyCharging } from '../../protocol/cap/apply-charging.js';
import { CAP_OPERATION } from '../../protocol/cap/constants.js';
import {
  type CallFacts,
  originatingCall,
  reportMessage,
  requestMessage,
} from '../../protocol/cap/dialogues.js';
import { decodeReleaseCall } from '../../protocol/cap/release-call.js';
import { encodeUserData } from '../../protocol/cap/template.js';
import { decodeM3ua, encodeM3ua } from '../../protocol/m3ua/message.js';
import { decodeSccp } from '../../protocol/sccp/message.js';
import type { TcapMessage } from '../../protocol/tcap/message.js';
import { decodeTcap } from '../../protocol/tcap/message.js';
import { loadVectors, vector } from '../../test/vectors/load.js';
import { BillingApplication, HANDLED } from './application.js';
import { Billing, REFUSAL_CAUSE } from './billing.js';
import { DialogueTable } from './dialogues.js';
import { DuplicateWindow } from './duplicates.js';
import { Ledger } from './ledger.js';
import { RecordBatch } from './record.js';
import { ApplicationStatistics } from './statistics.js';
import { TariffTable } from './tariffs.js';

const VECTORS = loadVectors('sccp-tcap-cap.txt');
const EVENT = {
  serviceKey: 42,
  mode: 'event',
  pricePerEvent: 7,
  pricePerPulse: 1,
  pulseMs: 1000,
  grantMs: 60_000,
} as const;
const CALL = { ...EVENT, serviceKey: 43, mode: 'session', grantMs: 1_800_000 } as const;

function newApplication(balance = 1e6): BillingApplication {
  return new BillingApplication({
    billing: new Billing({
      ledger: new Ledger({
        subscribers: { firstMsisdn: 46_709_876_543, firstImsi: 240_011_234_567_890, count: 2 },
        balance,
      }),
      tariffs: new TariffTable([EVENT, CALL]),
      duplicates: new DuplicateWindow({ entriesMax: 64 }),
      dialogues: new DialogueTable({ slotsMax: 8, idleTimeoutNs: 60e9, prefix: 3, prefixBits: 4 }),
      records: new RecordBatch(1000),
      epochUnixMs: 0,
    }),
    statistics: new ApplicationStatistics(0),
    requestersMax: 4,
  });
}

/** A DATA message round `userData`, at offset 5 of a larger buffer, with other octets round it. */
function handle(application: BillingApplication, userData: Uint8Array, sls = 9, opc = 1001) {
  const message = encodeM3ua({
    kind: 'DATA',
    networkAppearance: 6,
    routingContext: 77,
    protocolData: { opc, dpc: 2026, si: 3, ni: 2, mp: 0, sls, userData },
  });
  const buffer = new Uint8Array(message.length + 20).fill(0xee);
  buffer.set(message, 5);
  return application.handle(buffer, 5, message.length, 1e9);
}

function answerOf(application: BillingApplication) {
  const destination = new Uint8Array(400).fill(0xcc);
  const size = application.writeAnswer(destination, 3);
  expect(size).toBe(application.answerLength);
  expect(destination[3 + size]).toBe(0xcc);
  const data = decodeM3ua(destination, 3, 3 + size);
  if (data.kind !== 'DATA') throw new Error(data.kind);
  const sccp = decodeSccp(data.protocolData.userData);
  return { data, sccp, tcap: decodeTcap(sccp.data) };
}

function operations(tcap: TcapMessage): unknown[] {
  if (!('components' in tcap)) throw new Error(tcap.type);
  return tcap.components.map((c) => (c.kind === 'invoke' ? c.operation : c.kind));
}

const FACTS: CallFacts = {
  serviceKey: 43,
  callingNumber: '46709876544',
  calledNumber: '4681234567',
  imsi: '240011234567890',
  mscNumber: '46700001',
  vlrNumber: '46700002',
  callReference: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
};

function userData(message: TcapMessage): Uint8Array {
  const address = (ssn: number) =>
    ({ routeOn: 'ssn', pointCode: null, subsystemNumber: ssn, globalTitle: null }) as const;
  return encodeUserData(
    { called: address(146), calling: address(8), protocolClass: 0, returnOnError: false },
    message,
  ).bytes;
}

let application: BillingApplication;
beforeEach(() => {
  application = newApplication();
});

describe('the one-leg request', () => {
  const request = vector(VECTORS, 'begin-initial-dp');

  it('is answered with End and Continue, everything turned round', () => {
    expect(handle(application, request)).toBe(HANDLED.answered);
    const { data, sccp, tcap } = answerOf(application);
    expect(data).toMatchObject({ networkAppearance: 6, routingContext: 77 });
    expect(data.protocolData).toMatchObject({ opc: 2026, dpc: 1001, si: 3, ni: 2, sls: 9 });
    const asked = decodeSccp(request);
    expect([sccp.called, sccp.calling]).toEqual([asked.calling, asked.called]);
    expect(tcap).toMatchObject({
      type: 'end',
      dtid: { value: 0x1234, size: 2 },
      dialogue: { pdu: 'aare', result: 'accepted' },
    });
    expect(operations(tcap)).toEqual([CAP_OPERATION.continue]);
    expect(application.billing.ledger.balances[0]).toBe(1e6 - 7);
  });

  it('is charged once when it is repeated, also over another link and with another SLS', () => {
    handle(application, request, 1);
    const first = answerOf(application).tcap;
    expect(handle(application, request, 2)).toBe(HANDLED.answered);
    expect(answerOf(application).tcap).toEqual(first);
    expect(application.billing.ledger.balances[0]).toBe(1e6 - 7);
    expect(application.statistics.close(2e9)).toMatchObject({
      succeeded: 1,
      failed: 0,
      retransmissionDetected: 1,
      duplicateAnswered: 1,
    });
  });

  it('is refused with ReleaseCall when there is no credit', () => {
    application = newApplication(6);
    handle(application, request);
    const { tcap } = answerOf(application);
    expect(operations(tcap)).toEqual([CAP_OPERATION.releaseCall]);
    if (tcap.type !== 'end' || tcap.components[0]?.kind !== 'invoke') throw new Error('no invoke');
    const parameter = nodeBytes(tcap.components[0].parameter!);
    expect(decodeReleaseCall(parameter).value).toBe(REFUSAL_CAUSE.noCredit);
    expect(application.statistics.close(2e9)).toMatchObject({ succeeded: 0, failed: 1 });
  });

  it('is charged to the IMSI when the calling number is not one of ours', () => {
    const stranger = { ...FACTS, serviceKey: 42, callingNumber: '4611111111', imsi: '240011234567891' };
    handle(application, userData(requestMessage(1, originatingCall(stranger))));
    expect(application.billing.ledger.balances[1]).toBe(1e6 - 7);
    handle(
      application,
      userData(requestMessage(2, originatingCall({ ...stranger, imsi: '240011234567892' }))),
    );
    expect(operations(answerOf(application).tcap)).toEqual([CAP_OPERATION.releaseCall]);
    expect(application.billing.counters.refusedUnknownSubscriber).toBe(1);
  });

  it('gets no dialogue portion back when it had none', () => {
    handle(
      application,
      userData({ ...requestMessage(7, originatingCall(FACTS)), dialogue: null } as TcapMessage),
    );
    expect(answerOf(application).tcap).toMatchObject({ type: 'continue', dialogue: null });
  });

  it('is not taken while the record batch is full', () => {
    application.billing.records.count = application.billing.records.capacity;
    expect(handle(application, request)).toBe(HANDLED.busy);
    application.billing.records.clear();
    expect(handle(application, request)).toBe(HANDLED.answered);
  });
});

describe('the call', () => {
  it('is granted, reported and ended', () => {
    expect(handle(application, userData(requestMessage(0x99, originatingCall(FACTS))))).toBe(
      HANDLED.answered,
    );
    const { tcap } = answerOf(application);
    if (tcap.type !== 'continue') throw new Error(tcap.type);
    expect(tcap.dtid).toEqual({ value: 0x99, size: 4 });
    expect(tcap.otid.value >>> 28).toBe(3);
    expect(operations(tcap)).toEqual([
      CAP_OPERATION.requestReportBCSMEvent,
      CAP_OPERATION.applyCharging,
      CAP_OPERATION.continue,
    ]);
    const charging = tcap.components[1];
    if (charging?.kind !== 'invoke') throw new Error('no ApplyCharging');
    expect(decodeApplyCharging(nodeBytes(charging.parameter!)).maxCallPeriodTenths).toBe(18_000);

    const report = userData(reportMessage(0x99, tcap.otid.value, 25));
    expect(handle(application, report)).toBe(HANDLED.answered);
    const end = answerOf(application).tcap;
    expect(end).toEqual({ type: 'end', dtid: { value: 0x99, size: 4 }, dialogue: null, components: [] });
    expect(application.billing.ledger.balances[1]).toBe(1e6 - 3);

    expect(handle(application, report)).toBe(HANDLED.answered);
    expect(answerOf(application).tcap).toEqual(end);
    expect(application.billing.ledger.balances[1]).toBe(1e6 - 3);
    expect(application.billing.ledger.reserved[1]).toBe(0);
  });

  it('is granted again with the same ids when its first message is repeated', () => {
    const request = userData(requestMessage(0x99, originatingCall(FACTS)));
    handle(application, request);
    const first = answerOf(application).tcap;
    handle(application, request);
    expect(answerOf(application).tcap).toEqual(first);
    expect(application.billing.dialogues.open).toBe(1);
  });

  it('is unknown after a wrong transaction id: P-Abort', () => {
    handle(application, userData(reportMessage(0x99, 0x1234, 25)));
    expect(answerOf(application).tcap).toEqual({
      type: 'abort',
      dtid: { value: 0x99, size: 4 },
      pAbortCause: 1,
    });
  });

  it('gives the reservation back when the requester aborts', () => {
    handle(application, userData(requestMessage(0x99, originatingCall(FACTS))));
    const { ownTransaction } = application.billing;
    const abort = { type: 'abort', dtid: { value: ownTransaction, size: 4 }, dialogue: null } as const;
    expect(handle(application, userData(abort))).toBe(HANDLED.silent);
    expect(application.billing.ledger.reserved[1]).toBe(0);
    expect(application.discarded.dialoguesEnded).toBe(1);
  });
});

describe('what no service understands', () => {
  const begin = requestMessage(0x42, originatingCall(FACTS)) as Extract<TcapMessage, { type: 'begin' }>;

  it('an unknown operation is rejected by its invoke id', () => {
    const invoke = { ...begin.components[0]!, invokeId: -3, operation: 99, parameter: null };
    handle(application, userData({ ...begin, components: [invoke] } as TcapMessage));
    expect(answerOf(application).tcap).toMatchObject({
      type: 'end',
      dtid: { value: 0x42 },
      components: [{ kind: 'reject', invokeId: -3, problemKind: 'invoke', problem: 1 }],
    });
  });

  it('a bad argument is rejected as mistyped', () => {
    const invoke = { ...begin.components[0]!, parameter: { kind: 'raw', bytes: Uint8Array.of(0x30, 0) } };
    handle(application, userData({ ...begin, components: [invoke] } as TcapMessage));
    expect(answerOf(application).tcap).toMatchObject({
      components: [{ kind: 'reject', invokeId: 1, problemKind: 'invoke', problem: 2 }],
    });
    expect(application.billing.records.count).toBe(0);
  });

  it('another application context is refused with an AARE', () => {
    handle(application, userData(requestMessage(0x42, originatingCall(FACTS), [0, 4, 0, 0, 1, 21, 3, 4])));
    expect(answerOf(application).tcap).toMatchObject({
      type: 'abort',
      dialogue: { pdu: 'aare', result: 'rejectPermanent', diagnostic: 2 },
    });
  });

  it('overload is answered with P-Abort and charges nothing', () => {
    const message = encodeM3ua({
      kind: 'DATA',
      protocolData: { opc: 1, dpc: 2, si: 3, ni: 2, mp: 0, sls: 0, userData: userData(begin) },
    });
    expect(application.refuse(message, 0, message.length)).toBe(HANDLED.answered);
    expect(answerOf(application).tcap).toMatchObject({ type: 'abort', pAbortCause: 4 });
    expect(application.billing.records.count).toBe(0);
    expect(application.discarded.overloaded).toBe(1);
  });

  it('more requesters than are kept still get their answers', () => {
    for (let round = 0; round < 3; round++) {
      for (let opc = 1; opc <= 9; opc++) {
        handle(
          application,
          userData(requestMessage(opc, originatingCall({ ...FACTS, serviceKey: 42 }))),
          0,
          opc,
        );
        const { data, tcap } = answerOf(application);
        expect(data.protocolData.dpc).toBe(opc);
        expect(tcap).toMatchObject({ dtid: { value: opc } });
      }
    }
  });

  it('any octets are answered with something decodable, counted or left alone', () => {
    const seeds = [...VECTORS.values(), userData(begin), userData(reportMessage(1, 0x3000_0000, 5))];
    const mutation = fc.record({
      seed: fc.nat(seeds.length - 1),
      edits: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
      cut: fc.nat(40),
    });
    let answered = 0;
    fc.assert(
      fc.property(mutation, ({ seed, edits, cut }) => {
        const octets = seeds[seed]!.slice();
        for (const [at, value] of edits) octets[at % octets.length] = value;
        const message = cut < 20 ? octets : octets.subarray(0, Math.max(0, octets.length - cut));
        application.billing.records.clear();
        if (handle(application, message) === HANDLED.answered) {
          answerOf(application);
          answered += 1;
        }
      }),
      { numRuns: 3000 },
    );
    expect(answered).toBeGreaterThan(200);
  });
});

describe('addresses as long as SCCP allows', () => {
  /** LUDT (Q.713 §4.18) round a Begin without components: the only message whose pointers reach beyond two long addresses. */
  function longLudt(called: number, calling: number): Uint8Array {
    const begin = [0x62, 0x06, 0x48, 0x04, 1, 2, 3, 4];
    const pointers = [0, 0, 0, 0, 0, 0, 0, 0];
    // Global title of format 4, even number of digits, international (Q.713 §3.4).
    const title = (length: number) => [0x12, 8, 0, 0x12, 4, ...new Array<number>(length - 5).fill(0x11)];
    const places = [called, calling].map((length) => [length, ...title(length)]);
    let target = 11;
    [...places, [begin.length, 0, ...begin]].forEach((part, index) => {
      const distance = target - (3 + 2 * index) - 1;
      pointers[2 * index] = distance & 0xff;
      pointers[2 * index + 1] = distance >> 8;
      target += part.length;
    });
    return Uint8Array.from([0x13, 0, 15, ...pointers, ...places.flat(), begin.length, 0, ...begin]);
  }

  it.each([
    [100, 152],
    [100, 153],
    [255, 255],
  ])('%i and %i octets: answered, not the end of the responder', (called, calling) => {
    const request = longLudt(called, calling);
    expect(decodeSccp(request).data).toHaveLength(8);
    expect(handle(application, request)).toBe(HANDLED.answered);
    const destination = new Uint8Array(1024);
    const answer = decodeM3ua(destination, 0, application.writeAnswer(destination, 0));
    if (answer.kind !== 'DATA') throw new Error(answer.kind);
    expect(decodeSccp(answer.protocolData.userData).type).toBe(called + calling > 252 ? 'ludt' : 'udt');
  });
});
