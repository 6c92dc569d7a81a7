import { type Addressing, type AnswerTemplate, type CallTerms, encodeAnswer } from './answers.js';

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
  readonly next: Requester | null;
  readonly #templates = new Map<number, AnswerTemplate>();

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
  template(answer: number, reason: number, terms: CallTerms): AnswerTemplate {
    const key = (answer << 24) | (reason << 16) | terms.index;
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    const encoded = encodeAnswer(this.addressing, answer, reason, terms);
    this.#templates.set(key, encoded);
    return encoded;
  }
}

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

function sameOctets(own: Uint8Array, bytes: Uint8Array, offset: number, length: number): boolean {
  if (own.length !== length) return false;
  for (let i = 0; i < length; i++) if (own[i] !== bytes[offset + i]) return false;
  return true;
}
