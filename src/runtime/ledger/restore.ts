import type { Configuration, DurableState, Entry, Promised } from '../../cluster/types.js';
import type { Billing } from '../../responder/billing.js';
import type { JournalEntry } from '../../storage/entry-codec.js';
import type { Journal, StoredState } from '../../storage/journal.js';
import { applyRecords, encodeState, restoreState } from './billing-state.js';

const KIND = { data: 0, config: 1 } as const;

/** Entries that a starting node keeps in memory for its peer. */
const KEPT = 20_000;
/** A start that had to read more than this leaves a checkpoint for the next one. */
const CHECKPOINT_ENTRIES = 50_000;

export type LogEntry = Entry<Uint8Array>;

export function toJournal(entry: LogEntry): JournalEntry {
  const { index, epoch } = entry;
  if (entry.kind === 'data') return { index, epoch, kind: KIND.data, body: entry.payload };
  return { index, epoch, kind: KIND.config, body: new TextEncoder().encode(JSON.stringify(entry.config)) };
}

export function fromJournal({ index, epoch, kind, body }: JournalEntry): LogEntry {
  if (kind === KIND.data) return { index, epoch, kind: 'data', payload: body };
  return {
    index,
    epoch,
    kind: 'config',
    config: JSON.parse(new TextDecoder().decode(body)) as Configuration,
  };
}

export interface Restored {
  /** For `new ClusterNode`. */
  readonly stored: DurableState<Uint8Array, Uint8Array>;
  /** Entries that were read. */
  readonly replayed: number;
}

/**
 * Brings a fresh application to the state that the journal tells, by the newest checkpoint that fits and the entries behind it.
 * @param upTo last entry to apply; everything by default
 * @throws StorageError when the journal is damaged in its middle
 */
export function restore(
  journal: Journal,
  billing: Billing,
  nowNs: number,
  upTo = journal.lastIndex,
): Restored {
  const checkpoint = fitting(journal, upTo);
  const from = checkpoint ?? journal.base;
  if (from !== null) restoreState(billing, from.state, nowNs);
  let config = (from === null || from.head === '' ? null : JSON.parse(from.head)) as Configuration | null;
  let before = { index: from?.index ?? 0, epoch: from?.epoch ?? 0, config };
  const kept: LogEntry[] = [];
  let replayed = 0;
  for (const stored of journal.entries(before.index + 1)) {
    if (stored.index > upTo) break;
    const entry = fromJournal(stored);
    if (entry.kind === 'data') applyRecords(billing, entry.payload, nowNs);
    else config = entry.config;
    replayed += 1;
    kept.push(entry);
    if (kept.length >= 2 * KEPT) before = forget(kept, before.config);
  }
  const lastEpoch = kept.at(-1)?.epoch ?? before.epoch;
  if (replayed > CHECKPOINT_ENTRIES && upTo === journal.lastIndex) {
    checkpointAt(journal, billing, journal.lastIndex, lastEpoch, config);
  }
  return {
    stored: { promised: promisedOf(journal), base: { ...before, state: new Uint8Array(0) }, entries: kept },
    replayed,
  };
}

/** Leaves a state to start from. Only for a state that rests on the journal's last entry. */
export function checkpointAt(
  journal: Journal,
  billing: Billing,
  index: number,
  epoch: number,
  config: Configuration | null,
): void {
  journal.setCheckpoint({ index, epoch, head: JSON.stringify(config), state: encodeState(billing) });
}

/** Drops the older half of the kept entries. */
function forget(kept: LogEntry[], config: Configuration | null) {
  const dropped = kept.splice(0, KEPT);
  const last = dropped.at(-1)!;
  const newest = dropped.findLast((entry) => entry.kind === 'config');
  return { index: last.index, epoch: last.epoch, config: newest?.kind === 'config' ? newest.config : config };
}

/** A checkpoint that rests on an entry which is still in the log. */
function fitting(journal: Journal, upTo: number): StoredState | null {
  const { checkpoint } = journal;
  if (checkpoint === null || checkpoint.index > upTo) return null;
  for (const entry of journal.entries(checkpoint.index))
    return entry.epoch === checkpoint.epoch ? checkpoint : null;
  return null;
}

function promisedOf(journal: Journal): Promised {
  const bytes = journal.promise;
  if (bytes === null) return { epoch: 0, to: 'a' };
  return JSON.parse(new TextDecoder().decode(bytes)) as Promised;
}
