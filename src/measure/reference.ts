import type { Span } from './gap-merge.js';
import type { RowTable } from './rows.js';

/** The reference period reaches back this far, */
export const REFERENCE_NS = 5e9;
/** or to this many answers where that is earlier. */
export const REFERENCE_ANSWERS = 1000;

/** What was normal before a window. */
export interface Reference {
  readonly answers: number;
  /** Largest response time (first transmission to answer): `b` of the pause bounds. Null without answers. */
  readonly responseMaxNs: number | null;
  /** 99th percentile of the response time: what was normal for the target, whatever the generator's own lag. */
  readonly responseP99Ns: number | null;
  /** 99th percentile of the latency (due to answer). */
  readonly latencyP99Ns: number | null;
}

/**
 * Describes the quiet time before `beforeNs`: answers of the last 5 s, and earlier ones where those are fewer than 1 000 and an
 * earlier window has cut the 5 s short. Answers to requests due during an earlier window or its recovery (`disturbed`) are left out.
 * @param rows requests of one target.
 */
export function referenceBefore(rows: RowTable, beforeNs: number, disturbed: readonly Span[]): Reference {
  const answered = rows.column('answeredNs');
  const due = rows.column('dueNs');
  const sent = sentTimes(rows);
  const recent: number[] = [];
  const earlier: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const at = rows.ownAnswerNs(i);
    if (at === 0 || at > beforeNs || sent[i] === 0) continue;
    if (touches(disturbed, due[i]!, at)) continue;
    (at >= beforeNs - REFERENCE_NS ? recent : earlier).push(i);
  }
  const missing = Math.max(0, REFERENCE_ANSWERS - recent.length);
  const nearest = missing === 0 ? [] : earlier.sort((a, b) => answered[b]! - answered[a]!).slice(0, missing);
  const used = [...recent, ...nearest];
  if (used.length === 0) {
    return { answers: 0, responseMaxNs: null, responseP99Ns: null, latencyP99Ns: null };
  }
  const responses = Float64Array.from(used, (i) => answered[i]! - sent[i]!).sort();
  const latencies = Float64Array.from(used, (i) => answered[i]! - due[i]!).sort();
  const rank = Math.max(0, Math.ceil(used.length * 0.99) - 1);
  return {
    answers: used.length,
    responseMaxNs: responses[responses.length - 1]!,
    responseP99Ns: responses[rank]!,
    latencyP99Ns: latencies[rank]!,
  };
}

/** First transmissions; offers, where the engine does not tell when it transmitted. */
function sentTimes(rows: RowTable): Float64Array {
  const first = rows.column('firstNs');
  for (let i = 0; i < rows.length; i++) if (first[i] !== 0) return first;
  return rows.column('offeredNs');
}

function touches(spans: readonly Span[], fromNs: number, toNs: number): boolean {
  return spans.some((span) => fromNs <= span.endNs && toNs >= span.startNs);
}
