import { RECORD } from './record.js';

/**
 * Writes the identity of a request into a record: calling SCCP address, OTID, callReferenceNumber and mscAddress, one after the other,
 * padded with zero octets to whole words; their lengths; and a hash over all of it.
 *
 * Ranges are offsets and lengths in `source`, the OTID's octets stand apart; a parameter that is absent has length 0.
 *
 * @returns false when the four together exceed {@link RECORD.identityOctetsMax}: such a request cannot be told from others.
 */
export function stageIdentity(
  words: Uint32Array,
  octets: Uint8Array,
  at: number,
  source: Uint8Array,
  address: number,
  addressLength: number,
  otid: Uint8Array,
  otidLength: number,
  reference: number,
  referenceLength: number,
  msc: number,
  mscLength: number,
): boolean {
  const total = addressLength + otidLength + referenceLength + mscLength;
  if (total > RECORD.identityOctetsMax) return false;
  const first = at + RECORD.identity;
  const usedWords = (total + 3) >>> 2;
  if (usedWords > 0) words[first + usedWords - 1] = 0;
  let to = first << 2;
  for (let i = 0; i < addressLength; i++) octets[to++] = source[address + i]!;
  for (let i = 0; i < otidLength; i++) octets[to++] = otid[i]!;
  for (let i = 0; i < referenceLength; i++) octets[to++] = source[reference + i]!;
  for (let i = 0; i < mscLength; i++) octets[to++] = source[msc + i]!;
  const lengths = (addressLength | (otidLength << 8) | (referenceLength << 16) | (mscLength << 24)) >>> 0;
  words[at + RECORD.lengths] = lengths;
  words[at + RECORD.hash] = hashWords(words, first, usedWords, lengths);
  return true;
}

/** Words of identity in use, from the packed lengths. */
export function identityWords(lengths: number): number {
  const total = (lengths & 0xff) + ((lengths >>> 8) & 0xff) + ((lengths >>> 16) & 0xff) + (lengths >>> 24);
  return (total + 3) >>> 2;
}

/** 32-bit hash of `count` words: multiply, rotate, and a final avalanche so that low and high bits both spread. */
function hashWords(words: Uint32Array, first: number, count: number, seed: number): number {
  let h = Math.imul(seed ^ 0x2545f491, 0x9e3779b1);
  for (let i = 0; i < count; i++) {
    const k = Math.imul(words[first + i]!, 0xcc9e2d51);
    h = Math.imul(h ^ ((k << 15) | (k >>> 17)), 0x1b873593);
    h = ((h << 13) | (h >>> 19)) + 0x52dce729;
  }
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
