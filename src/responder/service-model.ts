/** How long a request occupies one server. `next` is called once per request; randomness comes seeded from outside. */
export interface ServiceTime {
  next(): number;
}

export interface ServiceModelOptions {
  readonly servers: number;
  /** Nanoseconds; values below 0 count as 0. */
  readonly serviceTimeNs: ServiceTime;
  /** Requests that may wait for a server; a further one is refused and counted. */
  readonly queueMax: number;
}

/**
 * N servers and one queue, first come first served. Since nobody overtakes and nobody leaves, the end of a request's service is
 * known when it arrives: the earliest server to become free takes it.
 *
 * ```
 *   arrive(now) ->  begins = max(now, min(free))     free      a heap with the time at which each server is free again
 *                   ends   = begins + service time   running   a heap of (end, token): the next end on top
 * ```
 *
 * Occupancy counts from arrival: work done by the protocol stack meanwhile is part of it, not added to it. `nowNs` is the time at which
 * the loop took the request up, not its receive stamp, since a stopped process serves nobody. The model never waits: SCTP goes on being served.
 */
export class ServiceModel {
  readonly #serviceTimeNs: ServiceTime;
  readonly #servers: number;
  readonly #limit: number;
  readonly #free: Float64Array;
  readonly #ends: Float64Array;
  readonly #tokens: Uint32Array;
  #count = 0;
  /** Requests refused because the queue was full. */
  refused = 0;

  constructor(options: ServiceModelOptions) {
    const { servers, queueMax } = options;
    if (!Number.isInteger(servers) || servers < 1 || servers > 65_536) {
      throw new RangeError(`service model: servers must be 1 to 65536, got ${servers}`);
    }
    if (!Number.isInteger(queueMax) || queueMax < 0 || queueMax > 2 ** 24) {
      throw new RangeError(`service model: queueMax must be 0 to 2^24, got ${queueMax}`);
    }
    this.#servers = servers;
    this.#serviceTimeNs = options.serviceTimeNs;
    this.#limit = servers + queueMax;
    this.#free = new Float64Array(servers);
    this.#ends = new Float64Array(this.#limit);
    this.#tokens = new Uint32Array(this.#limit);
  }

  /** Requests in service or waiting. */
  get occupied(): number {
    return this.#count;
  }

  /** Whether {@link arrive} would refuse. */
  get full(): boolean {
    return this.#count >= this.#limit;
  }

  /** Takes a request in and returns when it will be done, or -1 when the queue is full. */
  arrive(nowNs: number, token: number): number {
    if (this.#count >= this.#limit) {
      this.refused += 1;
      return -1;
    }
    const begins = Math.max(nowNs, this.#free[0]!);
    const ends = begins + Math.max(0, this.#serviceTimeNs.next());
    this.#replaceEarliestFree(ends);
    this.#push(ends, token);
    return ends;
  }

  /** When the next request is done, Infinity without one. */
  get nextDeadlineNs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#ends[0]!;
  }

  /** Token of the next request that is done at `nowNs`, in order of completion, or -1. */
  completed(nowNs: number): number {
    if (this.#count === 0 || this.#ends[0]! > nowNs) return -1;
    const token = this.#tokens[0]!;
    this.#pop();
    return token;
  }

  #replaceEarliestFree(value: number): void {
    const heap = this.#free;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#servers) break;
      if (child + 1 < this.#servers && heap[child + 1]! < heap[child]!) child += 1;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }

  #push(end: number, token: number): void {
    const ends = this.#ends;
    const tokens = this.#tokens;
    let at = this.#count++;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (ends[parent]! <= end) break;
      ends[at] = ends[parent]!;
      tokens[at] = tokens[parent]!;
      at = parent;
    }
    ends[at] = end;
    tokens[at] = token;
  }

  #pop(): void {
    const ends = this.#ends;
    const tokens = this.#tokens;
    const count = --this.#count;
    const end = ends[count]!;
    const token = tokens[count]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && ends[child + 1]! < ends[child]!) child += 1;
      if (ends[child]! >= end) break;
      ends[at] = ends[child]!;
      tokens[at] = tokens[child]!;
      at = child;
    }
    ends[at] = end;
    tokens[at] = token;
  }
}
