import type { ServiceModel } from '../../responder/service-model.js';

/** Longest answer that is kept while its request is in service: two addresses of 255 octets and some 200 of all else fit. */
const ANSWER_BYTES_MAX = 1024;
const GROWTH = 1024;

/**
 * Answers whose requests occupy a server of the service model: decided at once, sent when the service is over. Grows to what the model's queue
 * holds and no further.
 */
export class InService {
  readonly model: ServiceModel;
  #bytes = new Uint8Array(0);
  #lengths = new Uint16Array(0);
  #slsOf = new Uint8Array(0);
  #associations = new Int32Array(0);
  #receivedNs = new Float64Array(0);
  readonly #free: number[] = [];

  constructor(model: ServiceModel) {
    this.model = model;
  }

  /** Whether {@link begin} would refuse. */
  get full(): boolean {
    return this.model.full;
  }

  /** A place for an answer of `length` octets; write it at `at` of {@link bytes}. The model must not be full. */
  begin(association: number, sls: number, length: number, receivedNs: number, nowNs: number): number {
    if (length > ANSWER_BYTES_MAX)
      throw new RangeError(`an answer of ${length} octets exceeds ${ANSWER_BYTES_MAX}`);
    const slot = this.#free.pop() ?? this.#grow();
    this.#associations[slot] = association;
    this.#slsOf[slot] = sls;
    this.#lengths[slot] = length;
    this.#receivedNs[slot] = receivedNs;
    this.model.arrive(nowNs, slot);
    return slot * ANSWER_BYTES_MAX;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Gives every answer whose service is over to `take`. */
  complete(
    nowNs: number,
    take: (
      association: number,
      sls: number,
      bytes: Uint8Array,
      at: number,
      length: number,
      receivedNs: number,
    ) => void,
  ): void {
    for (let slot = this.model.completed(nowNs); slot >= 0; slot = this.model.completed(nowNs)) {
      take(
        this.#associations[slot]!,
        this.#slsOf[slot]!,
        this.#bytes,
        slot * ANSWER_BYTES_MAX,
        this.#lengths[slot]!,
        this.#receivedNs[slot]!,
      );
      this.#free.push(slot);
    }
  }

  #grow(): number {
    const slots = this.#lengths.length;
    this.#bytes = enlarged(this.#bytes, new Uint8Array((slots + GROWTH) * ANSWER_BYTES_MAX));
    this.#lengths = enlarged(this.#lengths, new Uint16Array(slots + GROWTH));
    this.#slsOf = enlarged(this.#slsOf, new Uint8Array(slots + GROWTH));
    this.#associations = enlarged(this.#associations, new Int32Array(slots + GROWTH));
    this.#receivedNs = enlarged(this.#receivedNs, new Float64Array(slots + GROWTH));
    for (let slot = slots + GROWTH - 1; slot > slots; slot--) this.#free.push(slot);
    return slots;
  }
}

function enlarged<A extends { set(source: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}
