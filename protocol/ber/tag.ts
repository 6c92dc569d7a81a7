/**
 * A BER identifier as a number: its octets read as one big-endian integer (X.690 §8.1.2).
 *
 * ```
 *   0x30      SEQUENCE                    one octet, tag numbers 0...30
 *   0x9f32    [50], primitive             0x1f in the low bits: the number follows, seven bits an octet
 *   0xbf8148  [200], constructed
 * ```
 */
export type BerTag = number;

/** Universal tags used by TCAP and CAP. */
export const UNIVERSAL = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  external: 0x28,
  enumerated: 0x0a,
  sequence: 0x30,
} as const;

const CONTEXT = 0x80;
const APPLICATION = 0x40;
const CONSTRUCTED = 0x20;
const LONG_FORM = 0x1f;

/** `[number]` with primitive contents. `number` 0...16 383. */
export function context(number: number): BerTag {
  return identifier(CONTEXT, number);
}

/** `[number]` with constructed contents. `number` 0...16 383. */
export function contextConstructed(number: number): BerTag {
  return identifier(CONTEXT | CONSTRUCTED, number);
}

/** Whether the contents are elements themselves (bit 6 of the first identifier octet). */
export function isConstructed(tag: BerTag): boolean {
  return (firstOctet(tag) & CONSTRUCTED) !== 0;
}

/** Identifier octets that {@link BerTag} takes: 1...3. */
export function tagSize(tag: BerTag): number {
  return tag > 0xffff ? 3 : tag > 0xff ? 2 : 1;
}

/** As ASN.1 writes it, for people: `[50]`, `[APPLICATION 2]`, `UNIVERSAL 16`. */
export function tagName(tag: BerTag): string {
  const first = firstOctet(tag);
  const number =
    tag > 0xffff ? (((tag >>> 8) & 0x7f) << 7) | (tag & 0x7f) : tag > 0xff ? tag & 0x7f : first & LONG_FORM;
  switch (first & 0xc0) {
    case 0:
      return `UNIVERSAL ${number}`;
    case APPLICATION:
      return `[APPLICATION ${number}]`;
    case CONTEXT:
      return `[${number}]`;
    default:
      return `[PRIVATE ${number}]`;
  }
}

function firstOctet(tag: BerTag): number {
  return tag > 0xffff ? tag >>> 16 : tag > 0xff ? tag >>> 8 : tag;
}

function identifier(classAndForm: number, number: number): BerTag {
  if (number < LONG_FORM) return classAndForm | number;
  const first = classAndForm | LONG_FORM;
  if (number < 0x80) return (first << 8) | number;
  return (first << 16) | (((number >>> 7) | 0x80) << 8) | (number & 0x7f);
}
