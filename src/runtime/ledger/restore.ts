import type { Configuration, DurableState, Entry, Promised } from '../../cluster/types.js';
import type { Billing } from '../../responder/billing.js';
import { restoreSnapshot } from '../../responder/snapshot.js';
import type { JournalEntry } from '../../storage/entry-codec.js';
import type { Journal } from '../../storage/journal.js';
import type { StoredState } from '../../storage/kept-states.js';
import { eachRecord } from './billing-decider.js';
import type { Capture } from './conductor.js';

const KIND = { data: 0, config: 1 } as const;

/** Octets of records that a node keeps in memory for its peer: of some hundred thousand charges. */
export const OCTETS_KEPT = 32 * 1024 * 1024;

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

/** What the head of a state says. */
export function configOf(stored: StoredState | null): Configuration | null {
  return stored === null ? null : (JSON.parse(stored.head) as Configuration | null);
}

export function toStored({ state, ...capture }: Capture): StoredState {
  return { ...factsOf(capture), state };
}

/** A state without its octets. */
export function factsOf({
  index,
  epoch,
  config,
  records,
}: Omit<Capture, 'state'>): Omit<StoredState, 'state'> {
  return { index, epoch, head: JSON.stringify(config), records };
}

export interface Restored {
  /** Newest configuration. */
  readonly config: Configuration | null;
  /** Entries that were applied. */
  readonly replayed: number;
}

/**
 * Brings a fresh application to the state that the journal tells, by the newest state that fits and the entries behind it.
 * @param upTo last entry to apply; everything by default
 * @throws StorageError when the journal is damaged in its middle
 */
export function restore(
  journal: Journal,
  billing: Billing,
  nowNs: number,
  upTo = journal.lastIndex,
): Restored {
  const from = journal.stateUpTo(upTo);
  if (from !== null) restoreSnapshot(billing, from.state, nowNs);
  let config = configOf(from);
  let replayed = 0;
  for (const stored of journal.entries((from?.index ?? 0) + 1)) {
    if (stored.index > upTo) break;
    const entry = fromJournal(stored);
    if (entry.kind === 'config') config = entry.config;
    else eachRecord(entry.payload, (words, floats, at) => billing.apply(words, floats, at, nowNs));
    replayed += 1;
  }
  return { config, replayed };
}

/**
 * What a node of a cluster starts with: the end of its log, for a peer that lacks it.
 * @param config newest configuration of the log
 */
export function durableState(journal: Journal, config: Configuration | null): DurableState<Uint8Array> {
  const kept: LogEntry[] = [];
  let octets = 0;
  for (const stored of journal.newestEntries()) {
    octets += stored.body.length;
    kept.push(fromJournal(stored));
    // The first of them is only there to say what the others follow.
    if (octets > OCTETS_KEPT) break;
  }
  kept.reverse();
  const { base } = journal.states;
  const before = kept.length > 0 && kept[0]!.index > journal.baseIndex + 1 ? kept.shift()! : null;
  // Only the newest configuration is ever asked for: it is among the entries, or older than all of them.
  const inKept = kept.some(({ kind }) => kind === 'config');
  return {
    promised: promisedOf(journal),
    base: {
      index: before?.index ?? base?.index ?? 0,
      epoch: before?.epoch ?? base?.epoch ?? 0,
      config: inKept ? null : config,
    },
    entries: kept,
  };
}

function promisedOf(journal: Journal): Promised {
  const bytes = journal.promise;
  if (bytes === null) return { epoch: 0, to: 'a' };
  return JSON.parse(new TextDecoder().decode(bytes)) as Promised;
}
