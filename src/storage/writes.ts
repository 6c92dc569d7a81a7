import type { MetaWrite, StateFacts } from './kept-states.js';

/** What waits for the next commit. */
export type Write =
  | { readonly kind: 'entry'; readonly index: number; readonly bytes: Uint8Array | null }
  | ({ readonly kind: 'fact' } & MetaWrite)
  | { readonly kind: 'reset'; readonly facts: StateFacts };

/** What the writes add to the disk. */
export function octetsOf(writes: readonly Write[]): number {
  return writes.reduce((sum, write) => sum + (write.kind === 'reset' ? 0 : (write.bytes?.length ?? 0)), 0);
}
