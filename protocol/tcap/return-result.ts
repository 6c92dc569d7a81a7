import { type BerNode, groupNode } from '../ber/node.js';
import type { BerReader } from '../ber/reader.js';
import { UNIVERSAL } from '../ber/tag.js';
import { integerNode } from '../ber/values.js';
import { COMPONENT } from './constants.js';
import {
  type OperationCode,
  operationCodeNode,
  readInvokeId,
  readOperationCode,
  readParameter,
} from './operation-code.js';

/**
 * Return Result, last or not last (Q.773 §3.3). The code is there only together with a result.
 *
 * ```
 *   a2 or a7  02 invoke ID  [30  02 or 06 operation code  parameter]
 * ```
 */
export interface ReturnResult {
  readonly kind: 'returnResultLast' | 'returnResultNotLast';
  readonly invokeId: number;
  readonly result: { readonly operation: OperationCode; readonly parameter: BerNode | null } | null;
}

export function returnResultNode(component: ReturnResult): BerNode {
  const { result } = component;
  return groupNode(
    COMPONENT[component.kind],
    integerNode(component.invokeId),
    result === null
      ? null
      : groupNode(UNIVERSAL.sequence, operationCodeNode(result.operation), result.parameter),
  );
}

/** Reads the contents of a Return Result. @throws DecodeError */
export function readReturnResult(reader: BerReader, kind: ReturnResult['kind']): ReturnResult {
  const invokeId = readInvokeId(reader);
  if (!reader.more) return { kind, invokeId, result: null };
  const inner = reader.into(reader.expect(UNIVERSAL.sequence, 'result'));
  reader.finish('return result');
  const operation = readOperationCode(inner, 'operation code');
  return { kind, invokeId, result: { operation, parameter: readParameter(inner, 'result') } };
}
