import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALOGUE, DialogueTable } from './dialogues.js';

const OPTIONS = { slotsMax: 4, idleTimeoutNs: 100, prefix: 5, prefixBits: 4 } as const;

describe('the dialogue table', () => {
  it('gives ids inside its part of the id space, never the same twice in a row of uses', () => {
    const table = new DialogueTable(OPTIONS);
    const seen = new Set<number>();
    for (let i = 0; i < 64; i++) {
      const id = table.nextTransaction();
      expect(id >>> 28).toBe(5);
      expect(seen.has(id)).toBe(false);
      seen.add(id);
      table.end(table.begin(id, i));
    }
  });

  it('refuses when every slot is open, and takes again when one ended', () => {
    const table = new DialogueTable(OPTIONS);
    const slots = [1, 2, 3, 4].map((now) => table.begin(table.nextTransaction(), now));
    expect(table.nextTransaction()).toBe(-1);
    const old = table.ownTransaction[slots[2]!]!;
    table.end(slots[2]!);
    expect(table.find(old)).toBe(slots[2]);
    expect(table.state[slots[2]!]).toBe(DIALOGUE.ended);
    const id = table.nextTransaction();
    table.begin(id, 9);
    expect(table.find(id)).toBe(slots[2]);
    expect(table.find(old)).toBe(-1);
  });

  it('times out in order of the last message', () => {
    const table = new DialogueTable(OPTIONS);
    const a = table.begin(table.nextTransaction(), 0);
    const b = table.begin(table.nextTransaction(), 10);
    table.touch(a, 20);
    expect(table.nextDeadlineNs).toBe(110);
    expect(table.expired(109)).toBe(-1);
    expect(table.expired(110)).toBe(b);
    table.end(b);
    expect(table.nextDeadlineNs).toBe(120);
    table.end(a);
    expect(table.nextDeadlineNs).toBe(Number.POSITIVE_INFINITY);
  });

  it('on a replica follows ids that the other node gave out, and gives out new ones after a takeover', () => {
    const active = new DialogueTable(OPTIONS);
    const replica = new DialogueTable(OPTIONS);
    const open: number[] = [];
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (steps) => {
        for (const begin of steps) {
          if (begin) {
            const id = active.nextTransaction();
            if (id < 0) continue;
            active.begin(id, 0);
            replica.begin(id, 0);
            open.push(id);
          } else if (open.length > 0) {
            const id = open.shift()!;
            active.end(active.find(id));
            replica.end(replica.find(id));
          }
        }
        expect(replica.open).toBe(active.open);
        replica.rebuildFree();
        const next = replica.nextTransaction();
        expect(next < 0).toBe(open.length === OPTIONS.slotsMax);
        for (const id of open) {
          expect(replica.state[replica.find(id)]).toBe(DIALOGUE.open);
          expect(id).not.toBe(next);
        }
      }),
      { numRuns: 60 },
    );
  });
});
