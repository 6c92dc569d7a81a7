import { type BerNode, groupNode, leafNode } from '../ber/node.js';
import { type BerElement, BerReader } from '../ber/reader.js';
import { context, contextConstructed, UNIVERSAL } from '../ber/tag.js';
import { integerNode, octetsOf, readInteger } from '../ber/values.js';
import { type AddressString, addressStringContent, readAddressString } from './address-string.js';
import { BCSM_EVENT_MAX, CAP_MARK } from './constants.js';
import { packDigits, unpackTbcd } from './digits.js';
import { type Extension, extensionsNode, readExtensions } from './extension.js';
import { type IsupNumber, isupNumberContent, readIsupNumber } from './isup-number.js';
import {
  type LocationInformation,
  locationInformationNode,
  readLocationInformation,
} from './location-information.js';
import { readTimeAndTimezone, type TimeAndTimezone, timeAndTimezoneContent } from './time-and-timezone.js';

/**
 * InitialDPArg (TS 29.078 §6.1.1), the parameters that billing needs. On the wire they stand in this order.
 *
 * ```
 *   30  80 serviceKey  82 called  83 calling  85 category  8a locationNumber  [af extensions]  bb bearerCapability  9c eventTypeBCSM
 *       9f32 iMSI  bf34 locationInformation  bf35 ext-basicServiceCode  9f36 callReferenceNumber  9f37 mscAddress
 *       9f38 calledPartyBCDNumber  9f39 timeAndTimezone
 * ```
 */
export interface InitialDpArg {
  /** 0...2^31-1: which service of the gsmSCF is asked for. */
  readonly serviceKey: number;
  readonly calledPartyNumber?: IsupNumber;
  readonly callingPartyNumber?: IsupNumber;
  /** 10 is an ordinary subscriber (Q.763 §3.11). */
  readonly callingPartysCategory?: number;
  readonly locationNumber?: IsupNumber;
  readonly extensions?: readonly Extension[];
  /** ISUP User Service Information, for instance 80 90 a3 for speech. */
  readonly bearerCapability?: Uint8Array;
  /** See `BCSM_EVENT`; 2 (collectedInfo) for an originating call. */
  readonly eventTypeBCSM?: number;
  /** 5 to 16 digits. */
  readonly imsi?: string;
  readonly locationInformation?: LocationInformation;
  /** Contents of the CHOICE as an element: 82 bearer service or 83 teleservice, for instance 83 01 11 for telephony. */
  readonly extBasicServiceCode?: Uint8Array;
  /** 1 to 8 octets; with the MSC address it names the call. */
  readonly callReferenceNumber?: Uint8Array;
  readonly mscAddress?: AddressString;
  /** TS 24.008 coding, unread: 1 to 41 octets. */
  readonly calledPartyBCDNumber?: Uint8Array;
  readonly timeAndTimezone?: TimeAndTimezone;
}

type Draft = { -readonly [K in keyof InitialDpArg]: InitialDpArg[K] };

/** Longest numbers: bounds of CAP (TS 29.078 §5.2.1). */
const CALLED_OCTETS_MAX = 18;
const CALLING_OCTETS_MAX = 10;
const SERVICE_KEY_MAX = 2 ** 31 - 1;

/** The argument as an element, with marks (`CAP_MARK`) where templates patch. @throws RangeError when digits are none. */
export function initialDpNode(arg: InitialDpArg): BerNode {
  const { calledPartyNumber: called, callingPartyNumber: calling, locationNumber } = arg;
  return groupNode(
    UNIVERSAL.sequence,
    integerNode(arg.serviceKey, context(0), CAP_MARK.serviceKey),
    called === undefined ? null : leafNode(context(2), isupNumberContent(called), CAP_MARK.calledPartyNumber),
    calling === undefined
      ? null
      : leafNode(context(3), isupNumberContent(calling), CAP_MARK.callingPartyNumber),
    octetsNode(5, arg.callingPartysCategory === undefined ? undefined : [arg.callingPartysCategory]),
    octetsNode(10, locationNumber === undefined ? undefined : isupNumberContent(locationNumber)),
    arg.extensions === undefined ? null : extensionsNode(15, arg.extensions),
    arg.bearerCapability === undefined
      ? null
      : groupNode(contextConstructed(27), leafNode(context(0), arg.bearerCapability)),
    arg.eventTypeBCSM === undefined ? null : integerNode(arg.eventTypeBCSM, context(28)),
    ...mobileNodes(arg),
  );
}

/** Parameters from [50] on: what the mobile network adds. */
function mobileNodes(arg: InitialDpArg): readonly (BerNode | null)[] {
  const { imsi, locationInformation, extBasicServiceCode, mscAddress, timeAndTimezone } = arg;
  return [
    octetsNode(50, imsi === undefined ? undefined : packDigits(imsi, 15), CAP_MARK.imsi),
    locationInformation === undefined
      ? null
      : locationInformationNode(contextConstructed(52), locationInformation),
    extBasicServiceCode === undefined
      ? null
      : groupNode(contextConstructed(53), { kind: 'raw', bytes: extBasicServiceCode }),
    octetsNode(54, arg.callReferenceNumber, CAP_MARK.callReferenceNumber),
    octetsNode(
      55,
      mscAddress === undefined ? undefined : addressStringContent(mscAddress),
      CAP_MARK.mscAddress,
    ),
    octetsNode(56, arg.calledPartyBCDNumber),
    octetsNode(57, timeAndTimezone === undefined ? undefined : timeAndTimezoneContent(timeAndTimezone)),
  ];
}

/**
 * Decodes the argument element of an initialDP. Parameters may come in any order; unknown ones are passed over (extension marker).
 * @throws DecodeError layer CAP, when a known parameter is out of bounds or serviceKey is missing
 */
export function decodeInitialDp(bytes: Uint8Array): InitialDpArg {
  const outer = new BerReader(bytes, 'CAP');
  const reader = outer.into(outer.expect(UNIVERSAL.sequence, 'InitialDPArg'));
  outer.finish('InitialDPArg');
  const draft: Draft = { serviceKey: -1 };
  while (reader.more) {
    const element = reader.next('InitialDPArg');
    if (!readCallParameter(reader, element, draft)) readMobileParameter(reader, element, draft);
  }
  if (draft.serviceKey < 0) reader.fail('serviceKey', 'to be there', 'nothing');
  return draft;
}

function readCallParameter(reader: BerReader, element: BerElement, draft: Draft): boolean {
  switch (element.tag) {
    case context(0):
      draft.serviceKey = readInteger(reader, element, 'serviceKey', 0, SERVICE_KEY_MAX);
      return true;
    case context(2):
      draft.calledPartyNumber = readIsupNumber(reader, element, 'calledPartyNumber', CALLED_OCTETS_MAX);
      return true;
    case context(3):
      draft.callingPartyNumber = readIsupNumber(reader, element, 'callingPartyNumber', CALLING_OCTETS_MAX);
      return true;
    case context(5):
      draft.callingPartysCategory = octetsOf(reader, element, 'callingPartysCategory', 1, 1)[0]!;
      return true;
    case context(10):
      draft.locationNumber = readIsupNumber(reader, element, 'locationNumber', CALLING_OCTETS_MAX);
      return true;
    case contextConstructed(15):
      draft.extensions = readExtensions(reader, element);
      return true;
    case contextConstructed(27): {
      const choice = reader.into(element);
      const bearer = choice.expect(context(0), 'bearerCap');
      draft.bearerCapability = octetsOf(choice, bearer, 'bearerCap', 2, 11);
      return true;
    }
    case context(28):
      draft.eventTypeBCSM = readInteger(reader, element, 'eventTypeBCSM', 0, BCSM_EVENT_MAX);
      return true;
    default:
      return false;
  }
}

function readMobileParameter(reader: BerReader, element: BerElement, draft: Draft): void {
  switch (element.tag) {
    case context(50):
      draft.imsi = unpackTbcd(octetsOf(reader, element, 'iMSI', 3, 8));
      break;
    case contextConstructed(52):
      draft.locationInformation = readLocationInformation(reader, element);
      break;
    case contextConstructed(53):
      draft.extBasicServiceCode = reader.content(element);
      break;
    case context(54):
      draft.callReferenceNumber = octetsOf(reader, element, 'callReferenceNumber', 1, 8);
      break;
    case context(55):
      draft.mscAddress = readAddressString(reader, element, 'mscAddress');
      break;
    case context(56):
      draft.calledPartyBCDNumber = octetsOf(reader, element, 'calledPartyBCDNumber', 1, 41);
      break;
    case context(57):
      draft.timeAndTimezone = readTimeAndTimezone(reader, element, 'timeAndTimezone');
      break;
    default:
      break;
  }
}

function octetsNode(number: number, content?: Uint8Array | readonly number[], mark?: string): BerNode | null {
  return content === undefined ? null : leafNode(context(number), Uint8Array.from(content), mark);
}
