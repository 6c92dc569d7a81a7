/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna), four 32-bit words of state, the same sequence on every machine. Not for secrets.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  /** `seed` is any safe integer; `stream` tells apart generators of one seed, such as those of the workers. */
  constructor(seed: number, stream = 0) {
    let mixed =
      (seed >>> 0) ^
      Math.imul(Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b1) ^
      Math.imul(stream + 1, 0x85ebca6b);
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      this.#state[i] = scramble(mixed);
    }
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** A copy of the four words of state. */
  get state(): Uint32Array {
    return this.#state.slice();
  }

  /** 0 to 2^32 - 1. */
  u32(): number {
    const state = this.#state;
    const product = Math.imul(state[1]!, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = state[1]! << 9;
    state[2] = state[2]! ^ state[0]!;
    state[3] = state[3]! ^ state[1]!;
    state[1] = state[1]! ^ state[2]!;
    state[0] = state[0]! ^ state[3]!;
    state[2] = state[2]! ^ shifted;
    state[3] = (state[3]! << 11) | (state[3]! >>> 21);
    return result >>> 0;
  }

  /** Above 0, at most 1, in steps of 2^-53. */
  unit(): number {
    const high = this.u32() >>> 5;
    const low = this.u32() >>> 6;
    return (high * 67_108_864 + low + 1) / 9_007_199_254_740_992;
  }

  /** Exponentially distributed with mean 1. */
  exponential(): number {
    return -Math.log(this.unit());
  }
}

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
function scramble(word: number): number {
  let z = word;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
