import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD, RECORD_KIND } from '../../responder/record.js';
import { Journal } from '../../storage/journal.js';
import { StorageError } from '../../storage/storage-error.js';
import { AUDIT, AUDIT_FILES, type AuditHead } from '../audit.js';
import { RuntimeFault } from '../faults.js';
import { fromJournal, type LogEntry } from './restore.js';

/** What the records of one data folder say. */
export interface LedgerReport {
  readonly folder: string;
  readonly entries: number;
  readonly records: number;
  readonly chargedUnits: number;
  readonly reservedUnits: number;
  readonly subscribersCharged: number;
  /** Requests that were charged more than once. */
  readonly chargedTwice: number;
  /** Settlements of calls that nobody began, or that were settled already. */
  readonly settledTwice: number;
  /** Entries behind damaged ones. */
  readonly damagedEntries: number;
  /** The operator started a node that may lack charges. */
  readonly acceptedLoss: boolean;
}

/** What a run's folder and the records say together. */
export interface AuditReport {
  readonly requests: number;
  readonly answeredAndChargedOnce: number;
  /** In doubt: the generator never saw the answer. */
  readonly chargedNotAnswered: number;
  readonly answeredNotCharged: number;
  readonly chargedTwice: number;
}

export interface VerifyReport {
  readonly ledgers: readonly LedgerReport[];
  /** Null with one folder. Entries that one node lacks at its end are `behind`, not a disagreement. */
  readonly agreement: {
    readonly agree: boolean;
    readonly firstDifference: number | null;
    readonly behind: number;
  } | null;
  readonly audit: AuditReport | null;
  readonly ok: boolean;
}

export interface VerifyRequest {
  readonly data: string;
  readonly against: string | null;
  readonly result: string | null;
}

/**
 * Recomputes a ledger from its charging records.
 * @throws RuntimeFault naming the folder that holds no journal or no audit
 */
export async function verifyLedger({ data, against, result }: VerifyRequest): Promise<VerifyReport> {
  const journals: Journal[] = [];
  try {
    for (const folder of against === null ? [data] : [data, against]) journals.push(Journal.read(folder));
    const audit = result === null ? null : readAudit(result);
    if (audit !== null) refuseWeak(journals);
    const ledgers = journals.map((journal) => readLedger(journal, audit));
    const agreement = journals.length < 2 ? null : compare(journals[0]!, journals[1]!);
    const audited = audit === null ? null : sumUp(audit);
    const twice = ledgers.some(({ chargedTwice, settledTwice }) => chargedTwice + settledTwice > 0);
    const ok =
      !twice &&
      agreement?.agree !== false &&
      (audited === null || (audited.answeredNotCharged === 0 && audited.chargedTwice === 0));
    return { ledgers, agreement, audit: audited, ok };
  } catch (cause) {
    if (cause instanceof StorageError) throw new RuntimeFault(cause.fault, cause.message);
    throw cause;
  } finally {
    for (const journal of journals) await journal.close();
  }
}

interface Audit {
  readonly head: AuditHead;
  /** Per sequence number: what the generator saw. */
  readonly seen: Uint8Array;
  /** Per sequence number: charges or reservations, settlements; the most that any of the folders holds. */
  readonly charged: Uint8Array;
  readonly settled: Uint8Array;
}

function readAudit(folder: string): Audit {
  try {
    const head = JSON.parse(readFileSync(join(folder, AUDIT_FILES.head), 'utf8')) as AuditHead;
    const seen = Uint8Array.from(readFileSync(join(folder, AUDIT_FILES.seen)), (digit) => digit - 0x30);
    return { head, seen, charged: new Uint8Array(seen.length), settled: new Uint8Array(seen.length) };
  } catch (cause) {
    throw new RuntimeFault(
      'usage',
      `${folder}: holds no audit (${(cause as Error).message}); make the run with --audit`,
    );
  }
}

function refuseWeak(journals: readonly Journal[]): void {
  for (const journal of journals) {
    if (journal.weakness === null) continue;
    throw new RuntimeFault(
      'usage',
      `${journal.folder}: was run with ${journal.weakness}, which promises nothing exactly once: no audit`,
    );
  }
}

function readLedger(journal: Journal, audit: Audit | null): LedgerReport {
  const tally = new Tally(audit);
  let acceptedLoss = false;
  let entries = 0;
  for (const stored of journal.entries((journal.base?.index ?? 0) + 1)) {
    const entry = fromJournal(stored);
    entries += 1;
    if (entry.kind === 'data') tally.take(entry.payload);
    else acceptedLoss ||= entry.config.acceptedLoss === true;
    if (stored.index >= journal.lastIndex) break;
  }
  tally.end();
  return {
    folder: journal.folder,
    entries,
    records: tally.records,
    chargedUnits: tally.chargedUnits,
    reservedUnits: [...tally.reserved.values()].reduce((sum, { units }) => sum + units, 0),
    subscribersCharged: tally.spent.size,
    chargedTwice: tally.chargedTwice,
    settledTwice: tally.settledTwice,
    damagedEntries: journal.cut?.dropped ?? 0,
    acceptedLoss,
  };
}

/** Adds up the records of one journal, by other means than the application does. */
class Tally {
  records = 0;
  chargedUnits = 0;
  chargedTwice = 0;
  settledTwice = 0;
  readonly spent = new Map<number, number>();
  readonly reserved = new Map<number, { readonly units: number; readonly sequence: number }>();
  readonly #identities = new Set<string>();
  readonly #audit: Audit | null;
  readonly #charged: Uint8Array;
  readonly #settled: Uint8Array;

  constructor(audit: Audit | null) {
    this.#audit = audit;
    this.#charged = new Uint8Array(audit?.seen.length ?? 0);
    this.#settled = new Uint8Array(audit?.seen.length ?? 0);
  }

  take(payload: Uint8Array): void {
    const octets = new Uint8Array(payload);
    const words = new Uint32Array(octets.buffer);
    const floats = new Float64Array(octets.buffer);
    for (let at = 0; at < words.length; at += RECORD.words) {
      this.records += 1;
      const half = at >>> 1;
      const amount = floats[half + RECORD.amount]!;
      const subscriber = words[at + RECORD.subscriber]!;
      this.chargedUnits += amount;
      if (amount > 0) this.spent.set(subscriber, (this.spent.get(subscriber) ?? 0) + amount);
      const kind = words[at]! & 0xff;
      if (kind === RECORD_KIND.charge) this.#begin(words, octets, at, null);
      else if (kind === RECORD_KIND.reserve) this.#begin(words, octets, at, floats[half + RECORD.reserved]!);
      else if (kind === RECORD_KIND.settle || kind === RECORD_KIND.release) this.#endCall(words, at, kind);
    }
  }

  /** Gives the audit what this journal holds, unless another one held more. */
  end(): void {
    if (this.#audit === null) return;
    const { charged, settled } = this.#audit;
    for (let i = 0; i < charged.length; i++) {
      charged[i] = Math.max(charged[i]!, this.#charged[i]!);
      settled[i] = Math.max(settled[i]!, this.#settled[i]!);
    }
  }

  #begin(words: Uint32Array, octets: Uint8Array, at: number, reservedUnits: number | null): void {
    const lengths = words[at + RECORD.lengths]!;
    const first = (at + RECORD.identity) * 4;
    const reference = first + (lengths & 0xff) + ((lengths >>> 8) & 0xff);
    const length = reference - first + ((lengths >>> 16) & 0xff) + (lengths >>> 24);
    const identity = `${lengths}:${Buffer.from(octets.buffer, first, length).toString('latin1')}`;
    if (this.#identities.has(identity)) this.chargedTwice += 1;
    this.#identities.add(identity);
    const sequence = this.#sequenceOf(octets, reference, (lengths >>> 16) & 0xff);
    if (sequence >= 0) this.#charged[sequence]! += 1;
    if (reservedUnits !== null) {
      this.reserved.set(words[at + RECORD.ownTransaction]!, { units: reservedUnits, sequence });
    }
  }

  #endCall(words: Uint32Array, at: number, kind: number): void {
    const transaction = words[at + RECORD.ownTransaction]!;
    const call = this.reserved.get(transaction);
    if (call === undefined) {
      this.settledTwice += 1;
      return;
    }
    this.reserved.delete(transaction);
    if (kind === RECORD_KIND.settle && call.sequence >= 0) this.#settled[call.sequence]! += 1;
  }

  /** The generator writes 32 bits of its run and 32 bits of the sequence number into the callReferenceNumber; -1 for another run's. */
  #sequenceOf(octets: Uint8Array, at: number, length: number): number {
    if (this.#audit === null || length !== 8) return -1;
    const view = new DataView(octets.buffer, at, 8);
    if (view.getUint32(0) !== this.#audit.head.runBits) return -1;
    const sequence = view.getUint32(4);
    return sequence < this.#charged.length ? sequence : -1;
  }
}

function sumUp({ head, seen, charged, settled }: Audit): AuditReport {
  const report = {
    requests: head.requests,
    answeredAndChargedOnce: 0,
    chargedNotAnswered: 0,
    answeredNotCharged: 0,
    chargedTwice: 0,
  };
  const judge = (answered: boolean, times: number): void => {
    if (times > 1) report.chargedTwice += 1;
    else if (answered && times === 1) report.answeredAndChargedOnce += 1;
    else if (answered) report.answeredNotCharged += 1;
    else if (times === 1) report.chargedNotAnswered += 1;
  };
  for (let i = 0; i < seen.length; i++) {
    judge((seen[i]! & AUDIT.firstLeg) !== 0, charged[i]!);
    if (head.scenario === 'call') judge((seen[i]! & AUDIT.secondLeg) !== 0, settled[i]!);
  }
  return report;
}

/** Compares what both nodes hold: the same entries, as far as both go. */
function compare(one: Journal, other: Journal): NonNullable<VerifyReport['agreement']> {
  const first = Math.max(one.base?.index ?? 0, other.base?.index ?? 0) + 1;
  const last = Math.min(one.lastIndex, other.lastIndex);
  const behind = Math.abs(one.lastIndex - other.lastIndex);
  const others = other.entries(first);
  for (const stored of one.entries(first)) {
    if (stored.index > last) break;
    const match = others.next();
    if (match.done === true) break;
    if (!same(fromJournal(stored), fromJournal(match.value))) {
      return { agree: false, firstDifference: stored.index, behind };
    }
  }
  return { agree: true, firstDifference: null, behind };
}

function same(one: LogEntry, other: LogEntry): boolean {
  if (one.epoch !== other.epoch || one.kind !== other.kind) return false;
  if (one.kind === 'data' && other.kind === 'data') return Buffer.compare(one.payload, other.payload) === 0;
  return JSON.stringify(one) === JSON.stringify(other);
}
