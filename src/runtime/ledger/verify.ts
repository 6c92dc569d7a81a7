import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshot, type SnapshotView } from '../../responder/snapshot.js';
import { Journal } from '../../storage/journal.js';
import type { StateFacts } from '../../storage/kept-states.js';
import { StorageError } from '../../storage/storage-error.js';
import { AUDIT, AUDIT_FILES, type AuditHead } from '../audit.js';
import { RuntimeFault } from '../faults.js';
import { BalanceCheck } from './balance-check.js';
import { countRepeats } from './repeats.js';
import { fromJournal, type LogEntry } from './restore.js';
import { type Audit, Tally } from './tally.js';

/** What the records of one data folder say. */
export interface LedgerReport {
  readonly folder: string;
  readonly entries: number;
  readonly records: number;
  /** Records before those: only the balances that they led to are left of them, and are where the recomputation begins. */
  readonly prunedRecords: number;
  /** Numbers that no record has. */
  readonly missingRecords: number;
  readonly chargedUnits: number;
  readonly reservedUnits: number;
  readonly subscribersCharged: number;
  /** Balances and reservations that the node kept and that were recomputed from the records, and those of them that differ. */
  readonly balancesChecked: number;
  readonly balancesWrong: number;
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
    const ok =
      ledgers.every(isSound) &&
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

function isSound({ chargedTwice, settledTwice, missingRecords, balancesWrong }: LedgerReport): boolean {
  return chargedTwice + settledTwice + missingRecords + balancesWrong === 0;
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
  const { base } = journal.states;
  const opening = base === null ? null : openingOf(journal, base);
  const tally = new Tally(opening, audit);
  const check = new BalanceCheck(journal, opening);
  let acceptedLoss = false;
  let entries = 0;
  for (const stored of journal.entries(journal.baseIndex + 1)) {
    const entry = fromJournal(stored);
    entries += 1;
    if (entry.kind === 'data') tally.take(entry.payload);
    else acceptedLoss ||= entry.config.acceptedLoss === true;
    check.at(stored.index, tally);
    if (stored.index >= journal.lastIndex) break;
  }
  tally.end();
  return {
    folder: journal.folder,
    entries,
    records: tally.records,
    prunedRecords: opening?.records ?? 0,
    missingRecords: tally.missing,
    chargedUnits: tally.chargedUnits,
    reservedUnits: [...tally.reserved.values()].reduce((sum, { units }) => sum + units, 0),
    subscribersCharged: tally.spent.size,
    balancesChecked: check.checked,
    balancesWrong: check.wrong,
    chargedTwice: countRepeats(journal, tally.identities),
    settledTwice: tally.settledTwice,
    damagedEntries: journal.cut?.dropped ?? 0,
    acceptedLoss,
  };
}

function openingOf(journal: Journal, facts: StateFacts): SnapshotView {
  const stored = journal.state(facts);
  if (stored === null) {
    throw new RuntimeFault(
      'system',
      `${journal.folder}: the state that its records begin behind is damaged; verify the other node's folder`,
    );
  }
  return readSnapshot(stored.state);
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
  const first = Math.max(one.baseIndex, other.baseIndex) + 1;
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
