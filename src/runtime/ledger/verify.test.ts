import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BillingApplication } from '../../responder/application.js';
import { Billing } from '../../responder/billing.js';
import { DialogueTable } from '../../responder/dialogues.js';
import { DuplicateWindow } from '../../responder/duplicates.js';
import { stageIdentity } from '../../responder/identity.js';
import { Ledger } from '../../responder/ledger.js';
import { RECORD, RecordBatch } from '../../responder/record.js';
import { ApplicationStatistics } from '../../responder/statistics.js';
import { TariffTable } from '../../responder/tariffs.js';
import { Journal } from '../../storage/journal.js';
import { BillingDecider } from './billing-decider.js';
import { restore } from './restore.js';
import { verifyLedger } from './verify.js';

const IDENTITY = { cluster: '', node: '', ledger: 'l' };
const prices = { pricePerEvent: 3, pricePerPulse: 2, pulseMs: 1000, grantMs: 10_000 };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fresh(): { readonly billing: Billing; readonly decider: BillingDecider } {
  const billing = new Billing({
    ledger: new Ledger({ subscribers: { firstMsisdn: 100, firstImsi: 900, count: 20 }, balance: 1000 }),
    tariffs: new TariffTable([
      { serviceKey: 1, mode: 'event', ...prices },
      { serviceKey: 2, mode: 'session', ...prices },
    ]),
    duplicates: new DuplicateWindow({ entriesMax: 16 }),
    dialogues: new DialogueTable({ slotsMax: 64, idleTimeoutNs: 1e12, prefix: 0, prefixBits: 0 }),
    records: new RecordBatch(8),
    epochUnixMs: 0,
  });
  const statistics = new ApplicationStatistics(0);
  return {
    billing,
    decider: new BillingDecider(new BillingApplication({ billing, statistics, requestersMax: 4 })),
  };
}

/** One request, charged or reserved for. @returns own transaction id of a call */
function request(billing: Billing, id: number, serviceKey: 1 | 2): number {
  const { words, octets, staged } = billing.records;
  stageIdentity(
    words,
    octets,
    staged,
    new Uint8Array(4),
    0,
    2,
    Uint8Array.of(0, 0, id >> 8, id),
    4,
    0,
    0,
    0,
    0,
  );
  billing.initialDp(serviceKey, id % 20, id, id);
  return billing.ownTransaction;
}

interface Life {
  readonly recordsKept?: number;
  /** Spoils what is written for an entry. */
  readonly spoil?: (index: number, payload: Uint8Array) => Uint8Array;
}

/** 60 entries: 40 charges, and 20 calls of which 18 have ended; a state is kept every 15 entries. */
async function live({
  recordsKept = Number.POSITIVE_INFINITY,
  spoil = (_, p) => p,
}: Life = {}): Promise<void> {
  const journal = Journal.open(folder, IDENTITY);
  const { billing, decider } = fresh();
  const calls: number[] = [];
  for (let index = 1; index <= 60; index++) {
    const call = index % 3 === 0;
    const own = request(billing, index, call ? 2 : 1);
    if (call) calls.push(own);
    if (calls.length > 2) {
      const ended = calls.shift()!;
      const slot = billing.dialogues.find(ended);
      billing.applyChargingReport(ended, billing.dialogues.requester[slot]!, 2500, index);
    }
    const body = spoil(index, decider.takeRecords()!);
    journal.append([{ index, epoch: 1, kind: 0, body }]);
    const { records } = decider;
    if (index % 15 === 0)
      await journal.keep({ index, epoch: 1, head: 'null', records, state: decider.snapshot() }, recordsKept);
  }
  await journal.close();
}

const verified = async () => {
  const { ledgers, ok } = await verifyLedger({ data: folder, against: null, result: null });
  return { ok, ...ledgers[0]! };
};

test('a whole ledger is recomputed from its first record, and the states that the node kept are held to it', async () => {
  await live();
  expect(await verified()).toMatchObject({
    ok: true,
    records: 78,
    prunedRecords: 0,
    chargedUnits: 40 * 3 + 18 * 6,
    reservedUnits: 2 * 20,
    balancesChecked: 40,
    balancesWrong: 0,
    chargedTwice: 0,
    settledTwice: 0,
  });
});

test('a pruned ledger says what it can still prove: calls that ran across the cut are settled once', async () => {
  await live({ recordsKept: 20 });
  const report = await verified();
  expect(report).toMatchObject({
    ok: true,
    missingRecords: 0,
    settledTwice: 0,
    reservedUnits: 40,
    balancesWrong: 0,
  });
  expect(report.prunedRecords).toBeGreaterThan(15);
  expect(report.prunedRecords + report.records).toBe(78);
  const journal = Journal.open(folder, IDENTITY);
  const whole = fresh();
  // A start needs no more than what is left.
  expect(restore(journal, whole.billing, 0).replayed).toBe(0);
  expect(whole.billing.ledger.chargedTotal).toBe(40 * 3 + 18 * 6);
  await journal.close();
});

test.each([
  [
    'a charge that is not what the node made of it',
    20,
    'balancesWrong',
    (floats: Float64Array) => floats.fill(4, 3, 4),
  ],
  ['a record that is missing', 21, 'missingRecords', (floats: Float64Array) => floats.fill(60, 6, 7)],
] as const)('%s is found', async (_, at, field, change) => {
  await live({
    spoil: (index, payload) => {
      if (index === at) change(new Float64Array(payload.buffer, payload.byteOffset, RECORD.words / 2));
      return payload;
    },
  });
  const report = await verified();
  expect(report.ok).toBe(false);
  expect(report[field]).toBeGreaterThan(0);
});

test('a request that is charged twice is found by its identity', async () => {
  let first: Uint8Array | null = null;
  await live({
    spoil: (index, payload) => {
      if (index === 1) first = payload.slice(RECORD.lengths * 4, RECORD.octets);
      if (index === 50) payload.set(first!, RECORD.lengths * 4);
      return payload;
    },
  });
  expect(await verified()).toMatchObject({ ok: false, chargedTwice: 1 });
});
