import { originatingCall, reportMessage, requestMessage } from '../../protocol/cap/dialogues.js';
import { patchDigits, patchU32 } from '../../protocol/cap/patch.js';
import {
  type DigitPlace,
  encodeUserData,
  type MessageTemplate,
  type Parties,
} from '../../protocol/cap/template.js';
import { type DataTemplate, encodeDataTemplate } from '../../protocol/m3ua/template.js';
import { globalTitle } from '../../protocol/sccp/address.js';
import type { AddressingConfig } from '../config/run-config.js';

export interface TemplateOptions {
  readonly addressing: AddressingConfig;
  /** 32 bits that tell the calls of this run from those of others: first half of every call reference number. */
  readonly runId: number;
  /** Octets added to every request; 0 for none. */
  readonly paddingBytes: number;
}

/** Service Indicator of SCCP (Q.704 §14.2.1). */
const SI_SCCP = 3;
/** A parameter tag that RFC 4666 defines for nothing: receivers skip it (§3.2). */
const PADDING_TAG = 0xfffe;
const PARAMETER_HEADER_SIZE = 4;

/**
 * Encodes the requests of a scenario: the whole M3UA DATA message is made once by the full codec, and per request copied and patched. No allocation.
 *
 * Both scenarios begin with the same message: Begin with InitialDP.
 */
export class RequestTemplate {
  /** Octets of every request. */
  readonly length: number;
  /** How many subscribers the requests go round. */
  readonly subscribers: number;
  readonly #bytes: Uint8Array;
  readonly #otidAt: number;
  readonly #sequenceAt: number;
  readonly #slsAt: number;
  readonly #msisdn: NumberPatch;
  readonly #imsi: NumberPatch;

  constructor(options: TemplateOptions) {
    const { addressing } = options;
    const callReference = new Uint8Array(8);
    patchU32(callReference, 0, options.runId);
    const user = encodeUserData(
      parties(addressing),
      requestMessage(
        0,
        originatingCall({
          serviceKey: addressing.serviceKey,
          callingNumber: addressing.msisdnRange.first,
          calledNumber: addressing.calledGt,
          imsi: addressing.imsiRange.first,
          mscNumber: addressing.callingGt,
          vlrNumber: addressing.callingGt,
          callReference,
        }),
      ),
    );
    const data = dataTemplate(addressing, user);
    const { places } = user;
    if (
      places.otid === null ||
      places.callReferenceNumber === null ||
      places.callingPartyNumber === null ||
      places.imsi === null
    ) {
      throw new Error('the template of InitialDP lacks a field that requests differ in');
    }
    this.#bytes = withPadding(data, options.paddingBytes);
    this.length = this.#bytes.length;
    this.subscribers = addressing.msisdnRange.count;
    this.#otidAt = data.userDataAt + places.otid.offset;
    this.#sequenceAt = data.userDataAt + places.callReferenceNumber.offset + 4;
    this.#slsAt = data.slsAt;
    this.#msisdn = new NumberPatch(
      this.#bytes,
      data.userDataAt,
      places.callingPartyNumber,
      addressing.msisdnRange.first,
    );
    this.#imsi = new NumberPatch(this.#bytes, data.userDataAt, places.imsi, addressing.imsiRange.first);
  }

  /**
   * Writes the request at `destination[at]`, where {@link length} octets must be free, and returns its length. The same arguments give the same
   * octets: that is how a request is sent again.
   *
   * @param transactionId OTID, 32 bits
   * @param sequence number of the request in the run; its low 32 bits end the call reference number
   * @param subscriberIndex 0 to `subscribers` - 1
   */
  stamp(
    destination: Uint8Array,
    at: number,
    transactionId: number,
    sequence: number,
    subscriberIndex: number,
    sls: number,
  ): number {
    const msisdnLow = this.#msisdn.prepare(subscriberIndex);
    const imsiLow = this.#imsi.prepare(subscriberIndex);
    destination.set(this.#bytes, at);
    patchU32(destination, at + this.#otidAt, transactionId);
    patchU32(destination, at + this.#sequenceAt, sequence);
    destination[at + this.#slsAt] = sls;
    this.#msisdn.patch(destination, at, msisdnLow);
    this.#imsi.patch(destination, at, imsiLow);
    return this.length;
  }
}

/** Encodes the second leg of the `call` scenario: Continue with ApplyChargingReport and EventReportBCSM. No allocation. */
export class ReportTemplate {
  /** By size of the peer's transaction id, 1 to 4 octets. */
  readonly #variants: readonly ReportVariant[];

  /** `holdNs` is how long the calls last: the duration that is charged. */
  constructor(options: TemplateOptions, holdNs: number) {
    const tenths = Math.max(0, Math.round(holdNs / 1e8));
    this.#variants = ([1, 2, 3, 4] as const).map((size) => {
      const message = { ...reportMessage(0, 0, tenths), dtid: { value: 0, size } };
      const user = encodeUserData(parties(options.addressing), message);
      const data = dataTemplate(options.addressing, user);
      if (user.places.otid === null || user.places.dtid === null)
        throw new Error('the template of the report lacks its ids');
      return {
        bytes: data.bytes,
        otidAt: data.userDataAt + user.places.otid.offset,
        dtidAt: data.userDataAt + user.places.dtid.offset,
        slsAt: data.slsAt,
      };
    });
  }

  /** Octets of a report to a peer whose transaction id has `peerIdSize` octets. */
  length(peerIdSize: number): number {
    return this.#variants[peerIdSize - 1]!.bytes.length;
  }

  /** Writes the report at `destination[at]` and returns its length. `peerId` has `peerIdSize` (1 to 4) octets. */
  stamp(
    destination: Uint8Array,
    at: number,
    transactionId: number,
    peerId: number,
    peerIdSize: number,
    sls: number,
  ): number {
    const variant = this.#variants[peerIdSize - 1]!;
    destination.set(variant.bytes, at);
    patchU32(destination, at + variant.otidAt, transactionId);
    let rest = peerId;
    for (let i = peerIdSize - 1; i >= 0; i--) {
      destination[at + variant.dtidAt + i] = rest;
      rest >>>= 8;
    }
    destination[at + variant.slsAt] = sls;
    return variant.bytes.length;
  }
}

interface ReportVariant {
  readonly bytes: Uint8Array;
  readonly otidAt: number;
  readonly dtidAt: number;
  readonly slsAt: number;
}

/** Numbers of the low digits that are patched per request; those above change once in so many subscribers. */
const BLOCK = 10_000;
const BLOCK_DIGITS = 4;

/** The last four digits of every number below 10 000, first digit in the lowest half octet. */
const LOW_DIGITS = Uint16Array.from({ length: BLOCK }, (_, n) => {
  const [a, b, c, d] = [Math.floor(n / 1000), Math.floor(n / 100) % 10, Math.floor(n / 10) % 10, n % 10];
  return a! | (b! << 4) | (c! << 8) | (d! << 12);
});

/**
 * A subscriber's number in a template: the digits above the last four stand in the template itself and are rewritten only when they change, the
 * last four come from a table.
 *
 * ```
 *   digits  9 9 9 1 0 0 0 0 | 1 2 3 4          even number of digits above: | 2 1 | 4 3 |
 *           in the template | per request      odd:                         | 1 . | 3 2 | . 4 |
 * ```
 */
class NumberPatch {
  readonly #template: Uint8Array;
  readonly #base: number;
  readonly #place: DigitPlace;
  readonly #first: number;
  readonly #lowAt: number;
  readonly #odd: boolean;
  readonly #wide: boolean;
  #blockStart = Number.NaN;

  /** `base` is where in `template` the octets begin that `place` counts in. */
  constructor(template: Uint8Array, base: number, place: DigitPlace, first: string) {
    this.#template = template;
    this.#base = base;
    this.#place = place;
    this.#first = Number(first);
    this.#wide = place.digits >= BLOCK_DIGITS;
    const above = place.digits - BLOCK_DIGITS;
    this.#lowAt = base + place.offset + (above >> 1);
    this.#odd = (above & 1) === 1;
  }

  /** Brings the template's digits up to date for subscriber `index`, and returns what {@link patch} wants. */
  prepare(index: number): number {
    const number = this.#first + index;
    const low = number - this.#blockStart;
    if (low >= 0 && low < BLOCK) return low;
    this.#blockStart = number - (number % BLOCK);
    patchDigits(this.#template, this.#base, this.#place, number);
    return number - this.#blockStart;
  }

  /** Writes the last digits into a copy of the template at `at`. */
  patch(destination: Uint8Array, at: number, low: number): void {
    if (!this.#wide) {
      patchDigits(destination, at + this.#base, this.#place, low);
      return;
    }
    const digits = LOW_DIGITS[low]!;
    const octet = at + this.#lowAt;
    if (this.#odd) {
      destination[octet] = (destination[octet]! & 0x0f) | ((digits & 0x0f) << 4);
      destination[octet + 1] = (digits >> 4) & 0xff;
      destination[octet + 2] = (destination[octet + 2]! & 0xf0) | (digits >> 12);
    } else {
      destination[octet] = digits & 0xff;
      destination[octet + 1] = digits >> 8;
    }
  }
}

function parties(addressing: AddressingConfig): Parties {
  const address = (digits: string) => ({
    routeOn: 'gt' as const,
    pointCode: null,
    subsystemNumber: addressing.ssn,
    globalTitle: globalTitle(digits),
  });
  return {
    called: address(addressing.calledGt),
    calling: address(addressing.callingGt),
    // Class 1: in sequence, as the two legs of a call need it.
    protocolClass: 1,
    returnOnError: true,
  };
}

function dataTemplate(addressing: AddressingConfig, user: MessageTemplate): DataTemplate {
  return encodeDataTemplate({
    networkAppearance: addressing.networkAppearance ?? undefined,
    routingContext: addressing.routingContext ?? undefined,
    protocolData: {
      opc: addressing.opc,
      dpc: addressing.dpc,
      si: SI_SCCP,
      ni: addressing.networkIndicator,
      mp: 0,
      sls: 0,
      userData: user.bytes,
    },
  });
}

/** The message with a last parameter that receivers skip, `octets` long in all, rounded up to the parameter's own size. */
function withPadding(data: DataTemplate, octets: number): Uint8Array {
  if (octets === 0) return data.bytes;
  const size = Math.max(PARAMETER_HEADER_SIZE, (octets + 3) & ~3);
  const at = data.bytes.length;
  const padded = new Uint8Array(at + size);
  padded.set(data.bytes);
  padded[at] = PADDING_TAG >> 8;
  padded[at + 1] = PADDING_TAG & 0xff;
  padded[at + 2] = size >> 8;
  padded[at + 3] = size & 0xff;
  patchU32(padded, data.messageLengthAt, padded.length);
  return padded;
}
