import { type BerNode, groupNode } from '../ber/node.js';
import type { BerReader } from '../ber/reader.js';
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
 * Return Error (Q.773 §3.3).
 *
 * ```
 *   a3  02 invoke ID  02 or 06 error code  [parameter]
 * ```
 */
export interface ReturnError {
  readonly kind: 'returnError';
  readonly invokeId: number;
  readonly error: OperationCode;
  readonly parameter: BerNode | null;
}

export function returnErrorNode(component: ReturnError): BerNode {
  return groupNode(
    COMPONENT.returnError,
    integerNode(component.invokeId),
    operationCodeNode(component.error),
    component.parameter,
  );
}

/** Reads the contents of a Return Error. @throws DecodeError */
export function readReturnError(reader: BerReader): ReturnError {
  const invokeId = readInvokeId(reader);
  const error = readOperationCode(reader, 'error code');
  return { kind: 'returnError', invokeId, error, parameter: readParameter(reader, 'error parameter') };
}
