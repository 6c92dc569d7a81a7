import type { Billing } from './billing.js';
import { DIALOGUE } from './dialogues.js';
import { DIALOGUE_WORDS, HEADER_WORDS, writeHeader } from './snapshot.js';

/** What is copied at once of each table: some tens of kilo-octets. */
const BLOCK = { subscribers: 2048, dialogues: 1024, remembered: 512 } as const;

/** A table that tells before it changes a row. */
interface Watched {
  beforeChange: ((index: number) => void) | null;
}

/** One table of the state in blocks; `copy` brings a block into the snapshot. */
class Part {
  /** Word of the snapshot that each block begins at, and the one behind the last. */
  readonly #starts: Uint32Array;
  readonly #done: Uint8Array;
  readonly #copy: (block: number, at: number) => void;

  constructor(starts: Uint32Array, copy: (block: number, at: number) => void) {
    this.#starts = starts;
    this.#done = new Uint8Array(starts.length - 1);
    this.#copy = copy;
  }

  /** The block is about to be changed, or is asked for. */
  need(block: number): void {
    if (this.#done[block] !== 0) return;
    this.#done[block] = 1;
    this.#copy(block, this.#starts[block]!);
  }

  /** Every block with a word between `from` and `to`. */
  needBetween(from: number, to: number): void {
    const starts = this.#starts;
    for (let block = 0; block < this.#done.length && starts[block]! < to; block++) {
      if (starts[block + 1]! > from) this.need(block);
    }
  }
}

/**
 * The snapshot of a {@link Billing} (`snapshot.ts`) as it is when this is made, copied in blocks: those of a piece when the piece is asked for, and a
 * block that is about to change just before. So no turn of the node that serves copies more than a few blocks, however large the state is.
 */
export class StateCopy {
  readonly count: number;
  readonly #billing: Billing;
  readonly #octets: number;
  readonly #pieceOctets: number;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;
  readonly #parts: readonly Part[];
  readonly #watches: readonly (readonly [Watched, (index: number) => void])[];

  /**
   * Nothing may change before {@link follow} is called or every piece was asked for.
   * @param pieceOctets of every piece but the last
   */
  constructor(billing: Billing, pieceOctets: number) {
    this.#billing = billing;
    this.#pieceOctets = pieceOctets;
    const { ledger, dialogues, duplicates } = billing;
    const subscribers = ledger.subscribers.count;
    const slots = dialogues.usedBefore(BLOCK.dialogues);
    const dialogueWords = slots.at(-1)! * DIALOGUE_WORDS;
    const windowWords = duplicates.snapshotWords;
    const balancesAt = HEADER_WORDS;
    const dialoguesAt = balancesAt + 4 * subscribers;
    const windowAt = dialoguesAt + dialogueWords;
    const total = windowAt + windowWords;
    // Whole float64s, so that both views fit.
    this.#words = new Uint32Array(total + (total & 1));
    this.#floats = new Float64Array(this.#words.buffer);
    this.#octets = total * 4;
    this.count = Math.ceil(this.#octets / pieceOctets);
    writeHeader(this.#words, this.#floats, billing, slots.at(-1)!, windowWords);

    const amounts = (of: Float64Array, at: number) =>
      new Part(evenStarts(subscribers, BLOCK.subscribers, at, 2), (block, to) => {
        const first = block * BLOCK.subscribers;
        this.#floats.set(of.subarray(first, first + BLOCK.subscribers), to / 2);
      });
    const balances = amounts(ledger.balances, balancesAt);
    const reserved = amounts(ledger.reserved, balancesAt + 2 * subscribers);
    const open = new Part(
      slots.map((used) => dialoguesAt + used * DIALOGUE_WORDS),
      (block, to) => this.#copyDialogues(block, to),
    );
    const entries = windowWords / duplicates.entryWords;
    const oldest = duplicates.oldest;
    const window = new Part(
      evenStarts(entries, BLOCK.remembered, windowAt, duplicates.entryWords),
      (block, to) => {
        const first = block * BLOCK.remembered;
        const count = Math.min(BLOCK.remembered, entries - first);
        duplicates.copyEntries(oldest + first, count, this.#words, to);
      },
    );
    this.#parts = [balances, reserved, open, window];

    const subscriberChanges = (subscriber: number): void => {
      const block = Math.floor(subscriber / BLOCK.subscribers);
      balances.need(block);
      reserved.need(block);
    };
    const dialogueChanges = (slot: number): void => open.need(Math.floor(slot / BLOCK.dialogues));
    const entryChanges = (entry: number): void => {
      const place = (entry - oldest) & (duplicates.entriesMax - 1);
      if (place < entries) window.need(Math.floor(place / BLOCK.remembered));
    };
    this.#watches = [
      [ledger, subscriberChanges],
      [dialogues, dialogueChanges],
      [duplicates, entryChanges],
    ];
  }

  /** From now on the state may change. One copy at a time is told of it. */
  follow(): this {
    for (const [table, watch] of this.#watches) table.beforeChange = watch;
    return this;
  }

  at(piece: number): Uint8Array {
    const from = piece * this.#pieceOctets;
    const to = Math.min(from + this.#pieceOctets, this.#octets);
    for (const part of this.#parts) part.needBetween(from / 4, to / 4);
    return new Uint8Array(this.#words.buffer, from, to - from);
  }

  release(): void {
    for (const [table, watch] of this.#watches) if (table.beforeChange === watch) table.beforeChange = null;
  }

  #copyDialogues(block: number, to: number): void {
    const { dialogues } = this.#billing;
    const [words, floats] = [this.#words, this.#floats];
    const end = Math.min((block + 1) * BLOCK.dialogues, dialogues.slotsMax);
    let at = to;
    for (let slot = block * BLOCK.dialogues; slot < end; slot++) {
      if (dialogues.state[slot] === DIALOGUE.free) continue;
      words[at] = dialogues.state[slot]!;
      words[at + 1] = dialogues.ownTransaction[slot]!;
      words[at + 2] = dialogues.peerTransaction[slot]!;
      words[at + 3] = dialogues.requester[slot]!;
      words[at + 4] = dialogues.subscriber[slot]!;
      words[at + 5] = dialogues.serviceKey[slot]!;
      floats[at / 2 + 3] = dialogues.reserved[slot]!;
      at += DIALOGUE_WORDS;
    }
  }
}

/** The whole state at once. */
export function takeSnapshot(billing: Billing): Uint8Array {
  return new StateCopy(billing, Number.MAX_SAFE_INTEGER).at(0);
}

/** Where blocks of `size` rows begin, `rows` of them in all. */
function evenStarts(rows: number, size: number, at: number, rowWords: number): Uint32Array {
  const blocks = Math.ceil(rows / size);
  return Uint32Array.from({ length: blocks + 1 }, (_, block) => at + Math.min(block * size, rows) * rowWords);
}
