import type { Database } from 'lmdb';
import { seal, unseal } from './entry-codec.js';

/** State of the application after the entry `index`. */
export interface StoredState {
  readonly index: number;
  readonly epoch: number;
  /** A few facts for the writer. */
  readonly head: string;
  /** Charging records that the state rests on, from the first one ever made. */
  readonly records: number;
  readonly state: Uint8Array;
}

/** A state as the journal's list of states names it; its octets lie in pieces of their own. */
export interface StateFacts extends Omit<StoredState, 'state'> {
  /** Part of the keys of its pieces; never used twice. */
  readonly generation: number;
  readonly pieces: number;
  readonly octets: number;
}

/**
 * The states of a journal, oldest first.
 *
 * ```
 *   entries   ......|=======|===========|==========|=====>
 *               pruned    base       middle      newest        newest: a start begins here
 *                                                              middle: becomes the base when enough records lie behind it
 * ```
 */
export interface StateList {
  /** What the log begins behind; null: it begins with entry 1. */
  readonly base: StateFacts | null;
  readonly middle: StateFacts | null;
  readonly newest: StateFacts | null;
}

const LIST_KEY = 'states';
const PIECE_PREFIX = 'state.';
/** Small enough that a commit which takes one along is hardly slower. */
export const STATE_PIECE_OCTETS = 256 * 1024;

/** One write to the journal's small values. */
export interface MetaWrite {
  readonly key: string;
  /** Null: the key goes. */
  readonly bytes: Uint8Array | null;
}

/** The list of a journal, null when it is damaged. */
export function readStates(meta: Database<Uint8Array, string>): StateList | null {
  const stored = meta.get(LIST_KEY);
  if (stored === undefined) return { base: null, middle: null, newest: null };
  const bytes = unseal(stored);
  return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as StateList);
}

export function listWrite(list: StateList): MetaWrite {
  return { key: LIST_KEY, bytes: seal(new TextEncoder().encode(JSON.stringify(list))) };
}

/** The pieces of a state, to be written before the list that names it, and its place in that list. */
export function piecesOf(
  { state, ...facts }: StoredState,
  generation: number,
): { readonly facts: StateFacts; readonly writes: readonly (() => MetaWrite)[] } {
  const pieces = Math.ceil(state.length / STATE_PIECE_OCTETS);
  const writes = Array.from({ length: pieces }, (_, piece) => () => {
    const from = piece * STATE_PIECE_OCTETS;
    return pieceWrite(generation, piece, state.subarray(from, from + STATE_PIECE_OCTETS));
  });
  return { facts: { ...facts, generation, pieces, octets: state.length }, writes };
}

/** One piece of a state, `STATE_PIECE_OCTETS` of them or the rest. */
export function pieceWrite(generation: number, piece: number, state: Uint8Array): MetaWrite {
  return { key: pieceKey(generation, piece), bytes: seal(state) };
}

/** The whole state, null when a piece of it is missing or damaged. */
export function readState(meta: Database<Uint8Array, string>, facts: StateFacts): StoredState | null {
  const { generation, pieces, octets, ...rest } = facts;
  const state = new Uint8Array(octets);
  for (let piece = 0; piece < pieces; piece++) {
    const part = unseal(meta.get(pieceKey(generation, piece)));
    const at = piece * STATE_PIECE_OCTETS;
    if (part === null || part.length !== Math.min(STATE_PIECE_OCTETS, octets - at)) return null;
    state.set(part, at);
  }
  return { ...rest, state };
}

/**
 * Pieces that no state of the list has: of states that are no longer needed, or that a killed process had not finished.
 * @param coming generation of a state that is being written
 */
export function* orphans(
  meta: Database<Uint8Array, string>,
  list: StateList,
  coming: number,
): IterableIterator<MetaWrite> {
  const known = new Set([coming, ...statesOf(list).map(({ generation }) => generation)]);
  for (const key of meta.getKeys({ start: PIECE_PREFIX })) {
    if (!key.startsWith(PIECE_PREFIX)) return;
    if (!known.has(Number(key.split('.')[1]))) yield { key, bytes: null };
  }
}

export function nextGeneration(list: StateList): number {
  return 1 + Math.max(0, ...statesOf(list).map(({ generation }) => generation));
}

/**
 * The list with one state more. The base moves up when that leaves `recordsKept` records or more behind it.
 * @param recordsKept Infinity: the base stays
 */
export function withNewest(list: StateList, newest: StateFacts, recordsKept: number): StateList {
  const { base, middle } = list;
  if (middle === null) return { base, middle: newest, newest };
  if (newest.records - middle.records < recordsKept) return { ...list, newest };
  return { base: middle, middle: newest, newest };
}

/** The list without states of entries above `index`, which are lost. */
export function withoutBeyond({ base, middle, newest }: StateList, index: number): StateList {
  const kept = (facts: StateFacts | null) => (facts !== null && facts.index <= index ? facts : null);
  return { base, middle: kept(middle), newest: kept(newest) ?? kept(middle) };
}

function statesOf({ base, middle, newest }: StateList): StateFacts[] {
  return [base, middle, newest].filter((facts) => facts !== null);
}

function pieceKey(generation: number, piece: number): string {
  return `${PIECE_PREFIX}${generation}.${piece}`;
}
