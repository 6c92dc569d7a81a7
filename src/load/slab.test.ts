import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgeWalk, LEG, LOOKUP, SlotQueue, TransactionSlab } from './slab.js';

const slab = (options: Partial<ConstructorParameters<typeof TransactionSlab>[0]> = {}) =>
  new TransactionSlab({ slots: 64, worker: 0, workers: 1, idOffset: 0, legs: 1, ...options });

describe('ids', () => {
  it('of different workers never meet, are never 0, and fit 31 bits', () => {
    for (const workers of [1, 2, 3, 7, 63]) {
      const seen = new Set<number>();
      for (let worker = 0; worker < workers; worker++) {
        const one = slab({ worker, workers, idOffset: worker * 12_345 });
        for (let i = 0; i < 200; i++) {
          const slot = one.begin(i);
          const id = one.tokens[slot]!;
          expect(id).toBeGreaterThan(0);
          expect(id).toBeLessThan(2 ** 31);
          expect(seen.has(id)).toBe(false);
          seen.add(id);
          one.end(slot, true);
        }
      }
    }
  });

  it('start where the offset says', () => {
    const starts = [0, 1, 2, 2 ** 30].map((idOffset) => slab({ idOffset }).idAt(0));
    expect(new Set(starts).size).toBeGreaterThan(2);
    expect(slab({ idOffset: 77 }).idAt(0)).toBe(slab({ idOffset: 77 }).idAt(0));
  });

  it('are refused for impossible shapes', () => {
    expect(() => slab({ slots: 100 })).toThrow(RangeError);
    expect(() => slab({ worker: 2, workers: 2 })).toThrow(RangeError);
    expect(() => slab({ slots: 2 ** 24, workers: 2 ** 20 })).toThrow(RangeError);
  });
});

describe('a slab against a model', () => {
  interface Model {
    live: Map<number, { dueNs: number; sequence: number }>;
    fate: Map<number, 'answered' | 'unanswered' | 'told'>;
  }

  function check(one: TransactionSlab, model: Model, id: number) {
    const found = one.lookup(id);
    if (model.live.has(id)) {
      expect(found).toBeGreaterThanOrEqual(0);
      expect(one.tokens[found]).toBe(id);
      return;
    }
    const fate = model.fate.get(id);
    if (fate === undefined) expect(found).toBeLessThan(0);
    else expect(found).toBe(fate === 'unanswered' ? LOOKUP.late : LOOKUP.duplicate);
    if (fate === 'unanswered') model.fate.set(id, 'told');
  }

  it('agrees on what is alive, late, a repetition or unknown, and on every sequence number', () => {
    const command = fc.oneof(
      { weight: 5, arbitrary: fc.record({ op: fc.constant('begin' as const) }) },
      { weight: 3, arbitrary: fc.record({ op: fc.constant('answer' as const), pick: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ op: fc.constant('expire' as const) }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('lookup' as const), pick: fc.nat() }) },
    );
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 600 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        (commands, workers, idOffset) => {
          const worker = idOffset % workers;
          const one = slab({ slots: 32, worker, workers, idOffset });
          const model: Model = { live: new Map(), fate: new Map() };
          const issued: number[] = [];
          let sequence = worker;
          for (const [time, command] of commands.entries()) {
            if (command.op === 'begin') {
              const expectedId = one.idAt(one.issued);
              const slot = one.begin(time);
              issued.push(expectedId);
              // The slot is taken exactly when the id 32 before it is still alive.
              const before = issued.at(-33);
              expect(slot < 0).toBe(before !== undefined && model.live.has(before));
              if (slot >= 0) {
                expect(one.sequence(slot)).toBe(sequence);
                model.live.set(one.tokens[slot]!, { dueNs: time, sequence });
              } else model.fate.set(expectedId, 'answered');
              sequence += workers;
            } else if (command.op === 'lookup') {
              // No further back than the memory reaches.
              const recent = issued.slice(-90);
              if (recent.length > 0) check(one, model, recent[command.pick % recent.length]!);
            } else {
              const ids = [...model.live.keys()];
              if (ids.length === 0) continue;
              const answered = command.op === 'answer';
              const id = ids[answered ? command.pick % ids.length : 0]!;
              const slot = one.lookup(id);
              expect(one.dueNs[slot]).toBe(model.live.get(id)!.dueNs);
              expect(one.sequence(slot)).toBe(model.live.get(id)!.sequence);
              one.end(slot, answered);
              model.live.delete(id);
              model.fate.set(id, answered ? 'answered' : 'unanswered');
            }
            expect(one.inFlight).toBe(model.live.size);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('knows nothing of ids that it never gave', () => {
    const one = slab({ worker: 1, workers: 4, idOffset: 9 });
    for (let i = 0; i < 40; i++) one.end(one.begin(i), true);
    const last = one.idAt(39);
    expect(one.lookup(last)).toBe(LOOKUP.duplicate);
    for (const id of [0, 1, last + 1, last + 5, last - 40, last ^ 0x4000_0000, 0xffff_ffff]) {
      expect(one.lookup(id)).toBe(LOOKUP.unknown);
    }
  });

  it('tells a late answer once, two laps of the ring later too', () => {
    const one = slab({ slots: 64 });
    const id = one.tokens[one.begin(0)]!;
    one.end(one.find(id), false);
    for (let i = 0; i < 128; i++) one.end(one.begin(i), true);
    expect(one.lookup(id)).toBe(LOOKUP.late);
    expect(one.lookup(id)).toBe(LOOKUP.duplicate);
    for (let i = 0; i < 256; i++) one.end(one.begin(i), true);
    expect(one.lookup(id)).toBe(LOOKUP.unknown);
  });

  it('forgets an id before its memory belongs to another', () => {
    // 64 slots remember 256 ids.
    for (let later = 0; later < 600; later++) {
      const one = slab({ slots: 64 });
      const id = one.tokens[one.begin(0)]!;
      one.end(one.find(id), false);
      for (let i = 0; i < later; i++) one.end(one.begin(i), true);
      expect(one.lookup(id), `${later} ids later`).toBe(later < 224 ? LOOKUP.late : LOOKUP.unknown);
    }
  });

  it('takes no answered request for the late one that had its memory before', () => {
    const one = slab({ slots: 64 });
    for (let i = 0; i < 256; i++) one.end(one.begin(i), false);
    for (let i = 0; i < 256; i++) {
      const slot = one.begin(i);
      const id = one.tokens[slot]!;
      one.end(slot, true);
      expect(one.lookup(id)).toBe(LOOKUP.duplicate);
    }
  });

  it('counts what finds its slot taken, and frees nothing for it', () => {
    const one = slab({ slots: 32 });
    const first = one.begin(0);
    for (let i = 1; i < 32; i++) one.begin(i);
    expect(one.begin(32)).toBe(-1);
    expect(one.refused).toBe(1);
    expect(one.inFlight).toBe(32);
    one.end(first, true);
    expect(one.begin(33)).toBe(-1);
    for (let i = 0; i < 31; i++) expect(one.begin(34 + i)).toBe(i === 30 ? first : -1);
    expect(one.sequence(first)).toBe(64);
  });

  it('begins every transaction with empty fields', () => {
    const one = slab({ slots: 32 });
    for (let lap = 0; lap < 3; lap++) {
      for (let i = 0; i < 32; i++) {
        const slot = one.begin(lap * 32 + i);
        const fields = [
          one.firstNs,
          one.lastNs,
          one.previousNs,
          one.offeredNs,
          one.count,
          one.repeats,
          one.rerouted,
          one.association,
        ];
        expect(fields.map((field) => field[slot])).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
        expect(one.leg[slot]).toBe(LEG.queued);
        for (const field of fields) field[slot] = 77;
        one.end(slot, true);
      }
    }
  });

  it('takes less than 100 bytes a slot, in the memory it is given', () => {
    let shared = new SharedArrayBuffer(0);
    const allocate = (bytes: number) => {
      shared = new SharedArrayBuffer(bytes);
      return shared;
    };
    const one = slab({ slots: 2 ** 16, legs: 2, allocate });
    expect(one.tokens.buffer).toBe(shared);
    expect(one.peerIdSize.buffer).toBe(shared);
    expect(shared.byteLength).toBe(one.bytes);
    expect(one.bytes / 2 ** 16).toBeLessThan(77);
    expect(slab({ slots: 2 ** 16 }).bytes / 2 ** 16).toBe(63.5);
  });
});

describe('walks by age', () => {
  it('return each transaction alive at that age once, in order, never early', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.integer({ min: 0, max: 5 }), life: fc.integer({ min: 0, max: 60 }) }), {
          maxLength: 200,
        }),
        fc.integer({ min: 1, max: 20 }),
        (requests, age) => {
          const timeout = 40;
          const one = slab({ slots: 512 });
          const repeat = new AgeWalk(one, age);
          const expiry = new AgeWalk(one, timeout);
          let at = 0;
          const due = requests.map(({ gap }) => {
            at += gap;
            return at;
          });
          const repeated: number[] = [];
          const expired: number[] = [];
          let next = 0;
          const end = (due.at(-1) ?? 0) + 2 * timeout;
          for (let now = 0; now <= end; now++) {
            while (next < due.length && due[next]! <= now) one.begin(due[next++]!);
            requests.forEach(({ life }, k) => {
              const slot = k < next ? one.find(one.idAt(k)) : -1;
              if (slot >= 0 && due[k]! + life <= now) one.end(slot, true);
            });
            for (let slot = repeat.next(now); slot >= 0; slot = repeat.next(now)) {
              expect(one.dueNs[slot]! + age).toBe(now);
              repeated.push(one.sequence(slot));
            }
            const slot = repeat.peek();
            if (slot >= 0) expect(one.dueNs[slot]! + age).toBeGreaterThan(now);
            for (let slot = expiry.next(now); slot >= 0; slot = expiry.next(now)) {
              expect(one.dueNs[slot]! + timeout).toBe(now);
              expired.push(one.sequence(slot));
              one.end(slot, false);
            }
          }
          const living = (limit: number) => requests.flatMap(({ life }, k) => (life > limit ? [k] : []));
          expect(repeated).toEqual(living(age));
          expect(expired).toEqual(living(timeout));
          expect(one.inFlight).toBe(0);
          expect(expiry.peek()).toBe(-1);
        },
      ),
    );
  });

  it('miss none although the ring is full and requests are refused', () => {
    const one = slab({ slots: 32 });
    const expiry = new AgeWalk(one, 100);
    for (let i = 0; i < 50; i++) one.begin(i);
    const expired: number[] = [];
    for (let slot = expiry.next(1000); slot >= 0; slot = expiry.next(1000)) {
      expired.push(one.sequence(slot));
      one.end(slot, false);
    }
    expect(expired).toEqual(Array.from({ length: 32 }, (_, k) => k));
    expect(one.refused).toBe(18);
  });
});

describe('queues', () => {
  it('keep their order whatever is taken out of the middle', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ op: fc.constantFrom('push', 'shift', 'remove'), pick: fc.nat(), queue: fc.nat(1) }),
        ),
        (commands) => {
          const one = slab({ slots: 64 });
          const queues = [new SlotQueue(one), new SlotQueue(one)];
          const models: number[][] = [[], []];
          for (const { op, pick, queue } of commands) {
            const real = queues[queue]!;
            const model = models[queue]!;
            const slot = pick % 64;
            if (op === 'push' && !models[0]!.includes(slot) && !models[1]!.includes(slot)) {
              real.push(slot);
              model.push(slot);
            } else if (op === 'shift') {
              expect(real.shift()).toBe(model.shift() ?? -1);
            } else if (op === 'remove' && model.length > 0) {
              real.remove(model.splice(pick % model.length, 1)[0]!);
            }
            expect(real.length).toBe(model.length);
            expect(real.head).toBe(model[0] ?? -1);
          }
          for (const [i, model] of models.entries()) {
            for (const slot of [...model, -1]) expect(queues[i]!.shift()).toBe(slot);
          }
        },
      ),
    );
  });
});
