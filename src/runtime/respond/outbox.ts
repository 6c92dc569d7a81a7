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
  readonly #waiting = new Map<number, Waiting[]>();
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
    const waiting = this.#waiting.get(association);
    if (waiting === undefined) return;
    this.flush();
    this.#waiting.delete(association);
    for (let next = 0; next < waiting.length; next++) {
      const { bytes, stream } = waiting[next]!;
      const at = this.room(association, bytes.length);
      this.#host.txBytes.set(bytes, at);
      this.wrote(bytes.length, 0);
      this.#host.txRecords[(this.#count - 1) * TX.stride + TX.stream] = stream;
      if (this.#count < this.#recordsMax && next < waiting.length - 1) continue;
      this.flush();
      const refused = this.#waiting.get(association);
      if (refused === undefined) continue;
      // Full again: what was refused just now goes before what was not yet tried.
      for (let rest = next + 1; rest < waiting.length; rest++) refused.push(waiting[rest]!);
      return;
    }
  }

  /** The association is gone, and what waited for it with it. */
  forget(association: number): void {
    this.flush();
    this.dropped += this.#waiting.get(association)?.length ?? 0;
    this.#waiting.delete(association);
  }

  /** Moves the records from `first` on to the waiting ones. */
  #keep(first: number): void {
    const { txBytes, txRecords } = this.#host;
    let waiting = this.#waiting.get(this.#association);
    if (waiting === undefined) {
      waiting = [];
      this.#waiting.set(this.#association, waiting);
    }
    for (let index = first; index < this.#count; index++) {
      if (waiting.length >= WAITING_MAX) {
        this.dropped += this.#count - index;
        return;
      }
      const at = index * TX.stride;
      const offset = txRecords[at + TX.offset]!;
      const bytes = txBytes.slice(offset, offset + txRecords[at + TX.length]!);
      waiting.push({ bytes, stream: txRecords[at + TX.stream]! });
    }
  }
}
