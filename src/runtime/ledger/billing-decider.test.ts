import { expect, test } from 'vitest';
import { Billing } from '../../responder/billing.js';
import { DialogueTable } from '../../responder/dialogues.js';
import { DuplicateWindow } from '../../responder/duplicates.js';
import { stageIdentity } from '../../responder/identity.js';
import { Ledger } from '../../responder/ledger.js';
import { RECORD, RecordBatch } from '../../responder/record.js';
import { restoreSnapshot } from '../../responder/snapshot.js';
import { takeSnapshot } from '../../responder/state-copy.js';
import { TariffTable } from '../../responder/tariffs.js';
import { eachRecord } from './billing-decider.js';

const prices = { pricePerEvent: 3, pricePerPulse: 2, pulseMs: 1000, grantMs: 10_000 };

function fresh(): Billing {
  return new Billing({
    ledger: new Ledger({ subscribers: { firstMsisdn: 100, firstImsi: 900, count: 50 }, balance: 1000 }),
    tariffs: new TariffTable([
      { serviceKey: 1, mode: 'event', ...prices },
      { serviceKey: 2, mode: 'session', ...prices },
    ]),
    duplicates: new DuplicateWindow({ entriesMax: 16 }),
    dialogues: new DialogueTable({ slotsMax: 16, idleTimeoutNs: 1e9, prefix: 0, prefixBits: 0 }),
    records: new RecordBatch(8),
    epochUnixMs: 0,
  });
}

const NO_BYTES = new Uint8Array(4);

function request(billing: Billing, id: number, serviceKey: number, subscriber: number): void {
  const { words, octets, staged } = billing.records;
  const otid = Uint8Array.of(0, 0, 0, id);
  stageIdentity(words, octets, staged, NO_BYTES, 0, 2, otid, 4, 0, 0, 0, 0);
  billing.initialDp(serviceKey, subscriber, id, id);
}

function take(billing: Billing): Uint8Array {
  const payload = billing.records.octets.slice(0, billing.records.count * RECORD.octets);
  billing.records.clear();
  return payload;
}

/** Two calls and a charge, one call ended; then what the state must still know. */
function lived(): { readonly billing: Billing; readonly payload: Uint8Array } {
  const billing = fresh();
  request(billing, 1, 1, 7);
  request(billing, 2, 2, 8);
  request(billing, 3, 2, 9);
  const ended = billing.ownTransaction;
  billing.applyChargingReport(ended, billing.dialogues.requester[billing.dialogues.find(ended)]!, 2500, 4);
  return { billing, payload: take(billing) };
}

function check(copy: Billing): void {
  expect(copy.ledger.balances[7]).toBe(997);
  expect([copy.ledger.balances[8], copy.ledger.reserved[8]]).toEqual([1000, 20]);
  expect([copy.ledger.balances[9], copy.ledger.reserved[9]]).toEqual([994, 0]);
  expect(copy.dialogues.open).toBe(1);
  request(copy, 1, 1, 7);
  expect(copy.repeated).toBe(true);
  expect(copy.records.count).toBe(0);
  request(copy, 4, 2, 10);
  expect(copy.dialogues.open).toBe(2);
  expect(copy.lastNumber).toBe(5);
}

test('a replica that applies the records knows what the first one knows', () => {
  const copy = fresh();
  // Octets at a place where float64 cannot be read.
  const shifted = new Uint8Array(lived().payload.length + 1).subarray(1);
  shifted.set(lived().payload);
  eachRecord(shifted, (words, floats, at) => copy.apply(words, floats, at, 5));
  check(copy);
});

test('a state survives being written and read', () => {
  const copy = fresh();
  restoreSnapshot(copy, Buffer.from(takeSnapshot(lived().billing)), 5);
  check(copy);
});
