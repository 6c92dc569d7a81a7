import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER, Billing, hashAddress, P_ABORT, REFUSAL_CAUSE } from './billing.js';
import { DialogueTable } from './dialogues.js';
import { DuplicateWindow } from './duplicates.js';
import { stageIdentity } from './identity.js';
import { Ledger } from './ledger.js';
import { NO_SUBSCRIBER, RECORD, RECORD_KIND, RecordBatch, recordKind } from './record.js';
import { restoreSnapshot } from './snapshot.js';
import { takeSnapshot } from './state-copy.js';
import { type Tariff, TariffTable } from './tariffs.js';

const EVENT: Tariff = {
  serviceKey: 1,
  mode: 'event',
  pricePerEvent: 7,
  pricePerPulse: 0,
  pulseMs: 1000,
  grantMs: 60_000,
};
const CALL: Tariff = { ...EVENT, serviceKey: 2, mode: 'session', pricePerPulse: 3, grantMs: 10_000 };
const CALLING = Uint8Array.of(0x12, 0x92, 0, 0x12, 4, 0x21, 0x43);
const REQUESTER = hashAddress(CALLING, 0, CALLING.length);

function newBilling(
  options: { balance?: number; slotsMax?: number; entriesMax?: number; subscribers?: number } = {},
): Billing {
  return new Billing({
    ledger: new Ledger({
      subscribers: { firstMsisdn: 5000, firstImsi: 240_000, count: options.subscribers ?? 10 },
      balance: options.balance ?? 1000,
    }),
    tariffs: new TariffTable([EVENT, CALL]),
    duplicates: new DuplicateWindow({ entriesMax: options.entriesMax ?? 64 }),
    dialogues: new DialogueTable({
      slotsMax: options.slotsMax ?? 8,
      idleTimeoutNs: 1000,
      prefix: 0,
      prefixBits: 0,
    }),
    records: new RecordBatch(512),
    epochUnixMs: 1_700_000_000_000,
  });
}

/** An InitialDP of request number `request` (its OTID and call reference). */
function initialDp(billing: Billing, request: number, serviceKey: number, msisdn: number, nowNs = 0): void {
  const source = new Uint8Array(64);
  source.set(CALLING);
  new DataView(source.buffer).setUint32(20, request);
  const { words, octets, staged } = billing.records;
  stageIdentity(words, octets, staged, source, 0, CALLING.length, source.subarray(20), 4, 20, 4, 30, 5);
  billing.initialDp(serviceKey, billing.ledger.findMsisdn(msisdn), request, nowNs);
}

describe('billing one-leg requests', () => {
  it('charges once however often the request is repeated, and repeats the stored answer', () => {
    const billing = newBilling();
    initialDp(billing, 1, 1, 5003);
    expect([billing.answer, billing.repeated]).toEqual([ANSWER.endContinue, false]);
    initialDp(billing, 1, 1, 5003);
    initialDp(billing, 1, 1, 5003);
    expect([billing.answer, billing.repeated]).toEqual([ANSWER.endContinue, true]);
    expect(billing.ledger.balances[3]).toBe(993);
    expect(billing.records.count).toBe(1);
    expect(billing.counters).toMatchObject({ charged: 1, duplicates: 2 });
  });

  it('refuses without credit and for strangers, and a repeat is refused again although credit came since', () => {
    const billing = newBilling({ balance: 10 });
    initialDp(billing, 1, 1, 5000);
    initialDp(billing, 2, 1, 5000);
    expect([billing.answer, billing.cause]).toEqual([ANSWER.endRelease, REFUSAL_CAUSE.noCredit]);
    expect(billing.ledger.balances[0]).toBe(3);
    billing.ledger.charge(0, -100);
    initialDp(billing, 2, 1, 5000);
    expect([billing.answer, billing.cause, billing.repeated]).toEqual([
      ANSWER.endRelease,
      REFUSAL_CAUSE.noCredit,
      true,
    ]);
    initialDp(billing, 3, 1, 4999);
    expect([billing.answer, billing.cause]).toEqual([ANSWER.endRelease, REFUSAL_CAUSE.unknownSubscriber]);
    expect(billing.records.words[2 * RECORD.words + RECORD.subscriber]).toBe(NO_SUBSCRIBER);
  });

  it('writes a record that says who, what, when', () => {
    const billing = newBilling();
    initialDp(billing, 0x01020304, 1, 5003, 2_500_000);
    const { words, floats } = billing.records;
    expect(recordKind(words, 0)).toBe(RECORD_KIND.charge);
    expect(words[RECORD.subscriber]).toBe(3);
    expect(words[RECORD.peerTransaction]).toBe(0x01020304);
    expect(floats[RECORD.amount]).toBe(7);
    expect(floats[RECORD.timeUnixMs]).toBe(1_700_000_000_002.5);
    expect(floats[RECORD.number]).toBe(1);
  });
});

describe('billing calls', () => {
  it('reserves, charges started pulses, and gives the rest back', () => {
    const billing = newBilling();
    initialDp(billing, 1, 2, 5001);
    expect(billing.answer).toBe(ANSWER.continueCall);
    expect(billing.ledger.available(1)).toBe(1000 - 30);
    const own = billing.ownTransaction;
    billing.applyChargingReport(own, REQUESTER, 2001, 10);
    expect(billing.answer).toBe(ANSWER.endCall);
    expect(billing.ledger.balances[1]).toBe(1000 - 9);
    expect(billing.ledger.available(1)).toBe(1000 - 9);
    billing.applyChargingReport(own, REQUESTER, 2001, 20);
    expect([billing.answer, billing.repeated]).toEqual([ANSWER.endCall, true]);
    expect(billing.ledger.balances[1]).toBe(1000 - 9);
  });

  it('holds a charge to the reservation', () => {
    const billing = newBilling();
    initialDp(billing, 1, 2, 5001);
    billing.applyChargingReport(billing.ownTransaction, REQUESTER, 60_000, 10);
    expect(billing.ledger.balances[1]).toBe(970);
    expect(billing.counters.overruns).toBe(1);
  });

  it('answers a dialogue it does not know, or of another requester, with P-Abort', () => {
    const billing = newBilling();
    initialDp(billing, 1, 2, 5001);
    const own = billing.ownTransaction;
    for (const [transaction, requester] of [
      [own + 1, REQUESTER],
      [own, REQUESTER + 1],
    ] as const) {
      billing.applyChargingReport(transaction, requester, 10, 10);
      expect([billing.answer, billing.cause]).toEqual([ANSWER.abort, P_ABORT.unrecognizedTransactionId]);
    }
    expect(billing.ledger.reserved[1]).toBe(30);
  });

  it('refuses a call when the dialogue table is full, without a record, so that a repeat may succeed', () => {
    const billing = newBilling({ slotsMax: 1 });
    initialDp(billing, 1, 2, 5001);
    const own = billing.ownTransaction;
    initialDp(billing, 2, 2, 5002);
    expect([billing.answer, billing.cause]).toEqual([ANSWER.abort, P_ABORT.resourceLimitation]);
    billing.applyChargingReport(own, REQUESTER, 0, 0);
    initialDp(billing, 2, 2, 5002);
    expect(billing.answer).toBe(ANSWER.continueCall);
    expect(billing.ledger.reserved[2]).toBe(30);
  });

  it('releases a call that the requester aborted or forgot', () => {
    const billing = newBilling();
    initialDp(billing, 1, 2, 5001, 0);
    billing.aborted(billing.ownTransaction, REQUESTER, 5);
    initialDp(billing, 2, 2, 5001, 100);
    expect(billing.nextDeadlineNs).toBe(1100);
    billing.expire(1099);
    expect(billing.ledger.reserved[1]).toBe(30);
    billing.expire(1100);
    expect(billing.ledger.reserved[1]).toBe(0);
    expect(billing.ledger.balances[1]).toBe(1000);
    expect(billing.counters.reservationsReleased).toBe(1);
    billing.applyChargingReport(billing.dialogues.ownTransaction[0]!, REQUESTER, 10, 1200);
    expect(billing.ledger.balances[1]).toBe(1000);
  });
});

describe('a snapshot', () => {
  it('is refused by a ledger of another size, when it is cut, and when it is something else', () => {
    const billing = newBilling();
    initialDp(billing, 1, 2, 5001);
    const octets = takeSnapshot(billing);
    expect(() => restoreSnapshot(billing, octets.subarray(0, octets.length - 4), 0)).toThrow(/announced/);
    expect(() => restoreSnapshot(billing, octets.subarray(0, 30), 0)).toThrow(/too few/);
    expect(() => restoreSnapshot(billing, new Uint8Array(64), 0)).toThrow(/does not begin/);
    const other = newBilling({ subscribers: 11 });
    expect(() => restoreSnapshot(other, octets, 0)).toThrow(/has 10 subscribers, this node has 11/);
  });
});

describe('the records of any history', () => {
  const step = fc.oneof(
    fc.record({
      what: fc.constant('initialDp' as const),
      request: fc.nat(60),
      key: fc.constantFrom(1, 2),
      who: fc.nat(11),
    }),
    fc.record({ what: fc.constant('report' as const), own: fc.nat(20), durationMs: fc.nat(15_000) }),
    fc.record({ what: fc.constant('wait' as const), ns: fc.nat(600) }),
    fc.record({ what: fc.constant('abort' as const), own: fc.nat(20) }),
  );

  it('bring a replica to the same state, and add up to the balances', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const active = newBilling({ balance: 60, entriesMax: 16 });
        const replica = newBilling({ balance: 60, entriesMax: 16 });
        let now = 0;
        for (const s of steps) {
          if (s.what === 'initialDp') initialDp(active, s.request, s.key, 5000 + s.who, now);
          else if (s.what === 'report') active.applyChargingReport(s.own, REQUESTER, s.durationMs, now);
          else if (s.what === 'abort') active.aborted(s.own, REQUESTER, now);
          else now += s.ns;
          active.expire(now);
        }
        const { words, floats, count } = active.records;
        const spent = new Map<number, number>();
        for (let i = 0; i < count; i++) {
          replica.apply(words, floats, i * RECORD.words, now);
          const who = words[i * RECORD.words + RECORD.subscriber]!;
          spent.set(who, (spent.get(who) ?? 0) + floats[(i * RECORD.words) / 2 + RECORD.amount]!);
        }
        expect(replica.ledger.balances).toEqual(active.ledger.balances);
        expect(replica.ledger.reserved).toEqual(active.ledger.reserved);
        expect(Buffer.compare(takeSnapshot(replica), takeSnapshot(active))).toBe(0);
        expect(replica.dialogues.state).toEqual(active.dialogues.state);
        expect(replica.dialogues.requester).toEqual(active.dialogues.requester);
        expect(replica.lastNumber).toBe(active.lastNumber);
        const restored = newBilling({ balance: 60, entriesMax: 16 });
        restoreSnapshot(restored, takeSnapshot(active), now);
        expect(Buffer.compare(takeSnapshot(restored), takeSnapshot(active))).toBe(0);
        expect(restored.dialogues.open).toBe(active.dialogues.open);
        expect(restored.ledger.reservedTotal).toBe(active.ledger.reservedTotal);
        for (let who = 0; who < 10; who++) {
          expect(active.ledger.balances[who]).toBe(60 - (spent.get(who) ?? 0));
          expect(active.ledger.available(who)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 150 },
    );
  });
});
