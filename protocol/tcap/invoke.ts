import { type BerNode, groupNode } from '../ber/node.js';
import type { BerReader } from '../ber/reader.js';
import { context } from '../ber/tag.js';
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
 * Invoke component (Q.773 §3.3).
 *
 * ```
 *   a1  02 invoke ID  [80 linked ID]  02 or 06 operation code  [parameter]
 * ```
 */
export interface Invoke {
  readonly kind: 'invoke';
  /** -128...127. */
  readonly invokeId: number;
  readonly linkedId: number | null;
  readonly operation: OperationCode;
  /** The complete argument element; decoders give it as `raw`. */
  readonly parameter: BerNode | null;
}

const LINKED_ID = context(0);

export function invoke(invokeId: number, operation: number, parameter: BerNode | null = null): Invoke {
  return { kind: 'invoke', invokeId, linkedId: null, operation, parameter };
}

export function invokeNode(component: Invoke): BerNode {
  return groupNode(
    COMPONENT.invoke,
    integerNode(component.invokeId),
    component.linkedId === null ? null : integerNode(component.linkedId, LINKED_ID),
    operationCodeNode(component.operation),
    component.parameter,
  );
}

/** Reads the contents of an Invoke. @throws DecodeError */
export function readInvoke(reader: BerReader): Invoke {
  const invokeId = readInvokeId(reader);
  const linkedId = reader.peekTag() === LINKED_ID ? readInvokeId(reader, LINKED_ID) : null;
  const operation = readOperationCode(reader, 'operation code');
  return { kind: 'invoke', invokeId, linkedId, operation, parameter: readParameter(reader, 'argument') };
}
