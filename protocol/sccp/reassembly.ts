import { hex } from '../bytes/tree.js';
import { ByteWriter } from '../bytes/writer.js';
import { type SccpAddress, writeSccpAddress } from './address.js';
import { encodeLudt, LONG_DATA_MAX } from './ludt.js';
import type { ProtocolClass } from './parts.js';
import type { Segmentation } from './segmentation.js';
import { encodeUdt } from './udt.js';

/** Bounds of a reassembler, named in `config/limits`. */
export interface ReassemblyLimits {
  /** Messages under reassembly at a time; a further one is refused. */
  readonly messagesMax: number;
  /** Octets of one message, at most 3952; a longer one is refused. */
  readonly octetsMax: number;
  /** T(reass) (Q.714 annex C, 10 to 20 s): time from the first to the last segment. */
  readonly reassemblyMs: number;
}

/** A received message with a segmentation parameter (XUDT or LUDT). */
export interface Segment {
  readonly called: SccpAddress;
  readonly calling: SccpAddress;
  readonly data: Uint8Array;
  readonly segmentation: Segmentation;
}

export type ReassemblyResult =
  | { readonly kind: 'incomplete' }
  /** `bytes`: the whole message as UDT or LUDT, for decoders and readers alike. */
  | { readonly kind: 'complete'; readonly bytes: Uint8Array }
  /** The message is given up; `returnCause` for an XUDTS, when the sender asked for one. */
  | { readonly kind: 'refused'; readonly returnCause: number };

interface Process {
  readonly parts: Uint8Array[];
  octets: number;
  remaining: number;
  readonly deadlineMs: number;
}

/** Return causes (Q.713 §3.12). */
const ERROR_IN_MESSAGE_TRANSPORT = 8;
const CANNOT_REASSEMBLE = 10;
const SHORT_DATA_MAX = 255;

/**
 * Joins segmented connectionless messages (Q.714 §4.1.1.3), told apart by calling address and local reference. Sans-IO: time
 * comes in as an argument, in milliseconds of any monotonic clock.
 *
 * ```
 *   first, n to follow -> n - 1 to follow -> ... -> 0 to follow: complete
 *        \ anything else, too long, or T(reass) over: given up
 * ```
 */
export class Reassembler {
  readonly #limits: ReassemblyLimits;
  /** In order of deadlines: they all lie T(reass) after their beginning, and a Map keeps insertion order. */
  readonly #processes = new Map<string, Process>();
  /** What was given up, by reason. */
  readonly counters = { outOfSequence: 0, tooLong: 0, tooMany: 0, timedOut: 0, restarted: 0 };

  constructor(limits: ReassemblyLimits) {
    this.#limits = { ...limits, octetsMax: Math.min(limits.octetsMax, LONG_DATA_MAX) };
  }

  /** Takes one segment. The data is copied: the segment's buffer may be reused. */
  add(segment: Segment, options: ProtocolClass, nowMs: number): ReassemblyResult {
    this.expire(nowMs);
    const { segmentation, data } = segment;
    const key = keyOf(segment);
    const existing = this.#processes.get(key);
    if (segmentation.first) {
      if (existing !== undefined) {
        this.#processes.delete(key);
        this.counters.restarted++;
      }
      return this.#begin(key, segment, options, nowMs);
    }
    if (existing === undefined || segmentation.remaining !== existing.remaining - 1) {
      this.#processes.delete(key);
      this.counters.outOfSequence++;
      return { kind: 'refused', returnCause: ERROR_IN_MESSAGE_TRANSPORT };
    }
    existing.octets += data.length;
    if (existing.octets > this.#limits.octetsMax) {
      this.#processes.delete(key);
      this.counters.tooLong++;
      return { kind: 'refused', returnCause: CANNOT_REASSEMBLE };
    }
    existing.parts.push(data.slice());
    existing.remaining = segmentation.remaining;
    if (existing.remaining > 0) return { kind: 'incomplete' };
    this.#processes.delete(key);
    return { kind: 'complete', bytes: join(segment, options, existing.parts) };
  }

  /** When {@link expire} has something to do; Infinity when nothing is under reassembly. */
  get nextDeadlineMs(): number {
    const oldest = this.#processes.values().next();
    return oldest.done === true ? Number.POSITIVE_INFINITY : oldest.value.deadlineMs;
  }

  /** Gives up messages whose T(reass) is over. */
  expire(nowMs: number): void {
    for (const [key, reassembly] of this.#processes) {
      if (reassembly.deadlineMs > nowMs) break;
      this.#processes.delete(key);
      this.counters.timedOut++;
    }
  }

  #begin(key: string, segment: Segment, options: ProtocolClass, nowMs: number): ReassemblyResult {
    const { data, segmentation } = segment;
    if (segmentation.remaining === 0) {
      return { kind: 'complete', bytes: join(segment, options, [data]) };
    }
    if (this.#processes.size >= this.#limits.messagesMax) {
      this.counters.tooMany++;
      return { kind: 'refused', returnCause: CANNOT_REASSEMBLE };
    }
    this.#processes.set(key, {
      parts: [data.slice()],
      octets: data.length,
      remaining: segmentation.remaining,
      deadlineMs: nowMs + this.#limits.reassemblyMs,
    });
    return { kind: 'incomplete' };
  }
}

function keyOf(segment: Segment): string {
  const writer = new ByteWriter(32);
  writeSccpAddress(segment.calling, writer);
  return `${hex(writer.finish())}/${segment.segmentation.localReference}`;
}

function join(segment: Segment, options: ProtocolClass, parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(SHORT_DATA_MAX);
  for (const part of parts) writer.octets(part);
  const message = { ...options, called: segment.called, calling: segment.calling, data: writer.finish() };
  return (message.data.length <= SHORT_DATA_MAX ? encodeUdt(message) : encodeLudt(message)).bytes;
}
