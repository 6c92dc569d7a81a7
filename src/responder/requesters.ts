import { DecodeError } from '../../protocol/bytes/errors.js';
import { decodeSccpAddress } from '../../protocol/sccp/address.js';
import { type Addressing, type AnswerForm, type AnswerTemplate, encodeAnswer } from './answers.js';

/** The addressing of the request at hand as plain numbers and ranges, so that nothing is allocated to look it up. */
export interface AddressingView {
  readonly networkAppearance: number;
  readonly routingContext: number;
  readonly opc: number;
  readonly dpc: number;
  readonly ni: number;
  readonly mp: number;
  readonly otidSize: number;
  readonly hasDialogue: boolean;
  readonly bytes: Uint8Array;
  readonly calledOffset: number;
  readonly calledLength: number;
  readonly callingOffset: number;
  readonly callingLength: number;
  /** Hash of the calling address, `hashAddress`. */
  readonly requester: number;
}

/** One addressing signature with the answers that were encoded for it. */
export class Requester {
  readonly addressing: Addressing;
  readonly requester: number;
  /** Both addresses decode: an answer can be sent. */
  readonly answerable: boolean;
  readonly next: Requester | null;
  readonly #templates = new Map<number, AnswerTemplate>();
  #lastKey = -1;
  #last: AnswerTemplate | null = null;

  constructor(view: AddressingView, next: Requester | null) {
    const { bytes, calledOffset, calledLength, callingOffset, callingLength } = view;
    this.addressing = {
      networkAppearance: view.networkAppearance,
      routingContext: view.routingContext,
      opc: view.opc,
      dpc: view.dpc,
      ni: view.ni,
      mp: view.mp,
      called: bytes.slice(calledOffset, calledOffset + calledLength),
      calling: bytes.slice(callingOffset, callingOffset + callingLength),
      otidSize: view.otidSize,
      hasDialogue: view.hasDialogue,
    };
    this.requester = view.requester;
    this.answerable = decodes(this.addressing.called) && decodes(this.addressing.calling);
    this.next = next;
  }

  matches(view: AddressingView): boolean {
    const own = this.addressing;
    return (
      this.requester === view.requester &&
      own.opc === view.opc &&
      own.dpc === view.dpc &&
      own.ni === view.ni &&
      own.mp === view.mp &&
      own.routingContext === view.routingContext &&
      own.networkAppearance === view.networkAppearance &&
      own.otidSize === view.otidSize &&
      own.hasDialogue === view.hasDialogue &&
      sameOctets(own.calling, view.bytes, view.callingOffset, view.callingLength) &&
      sameOctets(own.called, view.bytes, view.calledOffset, view.calledLength)
    );
  }

  /** The answer encoded for this addressing; encoded once, then kept. */
  template(form: AnswerForm): AnswerTemplate {
    // `detail` has at most 20 bits, an invoke id is signed: 8 + 8 + 21 bits fit a double exactly.
    const key = (form.answer * 256 + form.cause) * 0x20_0000 + (form.detail + 128);
    if (key === this.#lastKey) return this.#last!;
    const template = this.#templates.get(key) ?? this.#encode(key, form);
    this.#lastKey = key;
    this.#last = template;
    return template;
  }

  #encode(key: number, form: AnswerForm): AnswerTemplate {
    const encoded = encodeAnswer(this.addressing, form);
    // Peers choose the invoke ids of what is rejected: bounded by 256 of them, and emptied before that.
    if (this.#templates.size >= TEMPLATES_MAX) this.#templates.clear();
    this.#templates.set(key, encoded);
    return encoded;
  }
}

/** Templates kept for one requester. */
const TEMPLATES_MAX = 64;

/** Chains of the look-up table; a power of two. */
const BUCKETS = 1024;

/**
 * Answer templates per addressing signature of the requesters seen. Bounded: when full everything is forgotten and encoded anew as needed,
 * so that a peer that changes its address with every request costs time but no memory.
 */
export class RequesterCache {
  readonly #max: number;
  readonly #buckets: (Requester | null)[] = new Array<Requester | null>(BUCKETS).fill(null);
  #count = 0;
  /** Times that the cache was full and was emptied. */
  emptied = 0;

  /** @param requestersMax signatures kept, for instance 4 096 */
  constructor(requestersMax: number) {
    this.#max = requestersMax;
  }

  find(view: AddressingView): Requester {
    const bucket = (view.requester ^ view.opc ^ (view.dpc << 3)) & (BUCKETS - 1);
    let entry: Requester | null = this.#buckets[bucket]!;
    while (entry !== null) {
      if (entry.matches(view)) return entry;
      entry = entry.next;
    }
    return this.#add(view, bucket);
  }

  #add(view: AddressingView, bucket: number): Requester {
    if (this.#count >= this.#max) {
      this.#buckets.fill(null);
      this.#count = 0;
      this.emptied += 1;
    }
    const entry = new Requester(view, this.#buckets[bucket]!);
    this.#buckets[bucket] = entry;
    this.#count += 1;
    return entry;
  }
}

function decodes(address: Uint8Array): boolean {
  try {
    decodeSccpAddress(address);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

function sameOctets(own: Uint8Array, bytes: Uint8Array, offset: number, length: number): boolean {
  if (own.length !== length) return false;
  for (let i = 0; i < length; i++) if (own[i] !== bytes[offset + i]) return false;
  return true;
}
