import { SlotQueue, type TransactionSlab } from '../../load/slab.js';
import type { Link } from '../links.js';

/** How one worker sees one target: the requests that wait to be offered, and the links that carry traffic to it. */
export class Target {
  readonly index: number;
  /** Transactions that wait to be handed to the binding, oldest first; a healthy target leaves it empty. */
  readonly queue: SlotQueue;
  readonly #links: Link[] = [];
  readonly #full = new Set<Link>();
  #turn = 0;

  constructor(index: number, slab: TransactionSlab) {
    this.index = index;
    this.queue = new SlotQueue(slab);
  }

  /** Links that carry traffic now. */
  get activeLinks(): number {
    return this.#links.length;
  }

  /** Whether a message offered now would be taken by nobody: no link carries traffic, or all are full. */
  get blocked(): boolean {
    return this.#full.size >= this.#links.length;
  }

  setActive(link: Link, active: boolean): void {
    const at = this.#links.indexOf(link);
    if (active && at < 0) this.#links.push(link);
    if (!active && at >= 0) this.#links.splice(at, 1);
    if (!active) this.#full.delete(link);
  }

  /** The association refused messages: none is offered until it says that there is room. */
  setFull(link: Link): void {
    if (this.#links.includes(link)) this.#full.add(link);
  }

  setWritable(link: Link): void {
    this.#full.delete(link);
  }

  /** The next link with room, in turn; undefined when there is none. */
  nextLink(): Link | undefined {
    for (let tried = 0; tried < this.#links.length; tried++) {
      this.#turn = (this.#turn + 1) % this.#links.length;
      const link = this.#links[this.#turn]!;
      if (!this.#full.has(link)) return link;
    }
    return undefined;
  }
}
