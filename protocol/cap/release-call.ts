import { type BerNode, leafNode } from '../ber/node.js';
import { BerReader } from '../ber/reader.js';
import { UNIVERSAL } from '../ber/tag.js';
import { type Cause, causeContent, readCause } from './cause.js';

/**
 * ReleaseCallArg (TS 29.078 §6.1.1): the cause itself.
 *
 * ```
 *   04  82 9f        normal, unspecified
 * ```
 */
export type ReleaseCallArg = Cause;

export function releaseCallNode(arg: ReleaseCallArg): BerNode {
  return leafNode(UNIVERSAL.octetString, causeContent(arg));
}

/** @throws DecodeError layer CAP */
export function decodeReleaseCall(bytes: Uint8Array): ReleaseCallArg {
  const reader = new BerReader(bytes, 'CAP');
  const element = reader.expect(UNIVERSAL.octetString, 'ReleaseCallArg');
  reader.finish('ReleaseCallArg');
  return readCause(reader, element, 'ReleaseCallArg');
}
