import { DecodeError } from '../../../protocol/bytes/errors.js';
import type { TreeNode } from '../../../protocol/bytes/tree.js';
import { describeUserData } from '../../../protocol/cap/describe.js';

/** Does an answer hold before the full decoders, from SCCP down to the arguments of its operations? */
export function checkAnswer(bytes: Uint8Array, offset: number, end: number): boolean {
  try {
    return isSound(describeUserData(bytes, offset, end));
  } catch (cause) {
    if (cause instanceof DecodeError) return false;
    throw cause;
  }
}

function isSound(node: TreeNode): boolean {
  return node.fault === undefined && node.children.every(isSound);
}
