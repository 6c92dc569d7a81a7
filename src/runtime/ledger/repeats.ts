import { RECORD, RECORD_KIND } from '../../responder/record.js';
import type { Journal } from '../../storage/journal.js';
import { eachRecord } from './billing-decider.js';
import { fromJournal } from './restore.js';

/** Hashes held at a time, 8 octets each: a larger ledger is read several times, so that memory stays bounded. */
const HASHES_MAX = 2 ** 25;

/**
 * Counts the charges and reservations of requests that have one already, each by its whole identity.
 * @param identities how many there are in all
 */
export function countRepeats(journal: Journal, identities: number): number {
  const parts = Math.max(1, Math.ceil(identities / HASHES_MAX));
  const suspects = new Set<number>();
  for (let part = 0; part < parts; part++) {
    // Twice the mean: the hash spreads the identities evenly, and a part that is fuller than this is cut up by nothing.
    const hashes = new Float64Array(parts === 1 ? identities : 2 * HASHES_MAX);
    let count = 0;
    eachIdentity(journal, (hash) => {
      if (hash % parts === part) hashes[count++] = hash;
    });
    const sorted = hashes.subarray(0, count).sort();
    for (let i = 1; i < count; i++) if (sorted[i] === sorted[i - 1]) suspects.add(sorted[i]!);
  }
  if (suspects.size === 0) return 0;
  // Two identities with one hash are two requests.
  const seen = new Set<string>();
  let repeats = 0;
  eachIdentity(journal, (hash, octets) => {
    if (!suspects.has(hash)) return;
    const identity = Buffer.from(octets).toString('latin1');
    if (seen.has(identity)) repeats += 1;
    seen.add(identity);
  });
  return repeats;
}

function eachIdentity(journal: Journal, take: (hash: number, octets: Uint8Array) => void): void {
  for (const stored of journal.entries(journal.baseIndex + 1)) {
    const entry = fromJournal(stored);
    if (entry.kind === 'data') {
      eachRecord(entry.payload, (words, _, at, octets) => {
        const kind = words[at]! & 0xff;
        if (kind !== RECORD_KIND.charge && kind !== RECORD_KIND.reserve) return;
        const lengths = words[at + RECORD.lengths]!;
        const used =
          (lengths & 0xff) + ((lengths >>> 8) & 0xff) + ((lengths >>> 16) & 0xff) + (lengths >>> 24);
        // The lengths are part of the identity: they say where one part of it ends.
        const hash = hashOf(words, at, Math.ceil(used / 4));
        take(hash, octets.subarray((at + RECORD.lengths) * 4, (at + RECORD.identity) * 4 + used));
      });
    }
    if (stored.index >= journal.lastIndex) return;
  }
}

/** 53 bits, so that it is a whole number. */
function hashOf(words: Uint32Array, at: number, identityWords: number): number {
  let low = Math.imul(words[at + RECORD.lengths]! ^ 0x811c9dc5, 0x01000193);
  let high = 0x9e3779b9;
  for (let i = 0; i < identityWords; i++) {
    const word = words[at + RECORD.identity + i]!;
    low = Math.imul(low ^ word, 0x85ebca6b);
    low ^= low >>> 13;
    high = Math.imul(high ^ word, 0xc2b2ae35);
    high ^= high >>> 16;
  }
  return (high & 0x1f_ffff) * 2 ** 32 + (low >>> 0);
}
