import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateWindow } from './duplicates.js';
import { stageIdentity } from './identity.js';
import { packWhat, RECORD, RECORD_KIND, RecordBatch } from './record.js';

/** A staged record for the identity written as text; parts are split by `|`. */
function stage(batch: RecordBatch, text: string, answer = 1): number {
  const parts = `${text}|||`
    .split('|')
    .slice(0, 4)
    .map((part) => new TextEncoder().encode(part));
  const source = new Uint8Array(200);
  const ranges: number[] = [];
  let at = 3;
  for (const part of parts) {
    source.set(part, at);
    ranges.push(at, part.length);
    at += part.length + 1;
  }
  const [a = 0, al = 0, o = 0, ol = 0, r = 0, rl = 0, m = 0, ml = 0] = ranges;
  const first = batch.staged;
  if (!stageIdentity(batch.words, batch.octets, first, source, a, al, source.subarray(o), ol, r, rl, m, ml))
    return -1;
  batch.words[first + RECORD.what] = packWhat(RECORD_KIND.charge, answer, 0);
  batch.words[first + RECORD.ownTransaction] = answer * 1000;
  return first;
}

describe('the identity of a request', () => {
  it('differs when only the borders between its parts differ', () => {
    const batch = new RecordBatch(1);
    const window = new DuplicateWindow({ entriesMax: 8 });
    window.insert(batch.words, stage(batch, 'ab|c|d|e'));
    expect(window.find(batch.words, stage(batch, 'a|bc|d|e'))).toBe(-1);
    expect(window.find(batch.words, stage(batch, 'ab|c|de|'))).toBe(-1);
    expect(window.find(batch.words, stage(batch, 'ab|c|d|e'))).toBe(0);
  });

  it('is not staged when it is too long to be kept whole', () => {
    const batch = new RecordBatch(1);
    expect(stage(batch, `${'a'.repeat(40)}|${'b'.repeat(4)}|${'c'.repeat(8)}|${'d'.repeat(12)}`)).toBe(0);
    expect(stage(batch, `${'a'.repeat(41)}|${'b'.repeat(4)}|${'c'.repeat(8)}|${'d'.repeat(12)}`)).toBe(-1);
  });

  it('does not see octets of an earlier, longer identity in the padding', () => {
    const batch = new RecordBatch(1);
    const window = new DuplicateWindow({ entriesMax: 8 });
    window.insert(batch.words, stage(batch, 'a|b|c|d'));
    stage(batch, 'xxxxxxxxxxxxxxxx|yyyy|zzzzzzzz|wwwwwww');
    expect(window.find(batch.words, stage(batch, 'a|b|c|d'))).toBe(0);
  });
});

describe('the duplicate window', () => {
  it('compares the identity, not only the hash', () => {
    const batch = new RecordBatch(1);
    const window = new DuplicateWindow({ entriesMax: 8 });
    window.insert(batch.words, stage(batch, 'a|1'));
    const hash = batch.words[RECORD.hash]!;
    const at = stage(batch, 'a|2');
    batch.words[at + RECORD.hash] = hash;
    expect(window.find(batch.words, at)).toBe(-1);
    window.insert(batch.words, at);
    expect(window.find(batch.words, at)).toBe(1);
  });

  it('keeps the stored answer', () => {
    const batch = new RecordBatch(1);
    const window = new DuplicateWindow({ entriesMax: 8 });
    window.insert(batch.words, stage(batch, 'a', 7));
    const entry = window.find(batch.words, stage(batch, 'a', 1));
    expect(window.whatOf(entry)).toBe(packWhat(RECORD_KIND.charge, 7, 0));
    expect(window.ownTransactionOf(entry)).toBe(7000);
  });

  it('agrees with a list of the last N identities, under hashes that collide', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 40 }), collide: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.constantFrom(2, 4, 16), (steps, entriesMax) => {
        const batch = new RecordBatch(1);
        const window = new DuplicateWindow({ entriesMax });
        const model: string[] = [];
        for (const { key, collide } of steps) {
          const text = `${collide ? 'c' : 'u'}${key}|x`;
          const at = stage(batch, text, key + 1);
          // A constant hash puts every such identity into one cluster that wraps round the end of the index.
          if (collide) batch.words[at + RECORD.hash] = 0xffffffff;
          const entry = window.find(batch.words, at);
          expect(entry >= 0).toBe(model.includes(text));
          if (entry >= 0) {
            expect(window.ownTransactionOf(entry)).toBe((key + 1) * 1000);
            continue;
          }
          window.insert(batch.words, at);
          model.push(text);
          if (model.length > entriesMax) model.shift();
        }
        expect(window.count).toBe(model.length);
      }),
      { numRuns: 300 },
    );
  });

  it('survives a snapshot, also into a smaller window, which keeps the newest', () => {
    const batch = new RecordBatch(1);
    const window = new DuplicateWindow({ entriesMax: 8 });
    for (let i = 0; i < 13; i++) window.insert(batch.words, stage(batch, `n${i}`, i));
    const words = new Uint32Array(window.snapshotWords);
    window.copyEntries(window.oldest, window.count, words, 0);
    const restored = (entriesMax: number) => {
      const copy = new DuplicateWindow({ entriesMax });
      const middle = 3 * copy.entryWords;
      copy.take(words, 0, middle, window.count);
      copy.take(words, middle, words.length, window.count);
      return copy;
    };
    const [same, smaller] = [restored(8), restored(4)];
    for (let i = 0; i < 13; i++) {
      const at = stage(batch, `n${i}`);
      expect(same.find(batch.words, at) >= 0).toBe(i >= 5);
      expect(smaller.find(batch.words, at) >= 0).toBe(i >= 9);
    }
    smaller.insert(batch.words, stage(batch, 'n13'));
    expect(smaller.find(batch.words, stage(batch, 'n9'))).toBe(-1);
    expect(smaller.find(batch.words, stage(batch, 'n10'))).toBeGreaterThanOrEqual(0);
  });
});
