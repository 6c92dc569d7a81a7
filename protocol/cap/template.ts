import type { ByteRange, Marks } from '../ber/node.js';
import { nodeSize, writeNode } from '../ber/node.js';
import { ByteWriter } from '../bytes/writer.js';
import { type SccpAddress, writeSccpAddress } from '../sccp/address.js';
import { encodeLudt } from '../sccp/ludt.js';
import type { AddressedOffsets } from '../sccp/parts.js';
import { encodeUdt } from '../sccp/udt.js';
import { TCAP_MARK, type TcapMessage, tcapNode } from '../tcap/message.js';
import { CAP_MARK } from './constants.js';
import { ISUP_NUMBER_HEADER } from './isup-number.js';

/** Who talks to whom, and with which service. An address given as octets is its parameter without the length octet. */
export interface Parties {
  readonly called: SccpAddress | Uint8Array;
  readonly calling: SccpAddress | Uint8Array;
  readonly protocolClass: 0 | 1;
  readonly returnOnError: boolean;
}

/** Digits packed two an octet: digit i is the low half of octet `offset + (i >> 1)` when i is even, else the high half. */
export interface DigitPlace {
  readonly offset: number;
  readonly digits: number;
}

/**
 * Places of a message that change from request to request; null where the message lacks the field. Offsets count in the message's octets.
 * Every patch keeps lengths: a template serves numbers of one length.
 */
export interface TemplatePlaces {
  readonly called: ByteRange;
  readonly calling: ByteRange;
  readonly tcap: ByteRange;
  readonly otid: ByteRange | null;
  readonly dtid: ByteRange | null;
  readonly serviceKey: ByteRange | null;
  readonly calledPartyNumber: DigitPlace | null;
  readonly callingPartyNumber: DigitPlace | null;
  readonly imsi: DigitPlace | null;
  readonly callReferenceNumber: ByteRange | null;
  readonly mscAddress: ByteRange | null;
}

/** User data of an M3UA DATA message (SI 3), to be copied and patched. */
export interface MessageTemplate {
  readonly bytes: Uint8Array;
  readonly places: TemplatePlaces;
}

/** Data of a UDT, and its two addresses together: the pointer to the data is an octet. What is longer travels as LUDT, which SIGTRAN carries whole. */
const UDT_DATA_MAX = 255;
const UDT_ADDRESSES_MAX = 252;

/**
 * Encodes SCCP, TCAP and what it carries.
 * @throws RangeError when a field does not fit
 */
export function encodeUserData(parties: Parties, message: TcapMessage): MessageTemplate {
  const node = tcapNode(message);
  const writer = new ByteWriter(nodeSize(node));
  const marks: Marks = new Map();
  writeNode(node, writer, marks);
  const data = writer.finish();
  const unit = { ...parties, data };
  const addresses = addressLength(parties.called) + addressLength(parties.calling);
  const short = data.length <= UDT_DATA_MAX && addresses <= UDT_ADDRESSES_MAX;
  const { bytes, offsets } = short ? encodeUdt(unit) : encodeLudt(unit);
  return { bytes, places: placesOf(data, offsets, marks) };
}

function addressLength(address: SccpAddress | Uint8Array): number {
  if (address instanceof Uint8Array) return address.length;
  const writer = new ByteWriter(16);
  writeSccpAddress(address, writer);
  return writer.length;
}

function placesOf(data: Uint8Array, offsets: AddressedOffsets, marks: Marks): TemplatePlaces {
  const shifted = (mark: string): ByteRange | null => {
    const range = marks.get(mark);
    return range === undefined ? null : { offset: offsets.data + range.offset, length: range.length };
  };
  const isupDigits = (mark: string): DigitPlace | null => {
    const range = marks.get(mark);
    if (range === undefined) return null;
    const odd = data[range.offset]! >> 7;
    return {
      offset: offsets.data + range.offset + ISUP_NUMBER_HEADER,
      digits: 2 * (range.length - ISUP_NUMBER_HEADER) - odd,
    };
  };
  const imsi = marks.get(CAP_MARK.imsi);
  return {
    called: { offset: offsets.called, length: offsets.calledLength },
    calling: { offset: offsets.calling, length: offsets.callingLength },
    tcap: { offset: offsets.data, length: data.length },
    otid: shifted(TCAP_MARK.otid),
    dtid: shifted(TCAP_MARK.dtid),
    serviceKey: shifted(CAP_MARK.serviceKey),
    calledPartyNumber: isupDigits(CAP_MARK.calledPartyNumber),
    callingPartyNumber: isupDigits(CAP_MARK.callingPartyNumber),
    imsi:
      imsi === undefined
        ? null
        : {
            offset: offsets.data + imsi.offset,
            digits: 2 * imsi.length - (data[imsi.offset + imsi.length - 1]! >> 4 === 15 ? 1 : 0),
          },
    callReferenceNumber: shifted(CAP_MARK.callReferenceNumber),
    mscAddress: shifted(CAP_MARK.mscAddress),
  };
}
