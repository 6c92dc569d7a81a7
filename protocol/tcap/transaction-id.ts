import { type BerNode, leafNode } from '../ber/node.js';
import type { BerElement, BerReader } from '../ber/reader.js';
import type { BerTag } from '../ber/tag.js';
import { octetsOf } from '../ber/values.js';

/** Originating or destination transaction id: an unsigned number in 1 to 4 octets. Ids of different size differ. */
export interface TransactionId {
  readonly value: number;
  readonly size: 1 | 2 | 3 | 4;
}

/** Four octets always: messages of one kind then have one length, and templates fixed places. */
export function transactionId(value: number): TransactionId {
  return { value: value >>> 0, size: 4 };
}

/** @throws RangeError when the value does not fit `size` octets. */
export function transactionIdNode(tag: BerTag, id: TransactionId, mark: string): BerNode {
  if (!Number.isInteger(id.value) || id.value < 0 || id.value >= 2 ** (8 * id.size)) {
    throw new RangeError(`TCAP: transaction id ${id.value} does not fit ${id.size} octets`);
  }
  const content = new Uint8Array(id.size);
  for (let index = 0; index < id.size; index++) content[index] = id.value >>> (8 * (id.size - 1 - index));
  return leafNode(tag, content, mark);
}

/** @throws DecodeError unless the contents are 1 to 4 octets (Q.773 §3.1.3). */
export function readTransactionId(reader: BerReader, element: BerElement, field: string): TransactionId {
  const content = octetsOf(reader, element, field, 1, 4);
  let value = 0;
  for (const octet of content) value = value * 256 + octet;
  return { value, size: content.length as TransactionId['size'] };
}
