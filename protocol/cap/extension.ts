import { type BerNode, groupNode, leafNode } from '../ber/node.js';
import type { BerElement, BerReader } from '../ber/reader.js';
import { contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { integerNode, octetsOf, readInteger } from '../ber/values.js';

/**
 * ExtensionField (TS 29.078 §5.1) with a local type and an OCTET STRING in it: what operators add of their own, and what load tests pad
 * requests with. Receivers that do not know the type ignore it (criticality ignore is the default).
 *
 * ```
 *   30  02 type  [0a criticality]  a1  04 octets
 * ```
 */
export interface Extension {
  readonly type: number;
  readonly octets: Uint8Array;
}

/** numOfExtensions. */
const EXTENSIONS_MAX = 10;
const OCTETS_MAX = 65_535;
const VALUE = contextConstructed(1);

export function extensionsNode(number: number, extensions: readonly Extension[]): BerNode {
  return groupNode(
    contextConstructed(number),
    ...extensions.map((extension) =>
      groupNode(
        UNIVERSAL.sequence,
        integerNode(extension.type),
        groupNode(VALUE, leafNode(UNIVERSAL.octetString, extension.octets)),
      ),
    ),
  );
}

/** The fields of that form; others (global types, other values) are passed over. @throws DecodeError */
export function readExtensions(reader: BerReader, element: BerElement): Extension[] {
  const list = reader.into(element);
  const extensions: Extension[] = [];
  let count = 0;
  while (list.more) {
    const field = list.into(list.expect(UNIVERSAL.sequence, 'ExtensionField'));
    if (++count > EXTENSIONS_MAX) list.fail('extensions', `at most ${EXTENSIONS_MAX}`, 'more');
    const typeElement = field.optional(UNIVERSAL.integer, 'type');
    if (typeElement === null) continue;
    const type = readInteger(field, typeElement, 'type');
    field.optional(UNIVERSAL.enumerated, 'criticality');
    const value = field.optional(VALUE, 'value');
    if (value === null) continue;
    const inner = field.into(value);
    const content = inner.optional(UNIVERSAL.octetString, 'value');
    if (content !== null) extensions.push({ type, octets: octetsOf(inner, content, 'value', 0, OCTETS_MAX) });
  }
  return extensions;
}
