import { type BerNode, groupNode } from '../ber/node.js';
import type { BerReader } from '../ber/reader.js';
import { context, UNIVERSAL } from '../ber/tag.js';
import { integerNode, nullNode, octetsOf, readInteger } from '../ber/values.js';
import { COMPONENT, type ProblemKind } from './constants.js';
import { readInvokeId } from './operation-code.js';

/**
 * Reject (Q.773 §3.3.6).
 *
 * ```
 *   a4  02 invoke ID | 05 00    80 general | 81 invoke | 82 return result | 83 return error problem
 * ```
 */
export interface Reject {
  readonly kind: 'reject';
  /** Null: the id could not be derived. */
  readonly invokeId: number | null;
  readonly problemKind: ProblemKind;
  /** Index into `PROBLEMS[problemKind]`; other values are kept. */
  readonly problem: number;
}

const KINDS: readonly ProblemKind[] = ['general', 'invoke', 'returnResult', 'returnError'];

export function rejectNode(component: Reject): BerNode {
  return groupNode(
    COMPONENT.reject,
    component.invokeId === null ? nullNode() : integerNode(component.invokeId),
    integerNode(component.problem, context(KINDS.indexOf(component.problemKind))),
  );
}

/** Reads the contents of a Reject. @throws DecodeError */
export function readReject(reader: BerReader): Reject {
  const absent = reader.optional(UNIVERSAL.null, 'invoke ID');
  if (absent !== null) octetsOf(reader, absent, 'invoke ID', 0, 0);
  const invokeId = absent === null ? readInvokeId(reader) : null;
  const element = reader.next('problem code');
  const problemKind = KINDS[element.tag - context(0)];
  if (problemKind === undefined) {
    return reader.fail('problem code', '[0] to [3]', element.tag.toString(16), element.offset);
  }
  const problem = readInteger(reader, element, 'problem code', 0, 127);
  reader.finish('reject');
  return { kind: 'reject', invokeId, problemKind, problem };
}
