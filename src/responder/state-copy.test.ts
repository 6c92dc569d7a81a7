import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { Billing } from './billing.js';
import { DialogueTable } from './dialogues.js';
import { DuplicateWindow } from './duplicates.js';
import { stageIdentity } from './identity.js';
import { Ledger } from './ledger.js';
import { RecordBatch } from './record.js';
import { StateCopy, takeSnapshot } from './state-copy.js';
import { TariffTable } from './tariffs.js';

const PRICES = { pricePerEvent: 1, pricePerPulse: 1, pulseMs: 1000, grantMs: 1000 };
const SUBSCRIBERS = 9_000;
const IDLE_NS = 1000;

function newBilling(): Billing {
  return new Billing({
    ledger: new Ledger({
      subscribers: { firstMsisdn: 0, firstImsi: 0, count: SUBSCRIBERS },
      balance: 1000,
    }),
    tariffs: new TariffTable([
      { serviceKey: 1, mode: 'event', ...PRICES },
      { serviceKey: 2, mode: 'session', ...PRICES },
    ]),
    duplicates: new DuplicateWindow({ entriesMax: 2048 }),
    dialogues: new DialogueTable({ slotsMax: 4096, idleTimeoutNs: IDLE_NS, prefix: 0, prefixBits: 0 }),
    records: new RecordBatch(16),
    epochUnixMs: 0,
  });
}

/** Requests spread over subscribers, one in three begins a call; now and then calls end by their timer. */
class Traffic {
  readonly #billing: Billing;
  #request = 0;

  constructor(billing: Billing) {
    this.#billing = billing;
  }

  run(requests: number): void {
    const { records } = this.#billing;
    for (const end = this.#request + requests; this.#request < end; ) {
      const request = ++this.#request;
      const source = new Uint8Array(64);
      new DataView(source.buffer).setUint32(20, request);
      stageIdentity(
        records.words,
        records.octets,
        records.staged,
        source,
        0,
        7,
        source.subarray(20),
        4,
        20,
        4,
        30,
        5,
      );
      const subscriber = (request * 2_654_435) % SUBSCRIBERS;
      this.#billing.initialDp(request % 3 === 0 ? 2 : 1, subscriber, request, request);
      records.clear();
      if (request % 7 === 0) this.#billing.expire(request);
      records.clear();
    }
  }
}

it('holds the state of the moment when it was begun, whatever happens before a piece is asked for', () => {
  fc.assert(
    fc.property(
      fc.nat(6000),
      fc.array(fc.nat(400), { maxLength: 30 }),
      fc.integer({ min: 1, max: 3000 }),
      (before, pauses, pieceWords) => {
        const billing = newBilling();
        const traffic = new Traffic(billing);
        traffic.run(before);
        const wanted = takeSnapshot(billing);
        const copy = new StateCopy(billing, pieceWords * 8).follow();
        const pieces: Uint8Array[] = [];
        for (let piece = 0; piece < copy.count; piece++) {
          traffic.run(pauses[piece] ?? 0);
          pieces.push(copy.at(piece).slice());
        }
        expect(Buffer.compare(Buffer.concat(pieces), wanted)).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
});

it('copies what a piece needs when it is asked for, and no more', () => {
  const billing = newBilling();
  new Traffic(billing).run(3000);
  const { balances } = billing.ledger;
  const copied = vi.spyOn(balances, 'subarray');
  const rows = () => copied.mock.results.reduce((sum, { value }) => sum + (value as Float64Array).length, 0);
  const copy = new StateCopy(billing, 8192).follow();
  expect(rows()).toBe(0);
  copy.at(0);
  expect(rows()).toBe(2048);
  copy.at(1);
  copy.at(0);
  expect(rows()).toBe(2048);
  copy.at(2);
  expect(rows()).toBe(4096);
});

it('is told of changes until it is released', () => {
  const billing = newBilling();
  const copy = new StateCopy(billing, 8192).follow();
  const { ledger, dialogues, duplicates } = billing;
  const tables = [ledger, dialogues, duplicates];
  const watched = () => tables.filter(({ beforeChange }) => beforeChange !== null).length;
  expect(watched()).toBe(3);
  const second = new StateCopy(billing, 8192).follow();
  copy.release();
  expect(watched()).toBe(3);
  second.release();
  expect(watched()).toBe(0);
});
