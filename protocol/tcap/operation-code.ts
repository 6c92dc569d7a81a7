import { type BerNode, leafNode } from '../ber/node.js';
import { objectIdentifierContent, readObjectIdentifier } from '../ber/object-identifier.js';
import type { BerReader } from '../ber/reader.js';
import { UNIVERSAL } from '../ber/tag.js';
import { integerNode, readInteger } from '../ber/values.js';

/** Operation or error code: a local number, or a global name as arcs (Q.773 §3.3.4, §3.3.5). */
export type OperationCode = number | readonly number[];

const LOCAL_MAX = 2 ** 31 - 1;

export function operationCodeNode(code: OperationCode): BerNode {
  return typeof code === 'number'
    ? integerNode(code)
    : leafNode(UNIVERSAL.objectIdentifier, objectIdentifierContent(code));
}

/** @throws DecodeError when the next element is neither form. */
export function readOperationCode(reader: BerReader, field: string): OperationCode {
  const element = reader.next(field);
  if (element.tag === UNIVERSAL.integer) {
    return readInteger(reader, element, field, -LOCAL_MAX - 1, LOCAL_MAX);
  }
  if (element.tag === UNIVERSAL.objectIdentifier) return readObjectIdentifier(reader, element, field);
  return reader.fail(field, 'INTEGER or OBJECT IDENTIFIER', element.tag.toString(16), element.offset);
}

/** Invoke ids are -128...127 (Q.773 §3.3.2). */
export const INVOKE_ID = { min: -128, max: 127 } as const;

/** Reads an invoke id with the given tag. @throws DecodeError */
export function readInvokeId(reader: BerReader, tag: number = UNIVERSAL.integer): number {
  return readInteger(reader, reader.expect(tag, 'invoke ID'), 'invoke ID', INVOKE_ID.min, INVOKE_ID.max);
}

/** A parameter is the last element of its component, of any type; null when absent. @throws DecodeError */
export function readParameter(reader: BerReader, field: string): BerNode | null {
  if (!reader.more) return null;
  const bytes = reader.whole(reader.next(field));
  reader.finish(field);
  return { kind: 'raw', bytes };
}
