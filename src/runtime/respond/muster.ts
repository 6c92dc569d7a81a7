import type { SctpEndpoint } from '../../transport/sctp.js';

/**
 * Where the serving threads of one endpoint wait for each other before any of them reads its socket: the system spreads packets by a hash over the
 * sockets that are bound, so a socket that joins later would draw packets of associations that another one has.
 *
 * ```
 *   Int32   0 threads bound   1 SCTP port   2 UDP port (both valid once a thread is bound)   3 one of them could not
 * ```
 */
const WORDS = 4;

export class Muster {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer(WORDS * 4)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** The first thread is bound, to ports that the others share. */
  lead({ sctpPort, udpPort }: SctpEndpoint): void {
    Atomics.store(this.#words, 1, sctpPort);
    Atomics.store(this.#words, 2, udpPort);
    this.join();
  }

  /** A further thread is bound. */
  join(): void {
    Atomics.add(this.#words, 0, 1);
    Atomics.notify(this.#words, 0);
  }

  /** A thread ends without having been bound: nobody waits for it. */
  fail(): void {
    Atomics.store(this.#words, 3, 1);
    Atomics.add(this.#words, 0, 1);
    Atomics.notify(this.#words, 0);
  }

  /** Blocks until `count` threads are bound. @returns false when one of them could not be */
  await(count: number): boolean {
    for (;;) {
      const bound = Atomics.load(this.#words, 0);
      if (Atomics.load(this.#words, 3) === 1) return false;
      if (bound >= count) return true;
      Atomics.wait(this.#words, 0, bound);
    }
  }

  /** The ports of the first thread; once {@link await} has returned true. */
  get ports(): { readonly sctpPort: number; readonly udpPort: number } {
    return { sctpPort: Atomics.load(this.#words, 1), udpPort: Atomics.load(this.#words, 2) };
  }
}
