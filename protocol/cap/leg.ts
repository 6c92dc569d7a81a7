import { type BerNode, groupNode, leafNode } from '../ber/node.js';
import type { BerElement, BerReader } from '../ber/reader.js';
import { type BerTag, context } from '../ber/tag.js';
import { octetsOf } from '../ber/values.js';

/**
 * LegID (Q.1218 CS1-DataTypes), a CHOICE and therefore always inside an explicit tag of its user.
 *
 * ```
 *   a2  80 01 01     sendingSideID 1: said by the gsmSCF
 *   a3  81 01 02     receivingSideID 2: said by the gsmSSF
 * ```
 */
export interface LegId {
  readonly side: 'sending' | 'receiving';
  /** 1 the calling, 2 the called party. */
  readonly leg: number;
}

const SENDING = context(0);
const RECEIVING = context(1);

export function legNode(tag: BerTag, id: LegId): BerNode {
  return groupNode(tag, leafNode(id.side === 'sending' ? SENDING : RECEIVING, Uint8Array.of(id.leg)));
}

/** Reads what the explicit tag `element` holds. @throws DecodeError */
export function readLeg(reader: BerReader, element: BerElement, field: string): LegId {
  const inner = reader.into(element);
  const choice = inner.next(field);
  inner.finish(field);
  if (choice.tag !== SENDING && choice.tag !== RECEIVING) {
    inner.fail(field, '[0] or [1]', choice.tag.toString(16), choice.offset);
  }
  const leg = octetsOf(inner, choice, field, 1, 1)[0]!;
  return { side: choice.tag === SENDING ? 'sending' : 'receiving', leg };
}
