import { type BerNode, groupNode, leafNode } from '../ber/node.js';
import type { BerElement, BerReader } from '../ber/reader.js';
import { type BerTag, context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { integerNode, octetsOf, readInteger } from '../ber/values.js';
import { type AddressString, addressStringContent, readAddressString } from './address-string.js';

/**
 * LocationInformation (TS 29.002 §17.7.1), as far as a gsmSSF fills it.
 *
 * ```
 *   bf34  [02 age, minutes]  [80 geographical]  [81 VLR number]  [82 location number]  [a3  80 cell id | 81 LAI]  ...
 * ```
 */
export interface LocationInformation {
  /** 0...32 767; 0 while the subscriber is in contact. */
  readonly ageMinutes?: number;
  readonly vlrNumber?: AddressString;
  /** Cell global identity, 7 octets: PLMN (3), LAC (2), CI (2). */
  readonly cellGlobalId?: Uint8Array;
  /** Location area, 5 octets: PLMN (3), LAC (2). */
  readonly locationArea?: Uint8Array;
}

const AGE_MAX = 32_767;

export function locationInformationNode(tag: BerTag, value: LocationInformation): BerNode {
  const { ageMinutes, vlrNumber, cellGlobalId, locationArea } = value;
  const cell =
    cellGlobalId !== undefined
      ? leafNode(context(0), cellGlobalId)
      : locationArea !== undefined
        ? leafNode(context(1), locationArea)
        : null;
  return groupNode(
    tag,
    ageMinutes === undefined ? null : integerNode(ageMinutes),
    vlrNumber === undefined ? null : leafNode(context(1), addressStringContent(vlrNumber)),
    cell && groupNode(contextConstructed(3), cell),
  );
}

/** Fields other than those of {@link LocationInformation} are passed over. @throws DecodeError */
export function readLocationInformation(reader: BerReader, element: BerElement): LocationInformation {
  const inner = reader.into(element);
  const value: { -readonly [K in keyof LocationInformation]: LocationInformation[K] } = {};
  while (inner.more) {
    const field = inner.next('locationInformation');
    switch (field.tag) {
      case UNIVERSAL.integer:
        value.ageMinutes = readInteger(inner, field, 'ageOfLocationInformation', 0, AGE_MAX);
        break;
      case context(1):
        value.vlrNumber = readAddressString(inner, field, 'vlr-number');
        break;
      case contextConstructed(3): {
        const choice = inner.into(field);
        const cell = choice.next('cellGlobalIdOrServiceAreaIdOrLAI');
        if (cell.tag === context(0)) value.cellGlobalId = octetsOf(choice, cell, 'cell id', 7, 7);
        else if (cell.tag === context(1)) value.locationArea = octetsOf(choice, cell, 'LAI', 5, 5);
        break;
      }
      default:
        break;
    }
  }
  return value;
}
