import { stampOf, type WorkloadRecord } from './workload.js';

/**
 * Head of every message of the TCP and UDP workloads, big endian; padding follows up to `length`.
 *
 *      0        4        8        12       16              24              32
 *     | "BHWS" | length | stream | 0      | sequence (f64) | sent (f64, ms) |
 */
export const HEADER_BYTES = 32;
const MAGIC = 0x42485753;

/** Largest message; anything longer is no message of ours. */
export const MESSAGE_BYTES_MAX = 65_000;

export interface MessageHead {
  readonly length: number;
  /** Chosen by the sender at random; a new one after each connection. */
  readonly stream: number;
  readonly sequence: number;
  /** Sender's wall clock, ms. */
  readonly sentMs: number;
}

/** Writes a head at the start of `target`. */
export function writeHead(target: Uint8Array, head: MessageHead): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint32(0, MAGIC);
  view.setUint32(4, head.length);
  view.setUint32(8, head.stream);
  view.setUint32(12, 0);
  view.setFloat64(16, head.sequence);
  view.setFloat64(24, head.sentMs);
}

/** Reads a head; null when the bytes are none of ours. */
export function readHead(bytes: Uint8Array, offset = 0): MessageHead | null {
  if (bytes.byteLength - offset < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_BYTES);
  const length = view.getUint32(4);
  const sequence = view.getFloat64(16);
  if (view.getUint32(0) !== MAGIC || length < HEADER_BYTES || length > MESSAGE_BYTES_MAX) return null;
  if (!Number.isSafeInteger(sequence) || sequence < 0) return null;
  return { length, stream: view.getUint32(8), sequence, sentMs: view.getFloat64(24) };
}

/** What a tracker counted. */
export interface SequenceCounts {
  readonly received: number;
  /** Missing so far: skipped numbers less those that came later. */
  readonly lost: number;
  /** Came after a later number. */
  readonly late: number;
  readonly longestSilenceMs: number;
}

/**
 * Follows the sequence numbers of one stream and records what is missing, and silences. Pure: time comes in.
 */
export class SequenceTracker {
  private readonly silenceMs: number;
  private expected: number | null = null;
  private lastMs: number | null = null;
  private received = 0;
  private skipped = 0;
  private late = 0;
  private longestSilenceMs = 0;

  /** @param silenceMs a time without messages above this is recorded also when nothing was lost. */
  constructor(silenceMs: number) {
    this.silenceMs = silenceMs;
  }

  /** @param nowMs wall clock at arrival. @returns a record when this message ends a gap. */
  arrive(sequence: number, nowMs: number): WorkloadRecord | null {
    const last = this.lastMs;
    const expected = this.expected;
    this.received++;
    this.lastMs = nowMs;
    if (expected !== null && sequence < expected) {
      this.late++;
      return null;
    }
    this.expected = sequence + 1;
    if (expected === null || last === null) return null;
    const lost = sequence - expected;
    const silence = Math.max(0, nowMs - last);
    this.skipped += lost;
    this.longestSilenceMs = Math.max(this.longestSilenceMs, silence);
    if (lost === 0 && silence <= this.silenceMs) return null;
    return {
      event: 'gap',
      startedAt: stampOf(last),
      endedAt: stampOf(nowMs),
      durationMs: silence,
      lost,
      firstSequence: lost > 0 ? expected : null,
      lastSequence: lost > 0 ? sequence - 1 : null,
      reason: lost > 0 ? 'sequence numbers missing' : 'silence',
    };
  }

  counts(): SequenceCounts {
    const lost = Math.max(0, this.skipped - this.late);
    return { received: this.received, lost, late: this.late, longestSilenceMs: this.longestSilenceMs };
  }
}
