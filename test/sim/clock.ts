interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: events run in order of time, and at one time in order of arrival. */
export class VirtualClock {
  nowMs = 0;
  #order = 0;
  readonly #heap: Event[] = [];

  after(delayMs: number, run: () => void): void {
    const heap = this.#heap;
    const event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run };
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (before(heap[parent]!, event)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  /** Runs everything due up to `untilMs`, or until `stop` says so. */
  runUntil(untilMs: number, stop: () => boolean): void {
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs && !stop()) {
      const event = this.#pop();
      this.nowMs = event.atMs;
      event.run();
    }
    if (!stop()) this.nowMs = untilMs;
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function before(x: Event, y: Event): boolean {
  return x.atMs < y.atMs || (x.atMs === y.atMs && x.order < y.order);
}
