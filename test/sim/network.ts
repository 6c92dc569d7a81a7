import type { VirtualClock } from './clock.js';
import type { Random } from './random.js';

/** How badly a link behaves. Probabilities per message. */
export interface LinkFaults {
  readonly loss: number;
  readonly duplication: number;
  /** Share of messages that take up to `delayMaxMs` instead of 2 ms at most. */
  readonly slow: number;
  readonly delayMaxMs: number;
}

export const CALM: LinkFaults = { loss: 0, duplication: 0, slow: 0, delayMaxMs: 2 };

/** One direction of one path: loses, repeats, delays and thereby reorders what is sent, or cuts it off. */
export class Link {
  faults: LinkFaults = CALM;
  cut = false;
  readonly #clock: VirtualClock;
  readonly #random: Random;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  send(deliver: () => void): void {
    const random = this.#random;
    const copies = random.chance(this.faults.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.cut || random.chance(this.faults.loss)) continue;
      const slow = random.chance(this.faults.slow);
      this.#clock.after(random.between(0.1, slow ? this.faults.delayMaxMs : 2), deliver);
    }
  }
}
