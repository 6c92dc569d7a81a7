import { M3UA_PPID } from '../../../protocol/m3ua/codes.js';
import { dataStreamForSls } from '../../../protocol/m3ua/streams.js';
import { type SctpHost, TX } from '../../transport/sctp.js';

/** Answers of one association that wait while SCTP refuses them; a further one is dropped and counted. */
const WAITING_MAX = 500_000;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly stream: number;
}

/**
 * Answers on their way to the binding. Those written one after the other for one association leave in one call and share packets; what SCTP has no
 * room for waits here, in order.
 */
export class Outbox {
  /** Answers dropped because too many waited, or because their association was gone. */
  dropped = 0;
  readonly #host: SctpHost;
  readonly #streamsOf: (association: number) => number;
  readonly #waiting = new Map<number, Line>();
  readonly #recordsMax: number;
  #association = 0;
  #streams = 1;
  #count = 0;
  #bytes = 0;

  /** @param streamsOf outgoing streams of an association, stream 0 included */
  constructor(host: SctpHost, streamsOf: (association: number) => number) {
    this.#host = host;
    this.#streamsOf = streamsOf;
    this.#recordsMax = Math.floor(host.txRecords.length / TX.stride);
  }

  /** Where the next answer for this association, of at most `length` octets, may be written in `host.txBytes`; then call {@link wrote}. */
  room(association: number, length: number): number {
    const full = this.#count === this.#recordsMax || this.#bytes + length > this.#host.txBytes.length;
    if (full || (this.#count > 0 && association !== this.#association)) this.flush();
    if (this.#count === 0) {
      this.#association = association;
      this.#streams = this.#streamsOf(association);
    }
    return this.#bytes;
  }

  /** An answer of `length` octets stands at the place that {@link room} named. */
  wrote(length: number, sls: number): void {
    const { txRecords } = this.#host;
    const at = this.#count * TX.stride;
    txRecords[at + TX.association] = this.#association;
    txRecords[at + TX.stream] = dataStreamForSls(sls, this.#streams);
    txRecords[at + TX.ppid] = M3UA_PPID;
    txRecords[at + TX.offset] = this.#bytes;
    txRecords[at + TX.length] = length;
    txRecords[at + TX.token] = 0;
    this.#count += 1;
    this.#bytes += length;
  }

  /** Hands what was written to the binding. */
  flush(): void {
    if (this.#count === 0) return;
    const waiting = this.#waiting.get(this.#association);
    const taken = waiting === undefined ? Math.max(this.#host.send(0, this.#count), 0) : 0;
    if (taken < this.#count) this.#keep(taken);
    this.#count = 0;
    this.#bytes = 0;
  }

  /** There is room again. */
  writable(association: number): void {
    const line = this.#waiting.get(association);
    if (line === undefined) return;
    // What was written meanwhile goes to the end of the line.
    this.flush();
    while (line.length > 0) {
      const count = this.#stage(association, line);
      const taken = Math.max(this.#host.send(0, count), 0);
      line.drop(taken);
      if (taken < count) return;
    }
    this.#waiting.delete(association);
  }

  /** The association is gone or began anew, and what waited for it is of no use to its peer. */
  forget(association: number): void {
    this.flush();
    this.dropped += this.#waiting.get(association)?.length ?? 0;
    this.#waiting.delete(association);
  }

  /** Copies the head of a line into the send batch, which is empty; returns the number of messages. */
  #stage(association: number, line: Line): number {
    const { txBytes, txRecords } = this.#host;
    const most = Math.min(this.#recordsMax, line.length);
    let offset = 0;
    for (let count = 0; count < most; count++) {
      const { bytes, stream } = line.at(count);
      if (offset + bytes.length > txBytes.length) return count;
      txBytes.set(bytes, offset);
      const at = count * TX.stride;
      txRecords[at + TX.association] = association;
      txRecords[at + TX.stream] = stream;
      txRecords[at + TX.ppid] = M3UA_PPID;
      txRecords[at + TX.offset] = offset;
      txRecords[at + TX.length] = bytes.length;
      txRecords[at + TX.token] = 0;
      offset += bytes.length;
    }
    return most;
  }

  /** Moves the records from `first` on to the waiting ones. */
  #keep(first: number): void {
    const { txBytes, txRecords } = this.#host;
    let line = this.#waiting.get(this.#association);
    if (line === undefined) {
      line = new Line();
      this.#waiting.set(this.#association, line);
    }
    for (let index = first; index < this.#count; index++) {
      if (line.length >= WAITING_MAX) {
        this.dropped += this.#count - index;
        return;
      }
      const at = index * TX.stride;
      const offset = txRecords[at + TX.offset]!;
      const bytes = txBytes.slice(offset, offset + txRecords[at + TX.length]!);
      line.push({ bytes, stream: txRecords[at + TX.stream]! });
    }
  }
}

/** Dropped entries that a line carries along before it is copied without them. */
const DROPPED_MAX = 1024;

/** First in, first out. Taking from the head costs the same however many wait behind it. */
class Line {
  #items: Waiting[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  at(index: number): Waiting {
    return this.#items[this.#head + index]!;
  }

  push(item: Waiting): void {
    this.#items.push(item);
  }

  drop(count: number): void {
    this.#head += count;
    if (this.#head < DROPPED_MAX || 2 * this.#head < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
