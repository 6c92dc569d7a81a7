import { expect, it } from 'vitest';
import { SyncBook } from './sync-book.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const FREEZE = { fromUnixMs: START + 1_000, toUnixMs: START + 1_700 };

function book(...syncs: readonly (readonly ['a' | 'b', from: number, to: number])[]): SyncBook {
  const made = new SyncBook();
  for (const [node, from, to] of syncs) {
    made.take(node, {
      event: 'slowSync',
      at: new Date(START + from).toISOString(),
      tookMs: to - from,
    });
  }
  return made;
}

it('knows that the disk held the service up when the freeze came', () => {
  expect(book(['a', 937, 1_701]).heldUp(FREEZE)).toEqual({
    fromUnixMs: START + 937,
    toUnixMs: START + 1_701,
    syncs: [{ node: 'a', fromUnixMs: START + 937, toUnixMs: START + 1_701 }],
  });
});

it('follows syncs that wait for one another, before the freeze and after it', () => {
  const found = book(['b', 900, 950], ['a', 952, 1_702], ['b', 1_704, 1_760], ['a', 1_800, 1_850]).heldUp(
    FREEZE,
  );
  expect([found!.fromUnixMs - START, found!.toUnixMs - START]).toEqual([900, 1_760]);
  expect(found!.syncs).toHaveLength(3);
});

it('takes no sync for a cause that the freeze itself made long, or that was over before', () => {
  expect(book(['a', 995, 1_704], ['b', 800, 900], ['b', 1_100, 1_400]).heldUp(FREEZE)).toBeNull();
  expect(new SyncBook().heldUp(FREEZE)).toBeNull();
});

it('reads nothing else that a node says', () => {
  const made = new SyncBook();
  made.take('a', { event: 'role', at: new Date(START + 900).toISOString(), role: 'active' });
  expect(made.heldUp(FREEZE)).toBeNull();
});
